import { compile, type Load, notStarted } from '../instance.js';
import type { WasmSource } from '../types.js';
import { SHA256 } from '../wattproof_prove.js';

/** A function that this Wasm exports, and no other. */
export const MARK = 'proving_finish';

/** The Wasm, compiled once for this realm and all workers of it. */
export class Module {
  readonly #own: () => WasmSource;
  readonly #load: Load | undefined;
  #compiled: Promise<WebAssembly.Module> | undefined;

  /** `own` is what there is to compile unless another source is named; `load` the platform's way to a URL. */
  constructor(own: () => WasmSource, load?: Load) {
    this.#own = own;
    this.#load = load;
  }

  /** Only the first call's source counts. What failed may be tried again. */
  compile(source?: WasmSource): Promise<WebAssembly.Module> {
    this.#compiled ??= compile(source === undefined ? this.#own() : source, SHA256, MARK, this.#load).catch((cause: unknown) => {
      this.#compiled = undefined;
      throw notStarted('wasm', cause);
    });
    return this.#compiled;
  }
}
