import compiled from './wattproof_wasm_bg.wasm';
import type * as browser from './index.js';
import { startWithKey } from './handles.js';
import { start, wasm } from './wasm.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { checkBundle, createVerifier } from './verify.js';

// workerd compiles nothing at run time, and hands over imported Wasm as a compiled module.
export const init: typeof browser.init = (source) => start(source, () => compiled);

export const loadKey: typeof browser.loadKey = (json, options) => startWithKey(wasm, init, json, options);

export const wasmVersion: typeof browser.wasmVersion = () => wasm.version();
