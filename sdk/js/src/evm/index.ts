/**
 * Bundles as transactions: the settlement contract's calls and its interface, for viem, ethers or a bare wallet. No Wasm, no addresses.
 *
 * Nothing is verified here: the contract does that, and says by the name of its error what it refuses.
 *
 * @packageDocumentation
 */
import { bundleNumbers } from './bundle.js';
import { members, type FileText } from '../input.js';
import { callOf, contextOf, idOf, keccakOf, orderOf, placeOf } from './input.js';
import { refuse } from './refusal.js';
import type { ProofWords } from './proof.js';
import type { SettlementContext } from '../types.js';
import type { ClaimCall, ClaimInput, ClaimPlace, Hex, Keccak256, Order } from './types.js';
import { callWords, contextWords } from './words.js';

export { ERROR_CODES, type ErrorCode } from '../codes.js';
export { WattproofError } from '../errors.js';
export type { FileText } from '../input.js';
export type { SettlementContext } from '../types.js';
export { settlementAbi, verifierAbi, type SettlementAbi, type VerifierAbi } from './abi.js';
export type { ProofWords } from './proof.js';
export { OrderKind } from './types.js';
export type * from './types.js';

/**
 * The id of an order: what the contract files it under, and what claims are signed for.
 *
 * @param order - the terms, all of them; another term is another order
 * @param keccak256 - viem's or ethers' function of that name
 * @throws TypeError if a term is missing, of the wrong type or out of range
 *
 * @example
 * ```ts
 * const id = orderId(order, keccak256);
 * ```
 */
export function orderId(order: Order, keccak256: Keccak256): Hex {
  return idOf(orderOf('order', order), keccakOf(keccak256));
}

/**
 * The context that a claim of an order must be signed for, as `selfSign` and `makeProfile` of `wattproof/meter` take it. (In a context file
 * of the command line `chainId` is `chain_id`, a decimal string.)
 *
 * @param place - chain, contract and payee
 * @param order - the order's id
 * @throws TypeError if an argument is of the wrong type or out of range
 *
 * @example
 * ```ts
 * const context = claimContext({ chainId: 1n, contract, payee }, orderId(order, keccak256));
 * ```
 */
export function claimContext(place: ClaimPlace, order: Hex): SettlementContext {
  return contextOf(placeOf('place', members('place', place, ['chainId', 'contract', 'payee'])), order);
}

/**
 * A bundle as a call of the settlement contract. Refuses what the contract would refuse for being another order's, payee's or period's, before
 * anybody pays gas for it.
 *
 * @param input - the bundle, the order that it is for, and where it is claimed; see {@link ClaimInput}
 * @returns `claim` for a meter of the registry, `claimByDevice` for a device of level L3 with P-256
 * @throws {@link WattproofError} `malformed`, `unknown-version`, `field-range`, `bad-point` if the bundle is none; `wrong-period`,
 * `wrong-context` if it was made for something else; `bad-signature` for a device whose curve the contract does not know
 * @throws TypeError if an argument is of the wrong type or out of range
 *
 * @example
 * ```ts
 * const call = claimCall({ bundle, order, chainId: 1n, contract, payee, keccak256 });
 * const request = { ...call, abi: settlementAbi };   // for viem, with an account
 * ```
 */
export function claimCall(input: ClaimInput): ClaimCall {
  const given = members('claimCall', input, ['bundle', 'order', 'chainId', 'contract', 'payee', 'keccak256']);
  const order = orderOf('order', given['order']);
  const { chainId, contract, payee } = placeOf('claimCall', given);
  const keccak256 = keccakOf(given['keccak256']);
  const numbers = bundleNumbers(given['bundle'] as FileText);
  const { anchor, nullifier, outputs, proof, device } = numbers;
  if (numbers.start !== order.start || numbers.end !== order.end) {
    throw refuse('wrong-period', `bundle: the period is ${numbers.start} to ${numbers.end}; the order's is ${order.start} to ${order.end}`);
  }
  const context = BigInt(keccak256(`0x${contextWords(chainId, contract, payee, idOf(order, keccak256))}`)) >> 8n;
  if (numbers.context !== context) {
    throw refuse('wrong-context', 'bundle: made for another chain, contract, payee or order');
  }
  return callOf(contract, order, { payee, anchor, nullifier, outputs, proof }, device);
}

/**
 * The calldata of the same call, for wallets that are spoken to without a library.
 *
 * @param input - as for {@link claimCall}
 * @throws as {@link claimCall}
 *
 * @example
 * ```ts
 * const data = encodeClaim({ bundle, order, chainId: 1n, contract, payee, keccak256 });
 * ```
 */
export function encodeClaim(input: ClaimInput): Hex {
  return callWords(claimCall(input));
}

/** A proof and its public inputs as a verifier's `verify` takes them. */
export interface VerifyArguments {
  /** Its eight words. */
  readonly proof: ProofWords;
  /** Policy digest, period, context, anchor, nullifier, then outputs. */
  readonly inputs: readonly bigint[];
}

/**
 * A bundle as arguments of a verifier's `verify`, which says no more than that the proof holds for what the bundle says of itself.
 *
 * @param bundle - the bundle file as text or bytes
 * @throws {@link WattproofError} if it is no bundle
 *
 * @example
 * ```ts
 * const { proof, inputs } = verifyArguments(bundle);
 * ```
 */
export function verifyArguments(bundle: FileText): VerifyArguments {
  const { policyDigest, start, end, context, anchor, nullifier, outputs, proof } = bundleNumbers(bundle);
  return { proof, inputs: [policyDigest, start + (end << 64n), context, anchor, nullifier, ...outputs] };
}
