/**
 * The same as `wattproof`, with the Wasm inside the JavaScript: for bundlers that do not copy assets, and for pages in
 * one file. A third larger.
 *
 * @packageDocumentation
 */
import type { FileText } from './input.js';
import type { VerifyingKey, WasmSource } from './types.js';
import { startWithKey } from './handles.js';
import type { KeyOptions } from './verify.js';
import { start, wasm } from './wasm.js';
import { WASM_BASE64 } from './wattproof_wasm_base64.js';

export { ERROR_CODES, type ErrorCode } from './codes.js';
export { WattproofError } from './errors.js';
export type { FileText } from './input.js';
export type * from './types.js';
export { checkBundle, createVerifier, type KeyOptions } from './verify.js';

/**
 * Starts the Wasm, which is inside this module; see `init` of `wattproof`. Optional: `loadKey` does it too.
 *
 * @param source - where to take the Wasm from instead
 * @throws {@link WattproofError} `wasm-digest` for bytes that are not this release's; `TypeError` naming `source` if nothing starts from it for
 * another reason; its `cause` is the engine's error
 *
 * @example
 * ```ts
 * await init();
 * console.log(wasmVersion());
 * ```
 */
export function init(source?: WasmSource): Promise<void> {
  return start(source, () => WebAssembly.compile(decode(WASM_BASE64)));
}

/**
 * Loads a verifying key; starts the Wasm if need be. See `loadKey` of `wattproof`.
 *
 * @param json - the key file as text or bytes, at most 1 MB
 * @param options - `allowDevKeys: true` accepts a development key, whose maker could forge proofs
 * @throws {@link WattproofError} if the key is refused, e.g. `dev-key`, `key-digest` or `unsound-key`; `TypeError` for a wrong type
 *
 * @example
 * ```ts
 * const key = await loadKey(keyFile);
 * ```
 */
export function loadKey(json: FileText, options?: KeyOptions): Promise<VerifyingKey> {
  return startWithKey(wasm, init, json, options);
}

/**
 * The version of the Wasm; it must have been started.
 *
 * @example
 * ```ts
 * await init();
 * console.log(wasmVersion());
 * ```
 */
export function wasmVersion(): string {
  return wasm.version();
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
