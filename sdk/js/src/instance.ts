import { fromWasm } from './errors.js';
import type { WasmSource } from './types.js';

/** wasm-bindgen's start of one Wasm file. */
type Start = (options: { module_or_path: WasmSource | Promise<WasmSource> }) => Promise<unknown>;

/** One Wasm file, started at most once. */
export class Instance {
  #started: Promise<void> | undefined;
  #running = false;
  #trapped = false;
  readonly #glue: Start;
  readonly #codes: ReadonlySet<string>;

  /**
   * @param glue - wasm-bindgen's start
   * @param codes - the codes of its refusals
   */
  constructor(glue: Start, codes: ReadonlySet<string>) {
    this.#glue = glue;
    this.#codes = codes;
  }

  /** Compiles and starts the Wasm once; a failed start may be tried again. */
  start(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
    this.#started ??= (async () => {
      await this.#glue({ module_or_path: await source() });
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
    if (this.#trapped) throw new Error('wattproof: the Wasm instance stopped earlier; reload the page or restart the process');
    try {
      return run();
    } catch (thrown) {
      // After a trap the instance's memory may be inconsistent: it must not answer again.
      if (thrown instanceof WebAssembly.RuntimeError) this.#trapped = true;
      throw fromWasm(thrown, this.#codes);
    }
  }
}
