import type { MeterErrorCode } from './meter/codes.js';

/**
 * Every reason to refuse, equal to `circuits/src/error.rs`; a test compares the two lists. The last is JavaScript's own: a Wasm that is not
 * the one of this release gets no word in.
 */
export const ERROR_CODES = [
  'too-large',
  'malformed',
  'unknown-version',
  'out-of-range',
  'field-range',
  'bad-point',
  'unsound-key',
  'key-digest',
  'dev-key',
  'wrong-key',
  'wrong-circuit',
  'input-count',
  'wrong-policy',
  'wrong-period',
  'period-off-calendar',
  'wrong-context',
  'wrong-root',
  'l0-not-accepted',
  'l3-not-built-in',
  'wrong-device',
  'proof-invalid',
  'already-claimed',
  'bad-policy',
  'condition-fails',
  'bad-signature',
  'bad-key',
  'broken-chain',
  'not-enrolled',
  'bad-roster',
  'wrong-round',
  'member-missing',
  'member-twice',
  'sum-closed',
  'over-budget',
  'second-sum',
  'fetch-failed',
  'mask-reused',
  'wasm-digest',
] as const;

/**
 * A stable name for why something was refused; the same in Rust, on the command line and here. What `METER_ERROR_CODES` lists comes from
 * `wattproof/meter` only.
 */
export type ErrorCode = (typeof ERROR_CODES)[number] | MeterErrorCode;

/** Remedies of the codes that this side can raise before anything reaches the Wasm; same sentences as in Rust. */
export const LOCAL_REMEDIES = {
  'too-large': 'Check that this is the right file; a bundle is at most 64 KB.',
  malformed: 'Get the file again from whoever made it.',
  'bad-policy': 'Correct the policy at the stated place.',
  'fetch-failed': "Check the connection and the key's address, and try again.",
  'wasm-digest': "Serve this release's own Wasm, unchanged.",
} as const satisfies Partial<Record<ErrorCode, string>>;
