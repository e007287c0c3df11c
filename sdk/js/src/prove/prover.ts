import { WattproofError } from '../errors.js';
import { boolean, fileText, MAX_FILE_BYTES, members } from '../input.js';
import { keyInfo } from '../result.js';
import type { KeyInfo, WasmSource } from '../types.js';
import { fileOf, functionOf, MAX_LEDGER_BYTES, MAX_WITNESS_BYTES, signalOf, sourceOf, threadsOf } from './arguments.js';
import { disclosureOf } from './disclosure.js';
import { forget, keep, keyFile } from './key-file.js';
import type { PartSum, Scalars } from './protocol.js';
import { guarded, hire, type Spawn, type Team } from './team.js';
import type { Progress, ProveInput, ProveOptions, Proved, Prover, ProverOptions } from './types.js';

/** What differs between browsers and Node. */
export interface Platform {
  readonly spawn: Spawn;
  /** How many threads the machine runs at once. */
  parallelism(): number;
  compile(source?: WasmSource): Promise<WebAssembly.Module>;
  readonly readFile: ((url: URL) => Promise<Blob>) | undefined;
}

/** Workers beyond these add their own overhead only. */
const MOST_BY_DEFAULT = 8;

type Tell = ((progress: Progress) => void) | undefined;

const DISPOSE: typeof Symbol.asyncDispose | undefined = Symbol.asyncDispose;

/** `createProver` on a platform. */
export async function createProver(platform: Platform, options: ProverOptions): Promise<Prover> {
  const given = members('createProver', options, [
    'verifyingKey',
    'provingKey',
    'wasm',
    'threads',
    'allowDevKeys',
    'cache',
    'signal',
    'onProgress',
  ]);
  const tell: Tell = functionOf('onProgress', given['onProgress']);
  const verifyingKey = fileText('verifyingKey', given['verifyingKey'], MAX_FILE_BYTES);
  const source = sourceOf('provingKey', given['provingKey']);
  const allowDevKeys = boolean('allowDevKeys', given['allowDevKeys']);
  const cache = boolean('cache', given['cache'], true);
  const signal = signalOf(given['signal']);
  const threads = threadsOf(given['threads']) ?? Math.max(1, Math.min(platform.parallelism(), MOST_BY_DEFAULT));
  signal?.throwIfAborted();

  const module = await platform.compile(given['wasm'] as WasmSource | undefined);
  const crew = (): Promise<Team> => hire(platform.spawn, module, threads);
  let team = await crew();
  return guarded(team, signal, async () => {
    const { info, digest } = await team.ask(0, 'key', [verifyingKey, allowDevKeys]);
    const fetched = { digest, cache, signal, onProgress: tell, readFile: platform.readFile };
    let file = await keyFile(source, fetched);
    const load = (): Promise<void> => equip(team, threads, verifyingKey, allowDevKeys, file.blob, tell);
    try {
      await load();
    } catch (error) {
      if (file.from !== 'cache' || !(error instanceof WattproofError) || error.code !== 'key-digest') throw error;
      await forget(digest);
      file = await keyFile(source, fetched);
      await load();
    }
    if (cache && file.from === 'network') await keep(digest, file.blob);
    const renew = async (): Promise<Team> => {
      team = await crew();
      await equip(team, threads, verifyingKey, allowDevKeys, file.blob, undefined);
      return team;
    };
    return new TeamProver(keyInfo(info), threads, team, renew);
  });
}

/** Gives every worker its part of the keys. */
async function equip(team: Team, threads: number, json: string, allowDevKeys: boolean, file: Blob, tell: Tell): Promise<void> {
  tell?.({ phase: 'check', fraction: 0 });
  const parts = await team.ask(0, 'load', [json, allowDevKeys, file, threads]);
  tell?.({ phase: 'check', fraction: 1 });
  let done = 0;
  tell?.({ phase: 'load', fraction: 0 });
  await Promise.all(
    parts.map(async (own, worker) => {
      await team.ask(worker, 'points', [file, own]);
      done += 1;
      tell?.({ phase: 'load', fraction: done / parts.length });
    }),
  );
}

