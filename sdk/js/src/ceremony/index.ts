/**
 * Contribute to a ceremony that makes a circuit's keys, in a page or in Node.
 *
 * @packageDocumentation
 */
import { platform } from '../prove/platform.js';
import { contribute as goOn, contributorLine as line } from './contribute.js';
import type { Contribution, ContributeOptions } from './types.js';

export { ERROR_CODES, type ErrorCode } from '../codes.js';
export { WattproofError } from '../errors.js';
export type * from './types.js';

/**
 * Goes on from a ceremony's key by a secret that nobody ever learns: drawn from `crypto.getRandomValues` and your own entropy in a worker
 * of its own, used there, and gone with it. The keys are sound if one contributor was honest.
 *
 * @param zkey - the key as the contributor before you left it, a `.zkey` file of snarkjs or ours, up to 512 MiB; a copy is made
 * @param options - your name, and if you want your own randomness and your signing keys; see {@link ContributeOptions}
 * @throws {@link WattproofError} `malformed`, `bad-point` or `too-large` for what is no such key, also if a beacon has closed its ceremony;
 * `out-of-range` if somebody of your name contributed; `TypeError` for a wrong type
 *
 * @example
 * ```ts
 * const { zkey, hash } = await contribute(received, { name: 'Ada' });
 * await send(zkey);   // to the next contributor
 * publish(hash);      // so that everybody can see that yours is in
 * ```
 */
export function contribute(zkey: Uint8Array | Blob, options: ContributeOptions): Promise<Contribution> {
  return goOn(platform, zkey, options);
}

/**
 * What whoever runs the ceremony pins before it begins, as `--contributor` takes it: your name and your public key.
 *
 * @param name - as {@link ContributeOptions.name}
 * @param keys - Ed25519 keys that sign; keep them, as your contribution is signed with them
 * @returns `NAME=PUBLICKEY`, the key in 64 hex digits
 * @throws `TypeError` naming the argument
 *
 * @example
 * ```ts
 * const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
 * const line = await contributorLine('Ada', keys as CryptoKeyPair);   // Ada=d75a98…
 * ```
 */
export function contributorLine(name: string, keys: CryptoKeyPair): Promise<string> {
  return line(name, keys);
}
