/**
 * Make Wattproof bundles: prove that signed readings meet a policy, on the machine of whoever holds them. The readings go to
 * workers of this page and nowhere else; the only thing that is fetched is the key.
 *
 * @packageDocumentation
 */
import type { FileText } from '../input.js';
import * as ledgers from './ledger.js';
import { platform } from './platform.js';
import * as provers from './prover.js';
import type { DiscloseInput, Disclosure, Prover, ProverOptions } from './types.js';

export { ERROR_CODES, type ErrorCode } from '../codes.js';
export { WattproofError } from '../errors.js';
export type { FileText } from '../input.js';
export type { ClaimContext, Condition, KeyInfo, Output, Period, WasmSource } from '../types.js';
export type * from './types.js';

/**
 * Loads a proving key and starts the workers that prove with it. No cross-origin isolation is needed: workers share no memory.
 *
 * The key is fetched once and then kept in the browser's cache, so that it works without a network afterwards. Its SHA-256 is
 * always compared with the one in the verifying key. A broken download is taken up where it broke.
 *
 * @param options - the two keys, and how to go about it; see {@link ProverOptions}
 * @throws {@link WattproofError} if a key is refused (`dev-key`, `key-digest`, `wrong-circuit`) or cannot be fetched (`fetch-failed`), or the
 * Wasm is not this release's (`wasm-digest`); `TypeError` for a wrong type, and naming `wasm` where the Wasm does not start
 *
 * @example
 * ```ts
 * const prover = await createProver({ verifyingKey, provingKey: '/keys/day.pk', onProgress: ({ phase, fraction }) => show(phase, fraction) });
 * try {
 *   const { bundle, ledger } = await prover.prove({ witness, ledger: stored });
 *   await store(ledger);
 *   await send(bundle);
 * } finally {
 *   await prover.dispose();
 * }
 * ```
 */
export function createProver(options: ProverOptions): Promise<Prover> {
  return provers.createProver(platform, options);
}

/**
 * What a proof of this witness will tell, before anything is proved.
 *
 * @param input - the witness, and the ledger of what was told before
 * @throws {@link WattproofError} `over-budget` if the owner's budget does not allow it; or why the claim cannot be proved, e.g. `condition-fails`
 *
 * @example
 * ```ts
 * const { revealed, addsMillibits } = await disclose({ witness, ledger: stored });
 * console.log(revealed.map(({ name, value }) => `${name} ${value}`), addsMillibits);
 * ```
 */
export function disclose(input: DiscloseInput): Promise<Disclosure> {
  return ledgers.disclose(platform, input);
}

/**
 * Sets the owner's budget in a ledger of disclosures: the most bits that all verifiers together may learn of a meter over one
 * period. Null takes it away.
 *
 * @param ledger - the ledger file as text or bytes; undefined begins one
 * @param bits - a whole number from 0 to 2^32 - 1
 * @returns the ledger file
 * @throws {@link WattproofError} if the ledger is refused
 *
 * @example
 * ```ts
 * const ledger = await setBudget(undefined, 60);
 * await store(ledger);
 * ```
 */
export function setBudget(ledger: FileText | undefined, bits: number | null): Promise<string> {
  return ledgers.setBudget(platform, ledger, bits);
}
