import { load } from './file-url.js';
import type * as browser from './index.js';
import { startWithKey } from './verify.js';
import { start } from './wasm.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { checkBundle, createVerifier, wasmVersion } from './verify.js';

export const init: typeof browser.init = (source) =>
  start(source, () => new URL('./wattproof_wasm_bg.wasm', import.meta.url), load);

export const loadKey: typeof browser.loadKey = (json, options) => startWithKey(init, json, options);
