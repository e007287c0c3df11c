import { fromWasm, WattproofError } from './errors.js';
import { compile, type Load } from './source.js';
import type { WasmSource } from './types.js';

/** wasm-bindgen's start of one Wasm file. */
type Start = (options: { module_or_path: WebAssembly.Module }) => Promise<unknown>;

/** One Wasm file, started at most once. */
export class Instance {
  #started: Promise<void> | undefined;
  #running = false;
  #stopped = false;
  readonly #glue: Start;
  readonly #codes: ReadonlySet<string>;
  readonly #mark: string;

  /**
   * @param glue - wasm-bindgen's start
   * @param codes - the codes of its refusals
   * @param mark - the name of an export that only this file has
   */
  constructor(glue: Start, codes: ReadonlySet<string>, mark: string) {
    this.#glue = glue;
    this.#codes = codes;
    this.#mark = mark;
  }

  /**
   * Compiles and starts the Wasm once; a failed start may be tried again.
   *
   * @param source - the caller's, or undefined
   * @param own - what to start without one
   * @param load - the platform's way to a URL
   */
  start(source: WasmSource | undefined, own: () => WasmSource, load: Load = (url) => fetch(url)): Promise<void> {
    this.#started ??= (async () => {
      try {
        await this.#glue({ module_or_path: await compile(source === undefined ? own() : source, load, this.#mark) });
      } catch (cause) {
        throw new TypeError(`source: the Wasm did not start: ${words(cause)}`, { cause });
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

// A caller's getter or trap may have thrown anything.
function words(thrown: unknown): string {
  try {
    return String((thrown as Error).message);
  } catch {
    return 'what it met cannot be told';
  }
}