class TeamProver implements Prover {
  readonly info: KeyInfo;
  readonly threads: number;
  readonly #renew: () => Promise<Team>;
  #team: Team;
  #disposed = false;
  /** Proofs run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(info: KeyInfo, threads: number, team: Team, renew: () => Promise<Team>) {
    this.info = info;
    this.threads = threads;
    this.#team = team;
    this.#renew = renew;
  }

  async prove(input: ProveInput, options: ProveOptions = {}): Promise<Proved> {
    const given = members('prove', input, ['witness', 'ledger', 'embedPolicy', 'overBudget']);
    const chosen = members('options', options, ['signal', 'onProgress']);
    const signal = signalOf(chosen['signal']);
    const job: Job = {
      witness: fileText('witness', given['witness'], MAX_WITNESS_BYTES),
      ledger: fileOf('ledger', given['ledger'], MAX_LEDGER_BYTES),
      embedPolicy: boolean('embedPolicy', given['embedPolicy']),
      overBudget: boolean('overBudget', given['overBudget']),
      tell: functionOf('onProgress', chosen['onProgress']),
      began: performance.now(),
    };
    signal?.throwIfAborted();
    const turn = this.#last.then(async () => {
      signal?.throwIfAborted();
      if (this.#disposed) throw disposed();
      if (this.#team.ended) this.#team = await this.#renew();
      const team = this.#team;
      if (this.#disposed) await team.end(disposed());
      return guarded(team, signal, () => run(team, job), true);
    });
    this.#last = turn.catch(() => undefined);
    return aborted(turn, signal);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#team.end(disposed());
  }

  declare [Symbol.asyncDispose]: () => Promise<void>;

  static {
    if (DISPOSE !== undefined) TeamProver.prototype[DISPOSE] = TeamProver.prototype.dispose;
  }
}

interface Job {
  readonly witness: string;
  readonly ledger: string | undefined;
  readonly embedPolicy: boolean;
  readonly overBudget: boolean;
  readonly tell: Tell;
  readonly began: number;
}

/** One proof. */
async function run(team: Team, { witness, ledger, embedPolicy, overBudget, tell, began }: Job): Promise<Proved> {
  const start = performance.now();
  tell?.({ phase: 'witness', fraction: 0 });
  const early = await team.ask(0, 'begin', [witness, ledger, overBudget]);
  tell?.({ phase: 'witness', fraction: 1 });
  const witnessed = performance.now();

  // The other workers sum while the first works out the quotient.
  let [done, all] = [0, early.length + 2];
  const step = (): void => {
    done += 1;
    tell?.({ phase: 'prove', fraction: Math.min(done / all, 1) });
  };
  tell?.({ phase: 'prove', fraction: 0 });
  const sums = (scalars: readonly Scalars[]): Promise<PartSum[]> =>
    Promise.all(
      scalars.map(async ({ worker, part, bytes }) => {
        const sum = await team.ask(worker, 'sum', [part, bytes], [bytes.buffer]);
        step();
        return { worker, part, bytes: sum };
      }),
    );
  const first = sums(early);
  // Awaited below; a failure in between must not count as unhandled.
  first.catch(() => undefined);
  const late = await team.ask(0, 'quotient', []);
  all += late.length;
  step();
  const [one, two] = await Promise.all([first, sums(late), team.ask(0, 'own', []).then(step)]);
  tell?.({ phase: 'prove', fraction: 1 });
  const summed = performance.now();

  tell?.({ phase: 'verify', fraction: 0 });
  const answer = JSON.parse(await team.ask(0, 'finish', [[...one, ...two], embedPolicy])) as Record<string, unknown>;
  tell?.({ phase: 'verify', fraction: 1 });
  const end = performance.now();
  const { bundle, ledger: recorded } = answer;
  if (typeof bundle !== 'string' || typeof recorded !== 'string') throw new Error('wattproof: a worker gave no bundle');
  return Object.freeze({
    bundle,
    ledger: recorded,
    disclosure: disclosureOf(answer['disclosure']),
    milliseconds: Object.freeze({
      witness: witnessed - start,
      prove: summed - witnessed,
      verify: end - summed,
      total: end - began,
    }),
  });
}

/** The same promise, but a proof that waits its turn does not wait to be given up. */
function aborted<T>(turn: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return turn;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const settled = (): void => signal.removeEventListener('abort', stop);
    turn.then(resolve, reject).finally(settled);
  });
}

function disposed(): TypeError {
  return new TypeError('prover: used after dispose()');
}
