/**
 * The same as `wattproof`, with the Wasm inside the JavaScript: for bundlers that do not copy assets, and for pages in
 * one file. A third larger.
 *
 * @packageDocumentation
 */
import type * as browser from './index.js';
import { startWithKey } from './verify.js';
import { start } from './wasm.js';
import { WASM_BASE64 } from './wattproof_wasm_base64.js';

export { ERROR_CODES, type ErrorCode } from './codes.js';
export { WattproofError } from './errors.js';
export type { FileText } from './input.js';
export type * from './types.js';
export { checkBundle, createVerifier, wasmVersion, type KeyOptions } from './verify.js';

/** Starts the Wasm; see `init` of `wattproof`. By default it is the copy inside this module. */
export const init: typeof browser.init = (source) => start(source, () => decode(WASM_BASE64));

/** Loads a verifying key; see `loadKey` of `wattproof`. */
export const loadKey: typeof browser.loadKey = (json, options) => startWithKey(init, json, options);

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
