import initGlue from './wattproof_wasm.js';
import { ERROR_CODES } from './codes.js';
import { Instance } from './instance.js';
import type { WasmSource } from './types.js';

const verifier = new Instance(initGlue, new Set(ERROR_CODES));

/** Compiles and starts the verifier's Wasm once; a failed start may be tried again. */
export function start(source: () => WasmSource | Promise<WasmSource>): Promise<void> {
  return verifier.start(source);
}

/** Runs a call into the verifier's Wasm and gives its refusals their type. */
export function call<T>(run: () => T): T {
  return verifier.call(run);
}
