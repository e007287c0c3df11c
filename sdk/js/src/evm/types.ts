import type { FileText } from '../input.js';
import type { ProofWords } from './proof.js';

/** Bytes in hex, `0x` first. */
export type Hex = `0x${string}`;

/** keccak256 of bytes in hex, as viem and ethers both export it under this name. */
export type Keccak256 = (data: Hex) => string;

/** The kinds of orders, as the contract numbers them. */
export const OrderKind = Object.freeze({
  /** The first claim is paid as far as the escrow goes. */
  Trade: 0,
  /** Each claim is paid, while the escrow lasts. */
  Reward: 1,
  /** The claim is paid in full or refused. */
  Bill: 2,
} as const);

/**
 * An order's terms, all that its payer agreed to, as the contract's `Order` tuple. What is due for a claim is
 * `price + rate * output / per`, rounded down, in the token's smallest unit.
 */
export interface Order {
  /** One of {@link OrderKind}. */
  readonly kind: 0 | 1 | 2;
  /** Id of the policy, as the contract registered it. */
  readonly policy: Hex;
  /** First second of the period, Unix. */
  readonly start: bigint;
  /** The second after the period's last, Unix. */
  readonly end: bigint;
  /** Claims before, refunds from then on, Unix seconds. */
  readonly deadline: bigint;
  /** The ERC-20 token's address. */
  readonly token: Hex;
  /** Who opens the order and pays. */
  readonly payer: Hex;
  /** Who is paid; the zero address for whoever proves. */
  readonly payee: Hex;
  /** What is deposited. */
  readonly escrow: bigint;
  /** Fixed part of what is due. */
  readonly price: bigint;
  /** For `per` units of the output; 0n for a fixed price. */
  readonly rate: bigint;
  /** Units that `rate` is for: 1000n for a price per kWh of a total in Wh. */
  readonly per: bigint;
  /** Which of the policy's outputs counts, from 0. */
  readonly output: number;
  /** 32 bytes that tell orders of equal terms apart. */
  readonly salt: Hex;
}

/** Where a claim is made, and for whom. */
export interface ClaimPlace {
  /** The chain's id. */
  readonly chainId: bigint;
  /** The settlement contract's address. */
  readonly contract: Hex;
  /** Who is to be paid. */
  readonly payee: Hex;
}

/** What {@link claimCall} takes. */
export interface ClaimInput extends ClaimPlace {
  /** The bundle file as text or bytes. */
  readonly bundle: FileText;
  /** The order's terms, as it was opened. */
  readonly order: Order;
  /** viem's or ethers' function of that name. */
  readonly keccak256: Keccak256;
}

/** The contract's `Claim` tuple. */
export interface Claim {
  /** Who is paid. */
  readonly payee: Hex;
  /** Registry root; at L3 the device's head. */
  readonly anchor: bigint;
  /** The one-use tag of meter, scope and period. */
  readonly nullifier: bigint;
  /** What the policy reveals. */
  readonly outputs: readonly bigint[];
  /** The proof's eight words. */
  readonly proof: ProofWords;
}

/** The contract's `DeviceSignature` tuple: a P-256 key, and its signature. */
export interface DeviceSignature {
  /** Of the key, 32 bytes. */
  readonly x: Hex;
  /** Of the key, 32 bytes. */
  readonly y: Hex;
  /** Of the signature, 32 bytes. */
  readonly r: Hex;
  /** Of the signature, 32 bytes, at most half the order. */
  readonly s: Hex;
}

/** Which contract is called. */
export interface SettlementCall {
  /** The settlement contract. */
  readonly address: Hex;
}

/** A claim whose meter is in the registry. */
export interface RegistryClaimCall extends SettlementCall {
  /** The function's name. */
  readonly functionName: 'claim';
  /** Its arguments. */
  readonly args: readonly [Order, Claim];
}

/** A claim that a device of level L3 signed. */
export interface DeviceClaimCall extends SettlementCall {
  /** The function's name. */
  readonly functionName: 'claimByDevice';
  /** Its arguments. */
  readonly args: readonly [Order, Claim, DeviceSignature];
}

/**
 * A claim as a call: with `abi: settlementAbi` what viem's `simulateContract` and `writeContract` take; with ethers
 * `contract[functionName](...args)`.
 */
export type ClaimCall = RegistryClaimCall | DeviceClaimCall;
