import { fromWasm, refusal, WattproofError } from './errors.js';
import type { WasmSource } from './types.js';

/** wasm-bindgen's start of one Wasm file. */
type Start = (options: { module_or_path: WebAssembly.Module }) => Promise<unknown>;

/** How a platform gets what a URL names. */
export type Load = (url: string) => Promise<Response | BufferSource>;

/** What an entry starts by itself. */
export type Own = WasmSource | Promise<WebAssembly.Module>;

/** One Wasm file, started at most once. */
export class Instance {
  #started: Promise<void> | undefined;
  #running = false;
  #stopped = false;
  readonly #glue: Start;
  readonly #digests: readonly string[];
  readonly #mark: string;
  readonly #codes: ReadonlySet<string>;

  /**
   * @param glue - wasm-bindgen's start
   * @param digests - SHA-256 of each Wasm with this glue, as `integrity` of `fetch` has it
   * @param mark - a function that this Wasm exports, and no other
   * @param codes - the codes of its refusals
   */
  constructor(glue: Start, digests: readonly string[], mark: string, codes: ReadonlySet<string>) {
    this.#glue = glue;
    this.#digests = digests;
    this.#mark = mark;
    this.#codes = codes;
  }

  /**
   * Compiles and starts the Wasm once; a failed start may be tried again.
   *
   * @param source - the caller's, or undefined
   * @param own - what to start without one; a module is taken as it is
   * @param load - the platform's way to a URL
   */
  start(source: WasmSource | undefined, own: () => Own, load?: Load): Promise<void> {
    this.#started ??= (async () => {
      try {
        const module = await compile(source === undefined ? await own() : source, this.#digests, this.#mark, load);
        await this.#glue({ module_or_path: module });
      } catch (cause) {
        throw notStarted('source', cause);
      }
      this.#running = true;
    })().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  /** Runs a call into the Wasm and gives its refusals their type. */
  call<T>(run: () => T): T {
    if (!this.#running) throw new TypeError('wattproof: not started; await init() or loadKey() first');
    if (this.#stopped) throw new Error('wattproof: the Wasm instance stopped earlier; reload the page or restart the process');
    // Until the call comes back in order: after a trap or an exhausted stack the instance's memory may be inconsistent, and it must
    // not answer again. Set before, as a stack that is exhausted can end what comes after, too.
    this.#stopped = true;
    try {
      const result = run();
      this.#stopped = false;
      return result;
    } catch (thrown) {
      const error = fromWasm(thrown, this.#codes);
      if (error instanceof WattproofError) this.#stopped = false;
      throw error;
    }
  }

  /** Frees something in the Wasm; a stopped instance has nothing left to free. */
  release(free: () => void): void {
    if (!this.#stopped) this.call(free);
  }
}

/**
 * The module that a source names or is; refused unless its bytes have one of these SHA-256, and it exports `mark`. A compiled module
 * shows no bytes: whoever hands one over answers for it.
 */
export async function compile(source: WasmSource, digests: readonly string[], mark: string, load?: Load): Promise<WebAssembly.Module> {
  const module = await moduleOf(source, digests, load);
  // The glue keeps whatever it started: a stranger's module would stand in the way of the next attempt.
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === mark)) {
    throw new TypeError('this is not the Wasm of this entry');
  }
  return module;
}

async function moduleOf(source: WasmSource, digests: readonly string[], load?: Load): Promise<WebAssembly.Module> {
  const url = typeof source === 'string' ? source : href(source);
  // Pages without HTTPS have none; there the browser compares what is fetched, and refuses by a word of its own.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  const own = (url: string): Promise<Response> => fetch(url, subtle ? {} : { integrity: digests.join(' ') });
  const got: unknown = url === undefined ? source : await (load ?? own)(url);
  if (isModule(got)) return got as WebAssembly.Module;
  const bytes = await bytesOf(got);
  if (subtle) {
    const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
    if (!digests.includes(`sha256-${btoa(String.fromCharCode(...digest))}`)) {
      throw refusal('wasm-digest', "not this release's own Wasm");
    }
  } else if (url === undefined || load) {
    throw new TypeError('no crypto.subtle: name a URL');
  }
  return WebAssembly.compile(bytes);
}

/** A copy, which nobody changes between the comparison and the compiler. Compiling while it arrives would come before the comparison. */
async function bytesOf(got: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof Response === 'function' && got instanceof Response) {
    if (!got.ok) throw new TypeError(`${got.url} answered with status ${got.status}`);
    got = await got.arrayBuffer();
  }
  const view = ArrayBuffer.isView(got) ? got : new DataView(got as ArrayBuffer);
  return new Uint8Array(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

// Not `instanceof`: a runtime may hand over a module or a URL that was made outside of this realm.
function isModule(value: unknown): boolean {
  try {
    return WebAssembly.Module.exports(value as WebAssembly.Module) !== undefined;
  } catch {
    return false;
  }
}

/** The address that `value` has, if it is a URL of any realm. */
export function href(value: unknown): string | undefined {
  try {
    return Object.getOwnPropertyDescriptor(URL.prototype, 'href')?.get?.call(value) as string;
  } catch {
    return undefined;
  }
}

/** Why it did not start: our own refusal as it is, anything else as a `TypeError` naming the argument. A caller's getter or trap may have thrown it. */
export function notStarted(name: string, cause: unknown): Error {
  let words = 'what it met cannot be told';
  try {
    if (cause instanceof WattproofError) return cause;
    words = String((cause as Error).message);
  } catch {
    // It stays untold.
  }
  return new TypeError(`${name}: the Wasm did not start: ${words}`, { cause });
}
