import { brief, refusal } from '../errors.js';
import { download, type DownloadOptions } from './download.js';

/** Named with the version of how keys are kept: another way takes another name. */
const CACHE = 'wattproof-proving-keys-1';

/** A proving key's file, from wherever it comes. Whoever reads it compares its digest. */
export interface KeyFile {
  readonly blob: Blob;
  /** Where it came from; what is in the cache may be an older program's leavings. */
  readonly from: 'given' | 'cache' | 'network';
}

export interface KeyFileOptions extends DownloadOptions {
  /** SHA-256 of the file, in hex. */
  readonly digest: string;
  readonly cache: boolean;
  /** Reads a file of this machine, where there are such. */
  readonly readFile: ((url: URL) => Promise<Blob>) | undefined;
}

/** Gets the file of a proving key: as given, out of the cache, or from the network. */
export async function keyFile(source: string | Blob, options: KeyFileOptions): Promise<KeyFile> {
  if (source instanceof Blob) return { blob: source, from: 'given' };
  if (options.readFile !== undefined && source.startsWith('file:')) {
    try {
      return { blob: await options.readFile(new URL(source)), from: 'given' };
    } catch (error) {
      throw refusal('fetch-failed', `provingKey: ${brief(source)}: ${brief((error as Error).message)}`);
    }
  }
  const cached = options.cache ? await lookUp(options.digest) : undefined;
  options.signal?.throwIfAborted();
  if (cached !== undefined) return { blob: cached, from: 'cache' };
  return { blob: await download(source, options), from: 'network' };
}

/** Keeps a file whose digest was compared. Best effort: a full disk does not stop a proof. */
export async function keep(digest: string, blob: Blob): Promise<void> {
  await withCache((cache) => cache.put(address(digest), new Response(blob)));
}

/** Forgets a file that turned out to be another. */
export async function forget(digest: string): Promise<void> {
  await withCache((cache) => cache.delete(address(digest)));
}

async function lookUp(digest: string): Promise<Blob | undefined> {
  return withCache(async (cache) => (await cache.match(address(digest)))?.blob());
}

// By digest, so that it serves whatever address the key has; a cache is asked by URLs only.
function address(digest: string): string {
  return `https://proving-key.invalid/${digest}`;
}

/** Undefined where there is no cache: in Node, on pages without TLS, and where the user forbids it. */
async function withCache<T>(run: (cache: Cache) => Promise<T>): Promise<T | undefined> {
  try {
    const storage = (globalThis as { caches?: CacheStorage }).caches;
    return storage === undefined ? undefined : await run(await storage.open(CACHE));
  } catch {
    return undefined;
  }
}
