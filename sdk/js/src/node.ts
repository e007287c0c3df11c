import { readFile } from 'node:fs/promises';
import type * as browser from './index.js';
import type { WasmSource } from './types.js';
import { parseKey } from './verify.js';
import { start } from './wasm.js';

export { ERROR_CODES } from './codes.js';
export { WattproofError } from './errors.js';
export { checkBundle, createVerifier, wasmVersion } from './verify.js';

// Node's fetch knows no file: URLs, so that files are read here.
async function load(source: WasmSource): Promise<WasmSource> {
  const file = source instanceof URL ? source : typeof source === 'string' && source.startsWith('file:') ? new URL(source) : undefined;
  return file?.protocol === 'file:' ? readFile(file) : source;
}

export const init: typeof browser.init = (source) =>
  start(() => load(source ?? new URL('./wattproof_wasm_bg.wasm', import.meta.url)));

export const loadKey: typeof browser.loadKey = async (json, options) => {
  await init();
  return parseKey(json, options);
};
