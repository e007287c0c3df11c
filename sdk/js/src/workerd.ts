import wasm from './wattproof_wasm_bg.wasm';
import type * as browser from './index.js';
import { startWithKey } from './verify.js';
import { start } from './wasm.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { checkBundle, createVerifier, wasmVersion } from './verify.js';

// workerd compiles nothing at run time, and hands over imported Wasm as a compiled module.
export const init: typeof browser.init = (source) => start(source, () => wasm);

export const loadKey: typeof browser.loadKey = (json, options) => startWithKey(init, json, options);
