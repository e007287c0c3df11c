import initGlue from './wattproof_wasm.js';
import { ERROR_CODES } from './codes.js';
import { Instance, type Load } from './instance.js';
import type { WasmSource } from './types.js';

const verifier = new Instance(initGlue, 'verifier_verify', new Set(ERROR_CODES));

/** Starts the verifier's Wasm once; see {@link Instance.start}. */
export function start(source: WasmSource | undefined, own: () => WasmSource, load?: Load): Promise<void> {
  return verifier.start(source, own, load);
}

/** Runs a call into the verifier's Wasm and gives its refusals their type. */
export function call<T>(run: () => T): T {
  return verifier.call(run);
}

/** Frees something in the verifier's Wasm. */
export function release(free: () => void): void {
  verifier.release(free);
}
