import { brief, refusal } from './errors.js';

/**
 * A file as text, or as its UTF-8 bytes.
 *
 * Files are taken as they are, never as parsed objects: `JSON.parse` silently keeps the last of two members with one
 * name and rounds numbers above 2^53, so that what was checked would no longer be what was received.
 */
export type FileText = string | Uint8Array;

/** Most bytes of a proof bundle. */
export const MAX_BUNDLE_BYTES = 65_536;

/** Most bytes of a verifying key or profile that are handed to the Wasm at all; its own limits may be narrower. */
export const MAX_FILE_BYTES = 1_048_576;

const encoder = new TextEncoder();
// A byte order mark is kept, so that bytes and text of one file get one verdict.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of `file`, refused if longer than `limit` bytes or not Unicode; `name` is the argument's name. */
export function fileText(name: string, file: unknown, limit: number): string {
  if (typeof file === 'string') {
    // A UTF-16 unit takes at least one byte, so that a huge string is refused without a copy.
    if (file.length > limit || encoder.encode(file).length > limit) throw tooLarge(name, limit);
    if (hasLoneSurrogate(file)) throw refusal('malformed', `${name}: not Unicode text (a lone surrogate)`);
    return file;
  }
  const bytes = ownBytes(name, file, limit);
  if (bytes !== undefined) {
    try {
      return decoder.decode(bytes);
    } catch {
      throw refusal('malformed', `${name}: not UTF-8`);
    }
  }
  throw notFile(name, file);
}

/** The UTF-8 bytes of `file`, refused as by {@link fileText}; whether bytes are UTF-8 is left to who reads them. */
export function fileBytes(name: string, file: unknown, limit: number): Uint8Array {
  if (typeof file === 'string') return encoder.encode(fileText(name, file, limit));
  const bytes = ownBytes(name, file, limit);
  if (bytes === undefined) throw notFile(name, file);
  return bytes;
}

/** An argument's bytes, as a copy; `name` is the argument's name. */
export function bytesOf(name: string, value: unknown, limit: number): Uint8Array<ArrayBuffer> {
  const bytes = ownBytes(name, value, limit);
  if (bytes === undefined) throw new TypeError(`${name}: expected a Uint8Array, not ${describe(value)}`);
  return bytes;
}

function notFile(name: string, file: unknown): TypeError {
  return new TypeError(
    `${name}: expected the file's text or bytes (string or Uint8Array), not ${describe(file)}` +
      (describe(file) === 'an object' ? '; pass the text that was received, not the parsed object' : ''),
  );
}

/**
 * The own members of an argument's object, read once, none but the known: a misspelt safety option must not pass for its default, nor
 * may what someone added to `Object.prototype` switch a safeguard off. `name` is the argument's name.
 */
export function members(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || describe(value) === 'an array') {
    throw new TypeError(`${name}: expected an object, not ${describe(value)}`);
  }
  const found = Object.create(null) as Record<string, unknown>;
  for (const key of reading(name, () => Object.keys(value))) {
    if (!known.includes(key)) {
      throw new TypeError(`${name}: unknown member \`${brief(key)}\`; known: ${known.map((member) => `\`${member}\``).join(', ')}`);
    }
    const member = reading(name, () => (value as Record<string, unknown>)[key]);
    if (member !== undefined) found[key] = member;
  }
  return found;
}

/** The items of an argument's array, read once. */
export function items(name: string, value: unknown): unknown[] {
  if (describe(value) !== 'an array') throw new TypeError(`${name}: expected an array, not ${describe(value)}`);
  return reading(name, () => Array.from(value as unknown[]));
}

/** An argument that is true, false or left out. */
export function boolean(name: string, value: unknown, otherwise = false): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw new TypeError(`${name}: expected a boolean, not ${describe(value)}`);
  return value;
}

/** Runs `read` on a caller's object, whose getters and traps may throw anything; `name` is the argument's name. */
export function reading<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TypeError(`${name}: cannot be read`, { cause });
  }
}

/** What a value is, for a message. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return isArray(value) ? 'an array' : 'an object';
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    // A revoked proxy: nobody can say of what.
    return false;
  }
}

function tooLarge(name: string, limit: number): Error {
  return refusal('too-large', `${name}: longer than ${limit} bytes`);
}

// The engine's own view of typed arrays. Not `instanceof`, as bytes may come from another realm (a frame, a test runner's
// sandbox); not `toStringTag` or `length` as the object has them, which anyone can make up.
const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const kindOf = getter(Symbol.toStringTag);
const lengthOf = getter('length');

function getter(member: PropertyKey): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(TYPED_ARRAY, member)?.get as (this: unknown) => unknown;
}

/** Whether `value` is a `Uint8Array` of any realm. */
export function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return kindOf.call(value) === 'Uint8Array';
}

/**
 * A copy of `value` if it is a `Uint8Array` of any realm, else undefined. A copy, as memory may be shared with a thread that goes
 * on writing, or resizable, which not every decoder takes.
 */
function ownBytes(name: string, value: unknown, limit: number): Uint8Array<ArrayBuffer> | undefined {
  if (!isBytes(value)) return undefined;
  if ((lengthOf.call(value) as number) > limit) throw tooLarge(name, limit);
  // Throws for detached memory: `postMessage` and `transfer()` leave such arrays behind.
  const copy = reading(name, () => new Uint8Array(value));
  if (copy.length > limit) throw tooLarge(name, limit);
  return copy;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
