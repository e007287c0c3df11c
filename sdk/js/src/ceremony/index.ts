/**
 * Contribute to a ceremony that makes a circuit's keys, in a page or in Node.
 *
 * @packageDocumentation
 */
import { platform } from '../prove/platform.js';
import { contribute as goOn } from './contribute.js';
import type { Contribution, ContributeOptions } from './types.js';

export { ERROR_CODES, type ErrorCode } from '../codes.js';
export { WattproofError } from '../errors.js';
export type * from './types.js';

/**
 * Goes on from a ceremony's key by a secret that nobody ever learns: drawn from `crypto.getRandomValues` and your own entropy in a worker
 * of its own, used there, and gone with it. The keys are sound if one contributor was honest.
 *
 * @param zkey - the key as the contributor before you left it, a `.zkey` file of snarkjs or ours; a copy is made
 * @param options - your name, and if you want your own randomness and your signing keys; see {@link ContributeOptions}
 * @throws {@link WattproofError} `malformed` or `bad-point` for what is no such key; `TypeError` for a wrong type
 *
 * @example
 * ```ts
 * const { zkey, hash } = await contribute(received, { name: 'Ada' });
 * send(zkey);           // to the next contributor
 * publish(hash);        // so that everybody can see that yours is in
 * ```
 */
export function contribute(zkey: Uint8Array, options: ContributeOptions): Promise<Contribution> {
  return goOn(platform, zkey, options);
}
