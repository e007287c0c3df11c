import { ERROR_CODES } from './codes.js';
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
  readonly #hint: string;

  /**
   * @param glue - wasm-bindgen's start
   * @param codes - the codes of its refusals
   * @param hint - what to await before the first call
   */
  constructor(glue: Start, codes: ReadonlySet<string> = new Set(ERROR_CODES), hint = 'init() or loadKey()') {
    this.#glue = glue;
    this.#codes = codes;
    this.#hint = hint;
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
    if (!this.#running) throw new TypeError(`wattproof: not started; await ${this.#hint} first`);
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

/** The two functions of an instance that refuses with the common codes; `hint` says what to await first. */
export function instance(glue: Start, hint: string): Pick<Instance, 'start' | 'call'> {
  const one = new Instance(glue, undefined, hint);
  return { start: (source) => one.start(source), call: (run) => one.call(run) };
}
