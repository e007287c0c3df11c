/**
 * Check Wattproof bundles: proofs that energy readings meet a contract's conditions, without the readings.
 *
 * @packageDocumentation
 */
import type { FileText } from './input.js';
import type { VerifyingKey, WasmSource } from './types.js';
import { startWithKey } from './handles.js';
import type { KeyOptions } from './verify.js';
import { start, wasm } from './wasm.js';

export { ERROR_CODES, type ErrorCode } from './codes.js';
export { WattproofError } from './errors.js';
export type { FileText } from './input.js';
export type * from './types.js';
export { checkBundle, createVerifier, type KeyOptions } from './verify.js';

/**
 * Starts the Wasm. Optional: `loadKey` does it too. Call it early to hide the start-up, or with a source of your own.
 *
 * Only the first call's source counts. A start that failed may be tried again.
 *
 * @param source - where the Wasm is: a URL, a response, bytes or a compiled module; by default beside this module
 * @throws {@link WattproofError} `wasm-digest` for bytes that are not this release's; `TypeError` naming `source` if nothing starts from it for
 * another reason; its `cause` is the engine's error
 *
 * @example
 * ```ts
 * await init(new URL('/assets/wattproof.wasm', location.origin));
 * ```
 */
export function init(source?: WasmSource): Promise<void> {
  return start(source, () => new URL('./wattproof_wasm_bg.wasm', import.meta.url));
}

/**
 * Loads a verifying key; starts the Wasm if need be.
 *
 * @param json - the key file as text or bytes, at most 1 MB
 * @param options - `allowDevKeys: true` accepts a development key, whose maker could forge proofs
 * @throws {@link WattproofError} if the key is refused, e.g. `dev-key`, `key-digest` or `unsound-key`; `TypeError` for a wrong type
 *
 * @example
 * ```ts
 * const key = await loadKey(await (await fetch('/month.vk.json')).text());
 * console.log(key.info.fingerprint);
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
