import type { FileText } from '../input.js';
import type { Period } from '../types.js';

/** What `openSums` takes; files as text or bytes. */
export interface OpenInput {
  /** The verifying key file. */
  readonly key: FileText;
  /** Your own profile, whose context names the roster: its nonce, or a settlement's order, is the roster's digest. */
  readonly profile: FileText;
  /** Who takes part. */
  readonly roster: FileText;
  /** Every member's bundle, in any order. */
  readonly bundles: readonly FileText[];
  /** Every member's share of every hidden output, in any order. */
  readonly shares: readonly FileText[];
  /** Accept a key whose setup was made by one party, who could forge proofs. For trials only. @defaultValue `false` */
  readonly allowDevKeys?: boolean;
}

/** What the members' hidden outputs add up to. */
export interface Sum {
  /** Which of the policy's hidden outputs, from 0. */
  readonly output: number;
  /** E.g. `volume`. */
  readonly name: string;
  /** In `unit`; may be negative. */
  readonly total: bigint;
  /** E.g. `Wh`. */
  readonly unit: string;
  /** The total as people write it, e.g. `1,406.345 kWh`. */
  readonly text: string;
}

/** An opened round. */
export interface Sums {
  /** How many members are in it: all of the roster. */
  readonly members: number;
  /** What all claims are about. */
  readonly period: Period & {
    /** The policy's: an IANA name, `UTC`, or an offset. */
    readonly zone: string;
  };
  /** One for each hidden output of the policy, in its order. */
  readonly sums: readonly Sum[];
  /** Of the members' claims, in the order of the bundles. Record them, all or none, and refuse what was there before. */
  readonly nullifiers: readonly bigint[];
}
