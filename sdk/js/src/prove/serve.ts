// The worker's side. Each worker has a Wasm instance of its own, with its own points; the first also has the key's outline.

import { WattproofError } from '../errors.js';
import { glue, start, wasm } from './main.js';
import type { Calls, Failure, Part, Reply, Request, Scalars, Step, Tell } from './protocol.js';

let prover: glue.Prover | undefined;
let proving: glue.Proving | undefined;
let parts: readonly (readonly Part[])[] = [];
let points: glue.Points[] = [];

const calls: { [K in keyof Calls]: (...args: [...Parameters<Calls[K]>, Tell]) => ReturnType<Calls[K]> | Promise<ReturnType<Calls[K]>> } = {
  start,

  key(json, allowDevKeys) {
    const key = wasm.call(() => glue.Key.load(json, allowDevKeys));
    const answer = wasm.call(() => ({ info: key.info(), digest: key.provingKeyDigest() }));
    key.free();
    return answer;
  },

  async load(json, allowDevKeys, file, workers) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    let at = 0;
    const source = {
      read(into: Uint8Array): number {
        const next = bytes.subarray(at, at + into.length);
        into.set(next);
        at += next.length;
        return next.length;
      },
    };
    const loaded = wasm.call(() => glue.Prover.load(json, allowDevKeys, source, workers));
    prover = loaded;
    const cut = JSON.parse(wasm.call(() => loaded.parts())) as Part[][];
    parts = cut;
    return cut;
  },

  async points(file, own) {
    for (const { sum, begin, end } of own) {
      const bytes = new Uint8Array(await file.slice(begin, end).arrayBuffer());
      points.push(wasm.call(() => glue.Points.read(sum, bytes)));
    }
  },

  begin(witness, ledger, overBudget) {
    proving?.free();
    proving = undefined;
    proving = wasm.call(() => loaded().begin(witness, ledger, overBudget));
    return others(false);
  },

  quotient() {
    wasm.call(() => begun().quotient(loaded()));
    return others(true);
  },

  own() {
    (parts[0] ?? []).forEach((_, part) => {
      const scalars = wasm.call(() => begun().scalars(loaded(), 0, part));
      const sum = partSum(part, scalars);
      scalars.fill(0);
      wasm.call(() => begun().add(loaded(), 0, part, sum));
    });
  },

  sum(part, scalars) {
    const sum = partSum(part, scalars);
    scalars.fill(0);
    return sum;
  },

  finish(sums, embedPolicy) {
    for (const { worker, part, bytes } of sums) wasm.call(() => begun().add(loaded(), worker, part, bytes));
    const answer = wasm.call(() => begun().finish(loaded(), embedPolicy));
    proving?.free();
    proving = undefined;
    return answer;
  },

  contribute(zkey, name, entropy, tell) {
    const { length } = zkey;
    let bytes = new Uint8Array();
    let seen = 0;
    const hear = sparingly(tell);
    const desk = {
      length: () => length,
      read(at: number, into: Uint8Array): void {
        into.set(zkey.subarray(at, at + into.length));
        // The heads of sections are read twice.
        seen += into.length;
        hear(['read', Math.min(seen / Math.max(length, 1), 1)]);
      },
      begin(after: number): void {
        bytes = new Uint8Array(after);
      },
      write(at: number, piece: Uint8Array): void {
        bytes.set(piece, at);
        hear(['write', (at + piece.length) / bytes.length]);
      },
      done: (points: number, all: number): void => hear(['contribute', points / all]),
    };
    const told = wasm.call(() => glue.contribute(desk, name, entropy));
    entropy.fill(0);
    return { bytes, told };
  },
};

/** Tells of each phase's first step, of its last, and of as much in between as anybody wants to see. */
function sparingly(tell: Tell): Tell {
  let last: Step | undefined;
  return (step) => {
    const [phase, fraction] = step;
    if (last?.[0] === phase && fraction - last[1] < (fraction < 1 ? 0.01 : Number.EPSILON)) return;
    last = step;
    tell(step);
  };
}

/** Scalars for all other workers. */
function others(waits: boolean): Scalars[] {
  return parts.flatMap((of, worker) =>
    worker === 0
      ? []
      : of.flatMap((part, i) =>
          part.waits === waits
            ? [{ worker, part: i, bytes: wasm.call(() => begun().scalars(loaded(), worker, i)) as Uint8Array<ArrayBuffer> }]
            : [],
        ),
  );
}

function partSum(part: number, scalars: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = points[part];
  if (own === undefined) throw new Error('wattproof: a worker was asked for a part that it does not have');
  return wasm.call(() => own.sum(scalars)) as Uint8Array<ArrayBuffer>;
}

function loaded(): glue.Prover {
  if (prover === undefined) throw new Error('wattproof: a worker was asked before it was loaded');
  return prover;
}

function begun(): glue.Proving {
  if (proving === undefined) throw new Error('wattproof: a worker was asked to go on with no proof');
  return proving;
}

/** Answers a request, by way of `post`. */
export async function serve(request: Request, post: (reply: Reply, transfer: ArrayBuffer[]) => void): Promise<void> {
  const { id, call: name, args } = request;
  try {
    const run = calls[name] as (...args: readonly unknown[]) => unknown;
    const value = await run(...args, (step: Step) => post({ id, step }, []));
    post({ id, value }, buffers(value));
  } catch (error) {
    post({ id, failure: failure(error) }, []);
  }
}

function buffers(value: unknown): ArrayBuffer[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((item) => {
    const bytes = item instanceof Uint8Array ? item : (item as Partial<Scalars> | null | undefined)?.bytes;
    return bytes instanceof Uint8Array ? [bytes.buffer as ArrayBuffer] : [];
  });
}

function failure(error: unknown): Failure {
  if (error instanceof WattproofError) {
    return { code: error.code, message: error.message, remedy: error.remedy, stopped: false };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: null, message, remedy: '', stopped: true };
}
