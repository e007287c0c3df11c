// A trade played whole on a node of one's own: contracts, an order, a real meter file, a proof. Ann sells, Bob buys, the market's operator
// registers; all of them are this page, with the accounts that it is given. Ann's meter is made up here (level L0) and forgotten.

import { importMeter, selfSign } from 'wattproof/meter';
import { claimContext, OrderKind, type Hex, type Order } from 'wattproof/evm';
import { proverFor } from '../prove/keys.js';
import type { Progress } from '../prove/engine.js';
import { call, numbers, words, type Value } from './abi.js';
import { ORDER_TUPLE, orderValues } from './contract.js';
import type { Entry } from './counter.js';
import { ChainError, type Chain } from './node.js';
import { offerOf, type Offer } from './offer.js';

/** Ids of chains that people start on their own computer; elsewhere a trial would cost money. */
export const PLAYGROUNDS: readonly bigint[] = [31_337n, 1_337n];

const SERIES = 'NEM1202026/B1';
const PERIOD = '2004-03-01T12';
const START = BigInt(Date.parse('2004-03-01T12:00:00+10:00') / 1000);
const HOUR = 3_600n;
const DAY = 86_400n;
const SUPPLY = 100_000_000n;
const ESCROW = 5_000_000n;
/** For a kWh. */
const PRICE = 250_000n;

interface Stage {
  readonly verifier: Hex;
  readonly token: Hex;
  readonly settlement: Hex;
}

/** What is traded, with the keys for it; made with the page. */
interface Trade {
  readonly policy: unknown;
  readonly digest: string;
  readonly scope: string;
  readonly verifyingKey: string;
  readonly provingKey: string;
  readonly bytes: number;
}

/** What went on the chain, and how far the proof is. */
export interface Told {
  readonly step: (entry: Entry) => void;
  readonly progress: (progress: Progress) => void;
}

export class Play {
  readonly #chain: Chain;
  readonly #told: Told;
  /** Who the parts are played by; a wallet's one account plays them all. */
  readonly #owner: Hex;
  readonly #buyer: Hex;
  readonly #seller: Hex;
  #stage: Stage | undefined;
  #order: Order | undefined;
  #policy: string | undefined;

  constructor(chain: Chain, told: Told) {
    const [owner, buyer = owner, seller = buyer] = chain.accounts;
    if (owner === undefined || buyer === undefined || seller === undefined) throw new ChainError('no-account', 'the node has no account that signs');
    this.#chain = chain;
    this.#told = told;
    [this.#owner, this.#buyer, this.#seller] = [owner, buyer, seller];
  }

  /** The market, Bob's order, Ann's proof. */
  async begin(signal: AbortSignal): Promise<{ offer: Offer; bundle: string }> {
    const [contracts, keys, meterFile] = await Promise.all([
      json<Record<keyof Stage, Hex>>('samples/contracts.json'), json<Trade>('keys/trade.json'), text('samples/market.csv'),
    ]);
    const verifyingKey = await text(`keys/${keys.verifyingKey}`);
    const policy = JSON.stringify(keys.policy);
    const { readings } = await importMeter(meterFile, { series: SERIES });
    const stage = (this.#stage = await this.#build(contracts));
    this.#policy = policy;
    const id = await this.#register(stage, keys);
    const offer = await this.open(id);
    const context = claimContext({ chainId: offer.chainId, contract: offer.contract, payee: offer.payee }, offer.id);
    const { witness, root } = await selfSign({ readings, policy, period: PERIOD, context });
    await this.#send('root', this.#owner, stage.settlement, call('setRoot(uint256,uint64)', root, 0n));
    const options = { signal, onProgress: this.#told.progress };
    const prover = await proverFor({ verifyingKey, provingKey: new URL(`./keys/${keys.provingKey}`, document.baseURI), bytes: keys.bytes }, options);
    const { bundle } = await prover.prove({ witness }, options);
    return { offer, bundle };
  }

  /** Bob's order for the hour; again, the same with another salt. */
  async open(policy?: Hex): Promise<Offer> {
    const stage = this.#stage;
    if (stage === undefined) throw new Error('nothing was begun');
    const now = await this.#chain.now();
    const before = this.#order;
    const order: Order = before === undefined
      ? {
          kind: OrderKind.Trade, policy: policy ?? '0x', start: START, end: START + HOUR, deadline: now + 30n * DAY,
          token: stage.token, payer: this.#buyer, payee: this.#seller, escrow: ESCROW, price: 0n, rate: PRICE, per: 1_000n, output: 0,
          salt: `0x${'00'.repeat(32)}`,
        }
      : { ...before, salt: `0x${'00'.repeat(31)}02` };
    await this.#send('approve', this.#buyer, stage.token, call('approve(address,uint256)', stage.settlement, ESCROW));
    await this.#send(before === undefined ? 'open' : 'openAgain', this.#buyer, stage.settlement, call(`open(${ORDER_TUPLE})`, orderValues(order)));
    this.#order ??= order;
    return offerOf({ chainId: this.#chain.id, contract: stage.settlement, payee: this.#seller, order, policy: this.#policy });
  }

  async #build(contracts: Record<keyof Stage, Hex>): Promise<Stage> {
    const deploy = async (what: string, from: Hex, code: Hex, ...values: Value[]): Promise<Hex> => {
      const { contract } = await this.#send(what, from, undefined, `${code}${words(values)}` as Hex);
      if (contract === undefined) throw new ChainError('node-error', `${what}: the receipt names no contract`);
      return contract;
    };
    return {
      verifier: await deploy('verifier', this.#owner, contracts.verifier),
      token: await deploy('token', this.#buyer, contracts.token, SUPPLY),
      // Development keys allowed, as this is a trial; a week of grace for roots, three days to claim.
      settlement: await deploy('settlement', this.#owner, contracts.settlement, this.#owner, true, 1n, 7n * DAY, 3n * DAY),
    };
  }

  async #register({ settlement, verifier }: Stage, { digest, scope }: Trade): Promise<Hex> {
    const terms: Value = [BigInt(digest), verifier, BigInt(scope), 0n, 0n, 0n];
    const tuple = '(uint256,address,uint256,uint32,uint8,uint16)';
    await this.#send('calendar', this.#owner, settlement, call('addCalendar(uint64,uint64)', 0n, HOUR));
    await this.#send('policy', this.#owner, settlement, call(`registerPolicy(${tuple})`, terms));
    const [id = 0n] = numbers(await this.#chain.read(settlement, call(`policyId(${tuple})`, terms)));
    return `0x${id.toString(16).padStart(64, '0')}`;
  }

  async #send(what: string, from: Hex, to: Hex | undefined, data: Hex): ReturnType<Chain['send']> {
    const receipt = await this.#chain.send({ from, ...(to === undefined ? {} : { to }), data });
    this.#told.step({ what, receipt });
    if (!receipt.ok) throw new ChainError('node-error', `${what}: the transaction ${receipt.hash} failed`);
    return receipt;
  }
}

async function text(path: string): Promise<string> {
  const response = await fetch(`./${path}`);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.text();
}

const json = async <T>(path: string): Promise<T> => JSON.parse(await text(path)) as T;
