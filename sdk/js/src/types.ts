/// <reference lib="esnext.disposable" preserve="true" />

import type { WattproofError } from './errors.js';

/** Where {@link init} may take the Wasm from. */
export type WasmSource = URL | string | Response | BufferSource | WebAssembly.Module;

/** Whether the key may be relied on. `dev`: made by one party, who could forge. */
export interface Setup {
  readonly status: 'dev' | 'ceremony';
  /** The same in a sentence. */
  readonly text: string;
}

/** What a loaded key says about itself. */
export interface KeyInfo {
  /** Digest of the circuit, 64 hex digits. */
  readonly circuitId: string;
  /** SHA-256 of the key file's content, 64 hex digits; what a profile pins. */
  readonly fingerprint: string;
  readonly setup: { readonly status: 'dev' | 'ceremony' };
}

/** A verifying key that was parsed and checked. It holds Wasm memory: dispose of it, or leave that to the collector. */
export interface VerifyingKey extends Disposable {
  readonly info: KeyInfo;
  /** Frees the Wasm memory; the key cannot be used afterwards. May be called twice. */
  dispose(): void;
}

/** A key together with a verifier's profile. It holds Wasm memory, like {@link VerifyingKey}. */
export interface Verifier extends Disposable {
  /**
   * Checks a proof bundle against the profile.
   *
   * @param bundle - the bundle file as text or bytes, at most 64 KB
   * @returns what the claim says, built from the profile and never from the bundle's word
   * @throws {@link WattproofError} if the bundle is refused
   *
   * @example
   * ```ts
   * const claim = verifier.verify(await file.text());
   * console.log(claim.outputs[0].value, claim.outputs[0].unit); // 406345n "Wh"
   * ```
   */
  verify(bundle: string | Uint8Array): VerifiedClaim;
  /**
   * Checks many bundles against the profile, in about a third of the time that they take one by one if all of them verify.
   * Each is checked as by {@link verify}: one that is refused does not touch the others, and two bundles of the same claim
   * both verify, as nobody compares nullifiers.
   *
   * @param bundles - the bundle files, each as text or bytes of at most 64 KB
   * @returns for each bundle, in the same order, its claim, or the error that `verify` would throw
   * @throws TypeError if `bundles` is not an array of text or bytes
   *
   * @example
   * ```ts
   * for (const [i, { claim, error }] of verifier.verifyBatch(bundles).entries()) {
   *   if (claim) record(claim.nullifier);
   *   else console.error(names[i], error.code, error.remedy);
   * }
   * ```
   */
  verifyBatch(bundles: readonly (string | Uint8Array)[]): readonly BatchVerdict[];
  /** Frees the Wasm memory; the verifier cannot be used afterwards. May be called twice. */
  dispose(): void;
}

/** What became of one bundle among many: either its claim or why it was refused. */
export type BatchVerdict =
  | { readonly claim: VerifiedClaim; readonly error?: undefined }
  | { readonly claim?: undefined; readonly error: WattproofError };

/** From `start` to before `end`, in Unix seconds. */
export interface Period {
  readonly start: bigint;
  readonly end: bigint;
}

/** One condition of the policy, in words. */
export interface Condition {
  /** E.g. `completeness`, `volume`, `limit`. */
  readonly kind: string;
  /** An English sentence, made from digested parameters only. */
  readonly text: string;
}

/** A figure that the policy reveals. */
export interface Output {
  /** E.g. `volume`. */
  readonly name: string;
  /** The exact figure, in `unit`; may be negative. Null if only a commitment is shown, for sums with others. */
  readonly value: bigint | null;
  /** E.g. `Wh`. */
  readonly unit: string;
  /** The figure as people write it, e.g. `406.345 kWh`. */
  readonly text: string;
  /** Index into the policy's `meter.channels`: the first that the figure is about. Null if it is about none. */
  readonly channel: number | null;
  /** Coordinates of a Pedersen commitment on Baby Jubjub, where the figure itself stays hidden. */
  readonly commitment: readonly [bigint, bigint] | null;
}

/** What the claim was made for. */
export type ClaimContext =
  | { readonly kind: 'challenge'; readonly verifier: string; readonly nonce: string }
  | {
      readonly kind: 'settlement';
      readonly chainId: bigint;
      readonly contract: string;
      readonly payee: string;
      readonly order: string;
    };

/** A proof that holds against a verifier's own profile. */
export interface VerifiedClaim {
  readonly verdict: 'verified';
  /** The period that was claimed, and the time zone of the calendar that it is a cell of. */
  readonly period: Period & { readonly zone: string };
  readonly conditions: readonly Condition[];
  readonly outputs: readonly Output[];
  /** The least trust level that the readings have (`L0`, `L1`, `L2`), and who vouches at that level. */
  readonly level: { readonly least: string; readonly text: string };
  readonly setup: Setup;
  /** A verifier that keeps no nullifiers cannot know whether the same energy was claimed before: `not-checked`. */
  readonly uniqueness: { readonly status: string; readonly text: string };
  /** Record it: a second claim with this nullifier is for the same meter, scope and period. */
  readonly nullifier: bigint;
  readonly context: ClaimContext;
  readonly policyDigest: bigint;
  /** 64 hex digits. */
  readonly circuitId: string;
  /** The registry root, one of the profile's. */
  readonly root: bigint;
}

/** What a bundle says of itself; true of some readings, but nothing that this verifier asked for. */
export interface ClaimedStatement {
  readonly policyDigest: bigint;
  readonly period: Period;
  readonly context: bigint;
  readonly anchor: bigint;
  readonly nullifier: bigint;
  readonly outputs: readonly bigint[];
}

/** A valid proof of an unconfirmed claim: nobody compared it with what was agreed. Not a verification. */
export interface UnconfirmedClaim {
  readonly verdict: 'unconfirmed';
  /** What that means, in a sentence. */
  readonly text: string;
  readonly statement: ClaimedStatement;
  readonly setup: Setup;
}
