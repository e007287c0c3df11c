// What callers pass, checked: a number out of its range would be another number on the chain.

import { brief } from '../errors.js';
import { describe, members, reading } from '../input.js';
import type { BundleNumbers } from './bundle.js';
import { refuse } from './refusal.js';
import type { SettlementContext } from '../types.js';
import type { Claim, ClaimCall, ClaimPlace, Hex, Keccak256, Order } from './types.js';
import { orderWords } from './words.js';

const TERMS = [
  ...['kind', 'policy', 'start', 'end', 'deadline', 'token', 'payer', 'payee'],
  ...['escrow', 'price', 'rate', 'per', 'output', 'salt'],
];

/** keccak256 whose answers are 32 bytes. */
export type Hash = (data: Hex) => Hex;

/** The order's terms. */
export function orderOf(name: string, value: unknown): Order {
  const given = members(name, value, TERMS);
  const at = (member: string) => `${name}.${member}`;
  const integer = (member: string, bits: bigint) => uint(at(member), given[member], bits);
  const hex = (member: string, bytes: number) => bytesOf(at(member), given[member], bytes);
  return {
    kind: small(at('kind'), given['kind'], 2) as Order['kind'],
    policy: hex('policy', 32),
    start: integer('start', 40n),
    end: integer('end', 40n),
    deadline: integer('deadline', 40n),
    token: hex('token', 20),
    payer: hex('payer', 20),
    payee: hex('payee', 20),
    escrow: integer('escrow', 128n),
    price: integer('price', 128n),
    rate: integer('rate', 128n),
    per: integer('per', 64n),
    output: small(at('output'), given['output'], 255),
    salt: hex('salt', 32),
  };
}

/** Chain, contract and payee. */
export function placeOf(name: string, given: Record<string, unknown>): ClaimPlace {
  return {
    chainId: uint(`${name}.chainId`, given['chainId'], 64n),
    contract: bytesOf(`${name}.contract`, given['contract'], 20),
    payee: bytesOf(`${name}.payee`, given['payee'], 20),
  };
}

/** The caller's hash, whose answers are not taken on trust. */
export function keccakOf(value: unknown): Hash {
  if (typeof value !== 'function') {
    throw new TypeError(`keccak256: expected a function (viem's or ethers'), not ${describe(value)}`);
  }
  return (data) => bytesOf('keccak256: its answer', reading('keccak256', () => (value as Keccak256)(data)), 32);
}

/** The order's id. */
export const idOf = (order: Order, keccak256: Hash): Hex => keccak256(`0x${orderWords(order)}`);

/** The context of a claim of this order. */
export function contextOf({ chainId, contract, payee }: ClaimPlace, order: unknown): SettlementContext {
  return Object.freeze({ kind: 'settlement', chainId, contract, payee, order: bytesOf('order', order, 32) });
}

/** The call of a claim; the algorithm of a device must be the chain's. */
export function callOf(address: Hex, order: Order, claim: Claim, device: BundleNumbers['device']): ClaimCall {
  if (device === undefined) return { address, functionName: 'claim', args: [order, claim] };
  const { algorithm, x, y, r, s } = device;
  if (algorithm !== 'p256') throw refuse('bad-signature', `bundle: device.algorithm is ${brief(algorithm)}; contracts know p256`);
  return { address, functionName: 'claimByDevice', args: [order, claim, { x, y, r, s }] };
}

function uint(name: string, value: unknown, bits: bigint): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${name}: expected a bigint, not ${describe(value)}`);
  if (value < 0n || value >> bits !== 0n) throw new TypeError(`${name}: not from 0 to 2^${bits} - 1`);
  return value;
}

function small(name: string, value: unknown, most: number): number {
  if (!Number.isInteger(value) || Object.is(value, -0) || (value as number) < 0 || (value as number) > most) {
    throw new TypeError(`${name}: expected a whole number from 0 to ${most}`);
  }
  return value as number;
}

/** In lower case, as texts are compared; whether an address's mixed case is right is not looked at. */
function bytesOf(name: string, value: unknown, bytes: number): Hex {
  if (typeof value !== 'string' || value.length !== 2 + 2 * bytes || !/^0x[0-9a-fA-F]*$/.test(value)) {
    throw new TypeError(`${name}: expected 0x and ${2 * bytes} hex digits`);
  }
  return value.toLowerCase() as Hex;
}
