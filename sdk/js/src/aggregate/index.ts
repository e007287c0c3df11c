/**
 * Open the sum of many members' hidden outputs, and learn none of them alone.
 *
 * @packageDocumentation
 */
import { platform } from '../prove/platform.js';
import { openSums as open } from './open.js';
import type { OpenInput, Sums } from './types.js';

export { ERROR_CODES, type ErrorCode } from '../codes.js';
export { WattproofError } from '../errors.js';
export type { FileText } from '../input.js';
export type { Period } from '../types.js';
export type * from './types.js';

/**
 * Verifies every member's bundle against one profile, and opens the sums from the verified commitments and the shares.
 *
 * @param input - key, profile, roster, and everybody's bundle and shares; see {@link OpenInput}
 * @throws {@link WattproofError} if a bundle is refused; or `member-missing`, `member-twice`, `wrong-round`, `proof-invalid`, or
 * `sum-closed` if the shares do not add up to what was committed to
 *
 * @example
 * ```ts
 * const { sums, nullifiers } = await openSums({ key: keyFile, profile, roster, bundles, shares });
 * console.log(sums[0]?.total, sums[0]?.unit);   // 1406345n "Wh"
 * ```
 */
export function openSums(input: OpenInput): Promise<Sums> {
  return open(platform, input);
}
