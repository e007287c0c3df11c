// What the settlement contract knows that bears on a claim, asked without sending anything.

import { verifyArguments, type Hex, type Order } from 'wattproof/evm';
import { addressOf, call, numbers, words, type Value } from './abi.js';
import { ChainError, type Chain } from './node.js';
import type { Offer } from './offer.js';

const STATUS = ['unknown', 'open', 'settled', 'closed'] as const;
const POLICY_STATUS = ['unknown', 'active', 'retired', 'revoked'] as const;
const ROOT_STATUS = ['unknown', 'present', 'replaced', 'withdrawn'] as const;

export const ORDER_TUPLE = '(uint8,bytes32,uint64,uint64,uint64,address,address,address,uint128,uint128,uint128,uint64,uint8,bytes32)';

/** An order's terms in the contract's order. */
export const orderValues = (order: Order): Value => [
  order.kind, order.policy, order.start, order.end, order.deadline, order.token, order.payer, order.payee,
  order.escrow, order.price, order.rate, order.per, order.output, order.salt,
];

/** What the chain says about an order. */
export interface Facts {
  readonly now: bigint;
  readonly paused: boolean;
  readonly order: { readonly funds: bigint; readonly status: (typeof STATUS)[number] };
  readonly policy: {
    readonly digest: bigint; readonly status: (typeof POLICY_STATUS)[number]; readonly byDevice: boolean; readonly outputs: number;
  };
  readonly context: bigint;
  /** Who made the verifier's key. */
  readonly setup: { readonly ceremony: boolean; readonly contributors: bigint } | undefined;
  /** About the bundle, where there is one. */
  readonly bundle: {
    readonly claimed: boolean; readonly proofHolds: boolean | undefined;
    readonly root: { readonly status: (typeof ROOT_STATUS)[number]; readonly replacedAt: bigint; readonly fresh: boolean };
  } | undefined;
}

/** Whether a contract lies there. */
export async function isContract(chain: Chain, address: Hex): Promise<boolean> {
  return (await chain.ask<Hex>('eth_getCode', address, 'latest')).length > 2;
}

/** Asks all of it. */
export async function ask(chain: Chain, { contract, order, id, payee }: Offer, bundle: string | undefined): Promise<Facts> {
  const read = async (signature: string, ...values: Value[]): Promise<bigint[]> => numbers(await chain.read(contract, call(signature, ...values)));
  const one = async (signature: string, ...values: Value[]): Promise<bigint> => (await read(signature, ...values))[0] ?? 0n;
  const [now, paused, state, policy, context, asOf, grace] = await Promise.all([
    chain.now(), one('paused()'), read('orders(bytes32)', id), read('policies(bytes32)', order.policy), one('contextOf(address,bytes32)', payee, id),
    one('rootsAsOf()'), one('rootGrace()'),
  ]);
  const [digest = 0n, verifier = 0n, , trust = 0n, status = 0n, outputs = 0n] = policy;
  const known = status !== 0n;
  return {
    now, paused: paused === 1n, context,
    order: { funds: state[0] ?? 0n, status: STATUS[Number(state[1] ?? 0n)] ?? 'unknown' },
    policy: { digest, status: POLICY_STATUS[Number(status)] ?? 'unknown', byDevice: trust === 1n, outputs: Number(outputs) },
    setup: known ? await setupOf(chain, addressOf(verifier)) : undefined,
    bundle: bundle === undefined ? undefined : await about(bundle),
  };

  async function about(text: string): Promise<NonNullable<Facts['bundle']>> {
    const { proof, inputs } = verifyArguments(text);
    const [anchor = 0n, nullifier = 0n] = inputs.slice(3);
    const [[rootStatus = 0n, replacedAt = 0n], claimed] = await Promise.all([read('roots(uint256)', anchor), one('claimed(uint256)', nullifier)]);
    // Eight words of the proof, where the inputs begin, and how many.
    const data = `${call('verify(uint256[8],uint256[])', [...proof], 288n, BigInt(inputs.length))}${words([...inputs])}` as Hex;
    return {
      claimed: claimed === 1n,
      proofHolds: known ? await holds(chain, addressOf(verifier), data) : undefined,
      root: {
        status: ROOT_STATUS[Number(rootStatus)] ?? 'unknown', replacedAt,
        fresh: now < asOf + grace && (replacedAt === 0n || now < replacedAt + grace),
      },
    };
  }
}

async function setupOf(chain: Chain, verifier: Hex): Promise<Facts['setup']> {
  const [ceremony = 0n, contributors = 0n] = numbers(await chain.read(verifier, call('setup()')));
  return { ceremony: ceremony === 1n, contributors };
}

/** Numbers out of range are no proof either. */
async function holds(chain: Chain, verifier: Hex, data: Hex): Promise<boolean> {
  try {
    return numbers(await chain.read(verifier, data))[0] === 1n;
  } catch (error) {
    if (error instanceof ChainError && error.code === 'reverted') return false;
    throw error;
  }
}
