// What people leave in this browser: a verifier its profile, key and accepted claims, an owner the ledger of disclosures.

const DATABASE = 'wattproof';
const STORE = 'kept';

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser’s storage cannot be opened'));
  });
  return opened;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const { transaction } = request;
    if (transaction === null) throw new Error('no transaction');
    // A write counts once it is kept, not once it was asked for.
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? new Error('the browser’s storage refused'));
  });
}

/** What was kept under `name`; `undefined` if nothing was. */
export async function recall(name: string): Promise<unknown> {
  const database = await open();
  return done(database.transaction(STORE).objectStore(STORE).get(name));
}

/** Keeps a value, on disk once this resolves. */
export async function keep(name: string, value: unknown): Promise<void> {
  const database = await open();
  await done(database.transaction(STORE, 'readwrite', { durability: 'strict' }).objectStore(STORE).put(value, name));
}

/** Forgets what was kept under `name`. */
export async function forget(name: string): Promise<void> {
  const database = await open();
  await done(database.transaction(STORE, 'readwrite').objectStore(STORE).delete(name));
}

/** A small choice, such as the language: lost without harm. */
export function choose(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`wattproof.${name}`);
    else localStorage.setItem(`wattproof.${name}`, value);
  } catch {
    // Storage is switched off: the choice lasts for this visit.
  }
}
