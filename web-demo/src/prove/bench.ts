// The owner's bench: readings, a contract, a period, a question; and what follows from them, worked out anew after each change.

import { WattproofError } from 'wattproof';
import {
  checkReadings,
  explainPolicy,
  makeProfile,
  openWitness,
  periods,
  selfSign,
  type CheckResult,
  type ClaimContext,
  type MeterReadings,
  type NamedPeriod,
  type PolicyExplanation,
  type Witness,
} from 'wattproof/meter';
import { disclose } from 'wattproof/prove';
import type { Disclosure, Progress, Proved } from './engine.js';
import { keysFor, proverFor, type Keys } from './keys.js';
import { ledger, spending, withoutBudget } from './ledger.js';

/** What somebody brought. */
export type Source =
  | { readonly kind: 'meter'; readonly name: string; readonly meter: MeterReadings }
  | { readonly kind: 'witness'; readonly name: string; readonly file: Uint8Array; readonly witness: Witness };

export type State = 'empty' | 'working' | 'policy' | 'readings' | 'fails' | 'whom' | 'refused' | 'budget' | 'keys' | 'ready' | 'proving' | 'proved';

/** What is known after a change; members are there as far as it got. */
export interface Outlook {
  state: State;
  periods?: readonly NamedPeriod[];
  /** By the name of a period, whether the readings of it meet the contract. */
  meets?: ReadonlyMap<string, boolean>;
  explanation?: PolicyExplanation;
  check?: CheckResult;
  disclosure?: Disclosure | undefined;
  keys?: Keys | undefined;
  problem?: unknown;
}

export interface Made {
  readonly proved: Proved;
  readonly profile: string;
  readonly key: string | Uint8Array;
}

/** Most periods that are tried one by one, to mark those that hold. */
const MOST_TRIED = 62;

export class Bench {
  source: Source | undefined;
  policy = '';
  preset: string | undefined;
  period: string | undefined;
  verifier = 'example-utility';
  nonce = draw();
  /** Keys that somebody loaded, for contracts whose keys the page lacks. */
  ownKeys: Keys | undefined;
  progress: Progress | undefined;
  made: Made | undefined;
  outlook: Outlook = { state: 'empty' };
  changed: () => void = () => {};
  #turn = 0;
  #witness: { readonly of: string; readonly file: string; readonly root: bigint } | undefined;
  #stop: AbortController | undefined;

  get context(): ClaimContext {
    return { kind: 'challenge', verifier: this.verifier, nonce: this.nonce };
  }

  get contextIsFine(): boolean {
    return this.verifier.trim() !== '' && /^0x[0-9a-f]{64}$/.test(this.nonce);
  }

  /** Works everything out anew; a later change overtakes an earlier one. */
  async refresh(): Promise<void> {
    const turn = (this.#turn += 1);
    this.made = undefined;
    this.#stop?.abort();
    const outlook: Outlook = { state: this.source === undefined ? 'empty' : 'working' };
    this.#show(outlook);
    if (this.source === undefined) return;
    try {
      await this.#look(this.source, outlook);
    } catch (error) {
      outlook.problem = error;
      outlook.state = place(error, outlook);
    }
    if (turn === this.#turn) this.#show(outlook);
  }

  async #look(source: Source, outlook: Outlook): Promise<void> {
    if (source.kind === 'witness') {
      const { policy, period, check } = source.witness;
      outlook.explanation = await explainPolicy(policy, { period: period.name });
      outlook.check = check;
    } else {
      const { readings } = source.meter;
      outlook.periods = await periods({ policy: this.policy, readings });
      const known = outlook.periods.some(({ name }) => name === this.period);
      this.period = known ? this.period : outlook.periods[0]?.name;
      if (this.period === undefined) {
        outlook.explanation = await explainPolicy(this.policy);
        outlook.state = 'readings';
        return;
      }
      outlook.explanation = await explainPolicy(this.policy, { period: this.period });
      outlook.check = await checkReadings({ policy: this.policy, readings, period: this.period });
      outlook.meets = await this.#try(readings, outlook.periods);
    }
    if (!outlook.check.meets) {
      outlook.state = 'fails';
      return;
    }
    if (source.kind === 'meter' && !this.contextIsFine) {
      outlook.state = 'whom';
      return;
    }
    const witness = await this.#signed(source);
    outlook.keys = (await keysFor(outlook.explanation.circuit.name)) ?? this.ownKeys;
    const kept = await ledger();
    try {
      outlook.disclosure = await disclose({ witness, ...withLedger(kept) });
    } catch (error) {
      if (!(error instanceof WattproofError) || error.code !== 'over-budget') throw error;
      // The owner sees what it would tell, and that it is too much.
      outlook.disclosure = await disclose({ witness, ...withLedger(await withoutBudget(kept)) });
      outlook.problem = error;
    }
    if (outlook.keys === undefined) outlook.state = 'keys';
    else outlook.state = outlook.problem === undefined ? 'ready' : 'budget';
  }

  async #try(readings: string, all: readonly NamedPeriod[]): Promise<ReadonlyMap<string, boolean>> {
    const meets = new Map<string, boolean>();
    if (all.length > MOST_TRIED) return meets;
    for (const { name } of all) {
      const result = await checkReadings({ policy: this.policy, readings, period: name }).catch(() => undefined);
      if (result !== undefined) meets.set(name, result.meets);
    }
    return meets;
  }

