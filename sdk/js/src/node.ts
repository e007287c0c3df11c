import { readFile } from 'node:fs/promises';
import type * as browser from './index.js';
import { startWithKey } from './verify.js';
import { start, type Load } from './wasm.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { checkBundle, createVerifier, wasmVersion } from './verify.js';

// Node's fetch knows no file: URLs, so that files are read here.
const load: Load = (url) => (/^file:/i.test(url) ? readFile(new URL(url)) : fetch(url));

export const init: typeof browser.init = (source) =>
  start(source, () => new URL('./wattproof_wasm_bg.wasm', import.meta.url), load);

export const loadKey: typeof browser.loadKey = (json, options) => startWithKey(init, json, options);
