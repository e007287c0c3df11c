// What a prover and its workers say to each other. Buffers are moved, not copied.

import type { WattproofError } from '../errors.js';

/** One part of the work, as the Wasm cut it. */
export interface Part {
  readonly sum: number;
  /** Whether its scalars are there only after the quotient. */
  readonly waits: boolean;
  readonly begin: number;
  readonly end: number;
}

/** Scalars for a part of a worker. */
export interface Scalars {
  readonly worker: number;
  readonly part: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The sum of a part. */
export interface PartSum {
  readonly worker: number;
  readonly part: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A contribution to a ceremony; `told` is JSON. */
export interface Contributed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly told: string;
}

/** How far a call is: what it does, and how much of that is done, from 0 to 1. */
export type Step = readonly [phase: 'read' | 'contribute' | 'write', fraction: number];

/** Hears how far a call is. */
export type Tell = (step: Step) => void;

/** What a worker can be asked: arguments and answers. All but `start`, `points` and `sum` are for the first worker. */
export interface Calls {
  start(module: WebAssembly.Module): void;
  /** The verifying key by itself: what it says of itself, and the digest that it pins. */
  key(json: string, allowDevKeys: boolean): { info: string; digest: string };
  /** Both keys; the digest is compared. */
  load(json: string, allowDevKeys: boolean, file: Blob, workers: number): Part[][];
  /** A worker's points. */
  points(file: Blob, parts: readonly Part[]): void;
  /** A new proof; scalars for the other workers. */
  begin(witness: string, ledger: string | undefined, overBudget: boolean): Scalars[];
  /** The quotient; the scalars that waited for it. */
  quotient(): Scalars[];
  /** The sums that the first worker has itself. */
  own(): void;
  sum(part: number, scalars: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  finish(sums: readonly PartSum[], embedPolicy: boolean): string;
  /** A ceremony's key with one contribution more, and what to publish about it. */
  contribute(zkey: Uint8Array<ArrayBuffer>, name: string, entropy: Uint8Array<ArrayBuffer>): Contributed;
}

export type Call = keyof Calls;

export interface Request {
  readonly id: number;
  readonly call: Call;
  readonly args: readonly unknown[];
}

/** A refusal, or any other failure by its words. `stopped`: the worker must not be used again. */
export interface Failure {
  readonly code: WattproofError['code'] | null;
  readonly message: string;
  readonly remedy: string;
  readonly stopped: boolean;
}

export type Reply =
  | { readonly id: number; readonly step: Step }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };
