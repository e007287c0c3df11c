// The counter at which a claim is handed in: a chain, an order, a bundle; and what follows from them, worked out anew after each change.

import { WattproofError } from 'wattproof';
import { encodeClaim, verifyArguments, type Hex } from 'wattproof/evm';
import { digestOf, keccak256, numbers, words, type Refusal } from './abi.js';
import { ask, isContract, orderValues, type Facts } from './contract.js';
import { ChainError, type Chain, type Receipt } from './node.js';
import type { Offer } from './offer.js';

export type State =
  /** Something is missing. */ | 'empty'
  /** The bundle is none, or was made for something else. */ | 'misfit'
  /** All is there but a chain. */ | 'paper'
  | 'asking'
  /** The chain is another. */ | 'elsewhere'
  /** No contract lies at the address. */ | 'nowhere'
  /** The contract would pay. */ | 'payable'
  /** The contract refuses. */ | 'refused'
  | 'sending' | 'paid'
  /** The node or the wallet failed, or the person declined. */ | 'failed';

/** What the contract is to prove, of both sides. */
export interface Line {
  readonly name: 'policy' | 'period' | 'context' | 'anchor' | 'nullifier' | 'output';
  /** What the contract puts there itself, as far as that is known; undefined where it takes the bundle's. */
  readonly contract: bigint | undefined;
  readonly bundle: bigint | undefined;
}

export interface Outlook {
  state: State;
  calldata?: Hex;
  facts?: Facts;
  statement?: readonly Line[];
  /** What it would pay, and what that takes. */
  amount?: bigint;
  gas?: bigint;
  refusal?: Refusal;
  problem?: unknown;
  receipt?: Receipt;
}

/** Something that was done or refused on the chain. */
export interface Entry {
  readonly what: string;
  readonly receipt?: Receipt;
  readonly refusal?: Refusal;
}

export class Counter {
  chain: Chain | undefined;
  offer: Offer | undefined;
  bundle: string | undefined;
  /** In place of the bundle's own calldata: an attempt that the page would not make by itself. */
  #attempt: Hex | undefined;
  outlook: Outlook = { state: 'empty' };
  readonly history: Entry[] = [];
  changed: () => void = () => {};
  #turn = 0;

  /** Works everything out anew; a later change overtakes an earlier one. */
  async refresh(): Promise<void> {
    const turn = (this.#turn += 1);
    const { chain, offer, bundle } = this;
    const outlook: Outlook = { state: 'empty' };
    const show = (state: State): void => {
      if (turn === this.#turn) this.#show(Object.assign(outlook, { state }));
    };
    try {
      if (offer !== undefined && bundle !== undefined) outlook.calldata = this.#attempt ?? calldataOf(offer, bundle);
    } catch (problem) {
      outlook.problem = problem;
      outlook.statement = statement(offer, bundle, undefined);
      return show('misfit');
    }
    outlook.statement = statement(offer, bundle, undefined);
    if (offer === undefined || (bundle === undefined && chain === undefined)) return show('empty');
    if (chain === undefined) return show('paper');
    if (chain.id !== offer.chainId) return show('elsewhere');
    show('asking');
    try {
      if (!(await isContract(chain, offer.contract))) return show('nowhere');
      outlook.facts = await ask(chain, offer, bundle);
      outlook.statement = statement(offer, bundle, outlook.facts);
      if (outlook.calldata === undefined) return show('empty');
      const call = { from: chain.accounts[0] ?? offer.payee, to: offer.contract, data: outlook.calldata };
      outlook.amount = numbers(await chain.read(call.to, call.data, call.from))[0] ?? 0n;
      outlook.gas = await chain.gas(call);
      show('payable');
    } catch (problem) {
      if (problem instanceof ChainError && problem.refusal !== undefined) {
        outlook.refusal = problem.refusal;
        return show('refused');
      }
      outlook.problem = problem;
      show('failed');
    }
  }

  /** Hands the claim in, and waits for its block. */
  async claim(what: string): Promise<void> {
    const { chain, offer, outlook } = this;
    const { calldata } = outlook;
    if (chain === undefined || offer === undefined || calldata === undefined) return;
    this.#turn += 1;
    this.#show({ ...outlook, state: 'sending' });
    try {
      const from = chain.accounts[0];
      if (from === undefined) throw new ChainError('no-account', 'the node has no account that signs');
      const receipt = await chain.send({ from, to: offer.contract, data: calldata });
      this.history.push({ what, receipt });
      // Somebody was faster: the contract is asked for its reason.
      if (!receipt.ok) return await this.refresh();
      this.#show({ ...outlook, receipt, state: 'paid' });
    } catch (problem) {
      this.#show({ ...outlook, problem, state: 'failed' });
    }
  }

  /** Tries the same claim on another order, whatever the page thinks of it. */
  attempt(offer: Offer): void {
    const { calldata } = this.outlook;
    if (calldata === undefined) return;
    this.offer = offer;
    const terms = words(orderValues(offer.order));
    // The order comes first in the call, and its size is fixed.
    this.#attempt = `${calldata.slice(0, 10)}${terms}${calldata.slice(10 + terms.length)}` as Hex;
  }

  /** Takes another order or bundle; an attempt ends with it. */
  put(parts: { offer?: Offer | undefined; bundle?: string | undefined }): void {
    this.#attempt = undefined;
    Object.assign(this, parts);
  }

  note(entry: Entry): void {
    this.history.push(entry);
    this.changed();
  }

  #show(outlook: Outlook): void {
    this.outlook = outlook;
    this.changed();
  }
}

function calldataOf({ order, chainId, contract, payee }: Offer, bundle: string): Hex {
  return encodeClaim({ bundle, order, chainId, contract, payee, keccak256 });
}

/** What a claim of this order must have been made for, as the contract works it out. */
function contextOf({ chainId, contract, payee, id }: Offer): bigint {
  const settlement = 1n;
  return BigInt(keccak256(`0x${words([digestOf('wattproof/context/1'), settlement, chainId, contract, payee, id])}`)) >> 8n;
}

/** The public inputs: what the contract says, and what the bundle says. */
function statement(offer: Offer | undefined, bundle: string | undefined, facts: Facts | undefined): Line[] {
  let inputs: readonly bigint[] = [];
  try {
    if (bundle !== undefined) ({ inputs } = verifyArguments(bundle));
  } catch (problem) {
    if (!(problem instanceof WattproofError)) throw problem;
  }
  if (offer === undefined && inputs.length === 0) return [];
  const { order } = offer ?? {};
  const own = [facts?.policy.digest, order && order.start + (order.end << 64n), facts?.context ?? (offer && contextOf(offer))];
  const names = ['policy', 'period', 'context', 'anchor', 'nullifier'] as const;
  const fixed = names.map((name, i): Line => ({ name, contract: own[i], bundle: inputs[i] }));
  return [...fixed, ...inputs.slice(names.length).map((each): Line => ({ name: 'output', contract: undefined, bundle: each }))];
}
