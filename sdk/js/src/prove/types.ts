/// <reference lib="esnext.disposable" preserve="true" />
import type { FileText } from '../input.js';
import type { ClaimContext, Condition, KeyInfo, Output, Period, WasmSource } from '../types.js';

/** How far a prover is. */
export interface Progress {
  /** `fetch` the key, `check` its digest, `load` its points; `witness`, `prove` and `verify` one claim. */
  readonly phase: 'fetch' | 'check' | 'load' | 'witness' | 'prove' | 'verify';
  /** From 0 to 1 within the phase. */
  readonly fraction: number;
  /** Of the phase `fetch`. The total is null if the server does not say it. */
  readonly bytes?: {
    /** Arrived so far. */
    readonly done: number;
    /** Of the whole file. */
    readonly total: number | null;
  };
}

/** What `createProver` takes. */
export interface ProverOptions {
  /** The verifying key file, as text or bytes. It pins the proving key. */
  readonly verifyingKey: FileText;
  /** The proving key file: where it is, or the file itself. */
  readonly provingKey: URL | string | Blob | Uint8Array;
  /** Where the Wasm is; by default beside this module. Only the first call's source counts. */
  readonly wasm?: WasmSource;
  /** Workers, 1 to 64. @defaultValue as many as the machine runs at once, at most 8 */
  readonly threads?: number;
  /** Accept a key whose setup was made by one party, who could forge proofs. For trials only. @defaultValue `false` */
  readonly allowDevKeys?: boolean;
  /** Keep a fetched key in the browser's cache, by its digest. @defaultValue `true`, where there is such a cache */
  readonly cache?: boolean;
  /** Gives up when aborted; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told how far it is, several times a phase. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What is to be proved. */
export interface ProveInput {
  /** The witness package, as text or bytes. Secret; it goes to a worker of this page and nowhere else. */
  readonly witness: FileText;
  /** The owner's ledger of disclosures, as text or bytes; left out, one is begun. */
  readonly ledger?: FileText;
  /** Put the policy into the bundle. @defaultValue `false` */
  readonly embedPolicy?: boolean;
  /** Prove although the owner's budget is used up. @defaultValue `false` */
  readonly overBudget?: boolean;
}

/** How to go about one proof. */
export interface ProveOptions {
  /** Gives up when aborted; the promise rejects with the signal's reason, and the prover stays usable. */
  readonly signal?: AbortSignal;
  /** Told how far this proof is. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What whoever verifies a claim will know. */
export interface Disclosure {
  /** What is claimed about. */
  readonly period: Period & {
    /** The policy's: an IANA name, `UTC`, or an offset. */
    readonly zone: string;
  };
  /** For whom and for what it was signed. */
  readonly context: ClaimContext;
  /** Which policy. */
  readonly policyDigest: bigint;
  /** That these hold, in words. */
  readonly conditions: readonly Condition[];
  /** Figures that are shown; of hidden ones a commitment. */
  readonly revealed: readonly Output[];
  /** How far the readings are vouched for, at least. */
  readonly level: {
    /** `L0`, `L1`, `L2` or `L3`. */
    readonly least: string;
    /** Who vouches at that level, in words. */
    readonly text: string;
  };
  /** The registry that the meter is in; at L3, where the bundle shows the device's key, the head that the device signed. */
  readonly root: bigint;
  /** The same for every claim of this meter in this scope and period. */
  readonly nullifier: bigint;
  /** What all verifiers together will know, figure by figure. */
  readonly steps: readonly {
    /** The figure, in words. */
    readonly text: string;
    /** What this claim adds by it, in thousandths of a bit. */
    readonly millibits: number;
  }[];
  /** Proofs before it for the same meter and an overlapping period, as far as the ledger knows. */
  readonly earlier: number;
  /** What it adds in all, in thousandths of a bit. */
  readonly addsMillibits: bigint;
  /** What all proofs over the period tell, this one included, in thousandths of a bit. */
  readonly accountMillibits: bigint;
  /** Most bits that the owner allows; null without a budget. */
  readonly budgetBits: number | null;
}

/** A proof that was made and verified. */
export interface Proved {
  /** The bundle file, for the verifier. */
  readonly bundle: string;
  /** What it tells; the same as `disclose` said before. */
  readonly disclosure: Disclosure;
  /** The ledger file with this proof in it. Store it before the bundle is handed out. */
  readonly ledger: string;
  /** Where the time went. */
  readonly milliseconds: {
    /** Checking the readings and working out the witness. */
    readonly witness: number;
    /** The proof itself. */
    readonly prove: number;
    /** Verifying it. */
    readonly verify: number;
    /** All of it, and the wait for earlier proofs. */
    readonly total: number;
  };
}

/** Proves claims of one circuit. It holds workers and their memory until it is disposed of. */
export interface Prover extends AsyncDisposable {
  /** What the verifying key says about itself. */
  readonly info: KeyInfo;
  /** How many workers it has. */
  readonly threads: number;
  /**
   * Makes a proof, verifies it, and records in the ledger what it tells. Several calls run one after the other.
   *
   * @param input - the witness, and the ledger of what was told before
   * @param options - a signal, and whom to tell how far it is
   * @throws WattproofError if the claim cannot be proved (`condition-fails`, `over-budget`, `wrong-circuit`, …)
   *
   * @example
   * ```ts
   * const { bundle, ledger } = await prover.prove({ witness, ledger: stored });
   * await store(ledger);          // first
   * await send(bundle);           // then
   * ```
   */
  prove(input: ProveInput, options?: ProveOptions): Promise<Proved>;
  /** Ends the workers and gives back their memory; a proof under way rejects. May be called twice. */
  dispose(): Promise<void>;
}

/** What `disclose` takes. */
export interface DiscloseInput {
  /** The witness package, as text or bytes. */
  readonly witness: FileText;
  /** The owner's ledger of disclosures, as text or bytes; left out, nothing was proved before. */
  readonly ledger?: FileText;
}
