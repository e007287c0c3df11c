// An order as a file: what a seller must know to claim. Plain JSON, as `cargo xtask demo --chain --stay` and this room write it:
// `chain_id`, `contract`, `payee`, all terms of `order`, numbers as decimal strings; and the policy, to be shown in words.

import { orderId, type Hex, type Order } from 'wattproof/evm';
import { keccak256 } from './abi.js';

export interface Offer {
  readonly chainId: bigint;
  readonly contract: Hex;
  /** Who is to be paid. */
  readonly payee: Hex;
  readonly order: Order;
  readonly id: Hex;
  /** A `policy/1`; that it is the order's, its digest shows. */
  readonly policy: string | undefined;
}

/** A file that is no order: which member, and what it should be. */
export class OfferError extends Error {
  override readonly name = 'OfferError';
}

type Json = Record<string, unknown>;

/** Reads the file. */
export function readOffer(text: string): Offer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OfferError(`not JSON: ${(cause as Error).message}`);
  }
  const file = object(json, 'the file');
  const terms = object(file['order'], 'order');
  const kind = number(terms['kind'], 'order.kind');
  if (kind > 2n) throw new OfferError('order.kind: not 0, 1 or 2');
  const order: Order = {
    kind: Number(kind) as Order['kind'],
    policy: hex(terms['policy'], 'order.policy', 32),
    start: number(terms['start'], 'order.start'),
    end: number(terms['end'], 'order.end'),
    deadline: number(terms['deadline'], 'order.deadline'),
    token: hex(terms['token'], 'order.token', 20),
    payer: hex(terms['payer'], 'order.payer', 20),
    payee: hex(terms['payee'], 'order.payee', 20),
    escrow: number(terms['escrow'], 'order.escrow'),
    price: number(terms['price'], 'order.price'),
    rate: number(terms['rate'], 'order.rate'),
    per: number(terms['per'], 'order.per'),
    output: Number(number(terms['output'], 'order.output')),
    salt: hex(terms['salt'], 'order.salt', 32),
  };
  const policy = file['policy'];
  return offerOf({
    chainId: number(file['chain_id'], 'chain_id'), contract: hex(file['contract'], 'contract', 20), payee: hex(file['payee'], 'payee', 20),
    order, policy: policy === undefined ? undefined : JSON.stringify(policy),
  });
}

/** An offer with its order's id; terms out of range are refused. */
export function offerOf(parts: Omit<Offer, 'id'>): Offer {
  try {
    return { ...parts, id: orderId(parts.order, keccak256) };
  } catch (cause) {
    throw new OfferError((cause as Error).message);
  }
}

/** Whether a text could be one; bundles have another head. */
export const looksLikeOffer = (text: string): boolean => /"order"\s*:/.test(text) && !/"wattproof"\s*:\s*"bundle\//.test(text);

/** As a file. */
export function writeOffer({ chainId, contract, payee, order, policy }: Offer): string {
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' || typeof value === 'number' ? value.toString() : value);
  const parts = JSON.stringify({ chain_id: chainId, contract, payee, order }, plain);
  // The policy's numbers are its own affair: its digest is of what they are.
  const policyPart = policy === undefined ? {} : { policy: JSON.parse(policy) as unknown };
  return `${JSON.stringify({ ...(JSON.parse(parts) as object), ...policyPart }, null, 1)}\n`;
}

function object(value: unknown, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new OfferError(`${name}: not an object`);
  return value as Json;
}

function number(value: unknown, name: string): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,77})$/.test(value)) throw new OfferError(`${name}: not a decimal string`);
  return BigInt(value);
}

function hex(value: unknown, name: string, bytes: number): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]*$/.test(value) || value.length !== 2 + 2 * bytes) {
    throw new OfferError(`${name}: not ${bytes} bytes in hex after 0x`);
  }
  return value.toLowerCase() as Hex;
}