  /** The signed claim: the device's, or one signed here with a key that is thrown away. Signed once for each question. */
  async #signed(source: Source): Promise<string | Uint8Array> {
    if (source.kind === 'witness') return source.file;
    const period = this.period ?? '';
    const of = JSON.stringify([source.meter.readings, this.policy, period, this.verifier, this.nonce]);
    if (this.#witness?.of !== of) {
      const { witness, root } = await selfSign({ readings: source.meter.readings, policy: this.policy, period, context: this.context });
      this.#witness = { of, file: witness, root };
    }
    return this.#witness.file;
  }

  /** Makes the proof; the ledger is kept before the bundle is seen. */
  async prove(overBudget = false): Promise<void> {
    const { source, outlook } = this;
    const before = outlook.state;
    const { keys, explanation, disclosure } = outlook;
    if (source === undefined || keys === undefined || explanation === undefined || disclosure === undefined) return;
    const turn = this.#turn;
    const stop = (this.#stop = new AbortController());
    const show = (progress: Progress): void => {
      this.progress = progress;
      if (this.outlook.state === 'proving') this.changed();
    };
    this.progress = undefined;
    this.#show({ ...outlook, state: 'proving' });
    try {
      const options = { signal: stop.signal, onProgress: show };
      const witness = await this.#signed(source);
      const prover = await proverFor(keys, options);
      const proved = await spending(async (kept) =>
        prover.prove({ witness, overBudget, ...withLedger(kept) }, options));
      const profile = await makeProfile({
        policy: explanation.policy,
        key: keys.verifyingKey,
        roots: [proved.disclosure.root],
        period: source.kind === 'witness' ? source.witness.period.name : (this.period ?? ''),
        context: source.kind === 'witness' ? source.witness.context : this.context,
        acceptL0: explanation.level.least === 'L0',
      });
      if (turn !== this.#turn) return;
      this.made = { proved, profile, key: keys.verifyingKey };
      this.#show({ ...outlook, state: 'proved' });
    } catch (error) {
      if (turn !== this.#turn) return;
      if (stop.signal.aborted) this.#show({ ...outlook, state: before });
      else if (keys !== this.ownKeys) this.#show({ ...outlook, state: place(error, outlook), problem: error });
      else {
        // Keys that somebody loaded and that were refused are asked for again.
        this.ownKeys = undefined;
        this.#show({ ...outlook, state: 'keys', keys: undefined, problem: error });
      }
    } finally {
      if (this.#stop === stop) this.#stop = undefined;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }

  /** Opens a witness package or takes a meter file that was read. */
  take(source: Source | undefined): void {
    this.source = source;
    this.#witness = undefined;
  }

  #show(outlook: Outlook): void {
    this.outlook = outlook;
    this.changed();
  }
}

/** Opens a device's package. */
export async function witnessSource(name: string, file: Uint8Array): Promise<Source> {
  return { kind: 'witness', name, file, witness: await openWitness(file) };
}

const withLedger = (kept: string | undefined) => (kept === undefined ? {} : { ledger: kept });

/** What a refusal is about. */
function place(error: unknown, { explanation, check }: Outlook): State {
  if (!(error instanceof WattproofError)) return 'refused';
  if (error.code === 'over-budget') return 'budget';
  if (error.code === 'readings-do-not-fit') return 'readings';
  return explanation === undefined || check === undefined ? 'policy' : 'refused';
}

/** A question's number, as a verifier would draw it. */
export function draw(): string {
  return `0x${Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
