// The contract's ABI, as far as its calls need it: words of 32 bytes in hex, without `0x`.

import { SELECTORS } from './abi.js';
import type { Claim, ClaimCall, DeviceSignature, Hex, Order } from './types.js';

const word = (value: bigint | number): string => value.toString(16).padStart(64, '0');
const bytes = (value: Hex): string => value.slice(2).toLowerCase();
const address = (value: Hex): string => bytes(value).padStart(64, '0');

/** The context's domain: keccak256 of `wattproof/context/1`. */
const CONTEXT = 'fec8559ac2d2f996a035e2072315f091be3fa13763fb10056ea0491cae0ee372';
const SETTLEMENT = 1;

/** `abi.encode(order)`. */
export function orderWords(order: Order): string {
  const { kind, policy, start, end, deadline, token, payer, payee, escrow, price, rate, per, output, salt } = order;
  return [
    word(kind),
    bytes(policy),
    ...[start, end, deadline].map(word),
    ...[token, payer, payee].map(address),
    ...[escrow, price, rate, per, output].map(word),
    bytes(salt),
  ].join('');
}

/** What the context's keccak256 is of. */
export function contextWords(chainId: bigint, contract: Hex, payee: Hex, order: Hex): string {
  return [CONTEXT, word(SETTLEMENT), word(chainId), address(contract), address(payee), bytes(order)].join('');
}

/** The calldata of a claim. */
export function callWords({ functionName, args }: ClaimCall): Hex {
  const [order, claim, device] = args as readonly [Order, Claim, DeviceSignature?];
  const { payee, anchor, nullifier, outputs, proof } = claim;
  const signature = device === undefined ? [] : [device.x, device.y, device.r, device.s].map(bytes);
  const head = orderWords(order);
  // The claim holds an array, so that it comes last, and the head says where.
  const offset = head.length / 2 + 32 * (1 + signature.length);
  const tail = [
    address(payee),
    ...[anchor, nullifier, 32 * (4 + proof.length), ...proof].map(word),
    ...[outputs.length, ...outputs].map(word),
  ];
  return `${SELECTORS[functionName]}${[head, word(offset), ...signature, ...tail].join('')}`;
}
