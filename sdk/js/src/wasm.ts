import initGlue from './wattproof_wasm.js';
import { ERROR_CODES } from './codes.js';
import { Instance } from './instance.js';

/** The verifier's Wasm. */
export const verifier = new Instance(initGlue, new Set(ERROR_CODES), 'verifier_verify');

/** Runs a call into the verifier's Wasm and gives its refusals their type. */
export function call<T>(run: () => T): T {
  return verifier.call(run);
}
