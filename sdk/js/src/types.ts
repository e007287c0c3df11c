/// <reference lib="esnext.disposable" preserve="true" />

import type { WattproofError } from './errors.js';

/** The platform's class of that name; never, where a project's libraries do not declare it (Node without `DOM`). */
type Platform<Name extends string, Scope = typeof globalThis> = Scope extends { readonly [N in Name]: { prototype: infer Instance } }
  ? Instance
  : never;

/** A compiled module, where the project's libraries know WebAssembly. */
type CompiledModule = typeof globalThis extends { readonly WebAssembly: infer Namespace } ? Platform<'Module', Namespace> : never;

/** Where {@link init} may take the Wasm from: a `URL`, its text, a `Response`, the bytes, or a `WebAssembly.Module`. */
export type WasmSource = string | ArrayBuffer | ArrayBufferView | Platform<'URL'> | Platform<'Response'> | CompiledModule;

/** Whether the key may be relied on. `dev`: made by one party, who could forge. */
export interface Setup {
  /** `dev`: one party made the key and could forge; `ceremony`: several did, who could forge only if all of them colluded. */
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
  /** How the key was made; the sentence comes with each claim. */
  readonly setup: Pick<Setup, 'status'>;
}

/** A verifying key that was parsed and checked. It holds Wasm memory: dispose of it, or leave that to the collector. */
export interface VerifyingKey extends Disposable {
  /** What the key says about itself; stays readable after `dispose()`. */
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
  | {
      /** What was verified. */
      readonly claim: VerifiedClaim;
      /** Absent. */
      readonly error?: undefined;
    }
  | {
      /** Absent. */
      readonly claim?: undefined;
      /** Why this bundle was refused. */
      readonly error: WattproofError;
    };

/** From `start` to before `end`, in Unix seconds. */
export interface Period {
  /** First second, in Unix seconds (UTC), below 2^40. */
  readonly start: bigint;
  /** First second after it, in Unix seconds (UTC), below 2^40. */
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

/** The claim answers one verifier's question. */
export interface ChallengeContext {
  /** Which of the two it is. */
  readonly kind: 'challenge';
  /** Who asked, as in the profile. */
  readonly verifier: string;
  /** The question's number, `0x` and 64 hex digits. */
  readonly nonce: string;
}

/** The claim is for one payment on a chain. */
export interface SettlementContext {
  /** Which of the two it is. */
  readonly kind: 'settlement';
  /** The chain's number (EIP-155). */
  readonly chainId: bigint;
  /** Address of the contract that pays, `0x` and 40 hex digits. */
  readonly contract: string;
  /** Address that is paid, `0x` and 40 hex digits. */
  readonly payee: string;
  /** The payment's number, `0x` and 64 hex digits. */
  readonly order: string;
}

/** What the claim was made for: nobody can use it for anything else. */
export type ClaimContext = ChallengeContext | SettlementContext;

/** The time zone of the calendar that a period is a cell of. */
export interface Zoned {
  /** IANA name, `UTC`, or an offset such as `+05:30`. */
  readonly zone: string;
}

/** Who vouches for the readings. */
export interface Level {
  /** The least trust level that the readings have: `L0`, `L1`, `L2`, or with `wattproof/l3` `L3`. */
  readonly least: string;
  /** Who vouches at that level, in a sentence. */
  readonly text: string;
}

/** A device of level L3 that the profile trusts. */
export interface TrustedDevice {
  /** What the profile calls the meter. */
  readonly meter: string;
  /** `p256`, `secp256k1` or `ed25519`. */
  readonly algorithm: string;
  /** Its public key: x and y of 32 bytes each in 128 hex digits, of Ed25519 64 hex digits. */
  readonly publicKey: string;
  /** Since when it is trusted, in Unix seconds. */
  readonly validFrom: bigint;
  /** Until when, exclusive, in Unix seconds. */
  readonly validUntil: bigint;
}

/** Whether the same energy was claimed before. */
export interface Uniqueness {
  /** `not-checked`: a verifier that keeps no nullifiers cannot know. */
  readonly status: string;
  /** The same in a sentence. */
  readonly text: string;
}

/** A proof that holds against a verifier's own profile. */
export interface VerifiedClaim {
  /** Never on an {@link UnconfirmedClaim}. */
  readonly verdict: 'verified';
  /** The period that was claimed, and the time zone of the calendar that it is a cell of. */
  readonly period: Period & Zoned;
  /** What the readings meet, in the policy's order. */
  readonly conditions: readonly Condition[];
  /** The figures that the policy reveals, in its order. */
  readonly outputs: readonly Output[];
  /** The least trust level that the readings have, and who vouches at that level. */
  readonly level: Level;
  /** Whether the key may be relied on. */
  readonly setup: Setup;
  /** Whether the same energy was claimed before; record the {@link VerifiedClaim.nullifier} to know. */
  readonly uniqueness: Uniqueness;
  /** Record it: a second claim with this nullifier is for the same meter, scope and period. */
  readonly nullifier: bigint;
  /** What the claim was made for, from the profile. */
  readonly context: ClaimContext;
  /** Digest of the profile's policy, a field element below 2^254. */
  readonly policyDigest: bigint;
  /** Digest of the circuit, 64 hex digits. */
  readonly circuitId: string;
  /** The registry root, one of the profile's; at L3, where there is none, the head of readings that the device signed. */
  readonly root: bigint;
  /** At L3, which of the profile's devices signed; else absent. It is not anonymous. */
  readonly device?: TrustedDevice;
}

/** What a bundle says of itself; true of some readings, but nothing that this verifier asked for. All numbers are field elements. */
export interface ClaimedStatement {
  /** Digest of whatever policy the prover chose. */
  readonly policyDigest: bigint;
  /** The period that was claimed. */
  readonly period: Period;
  /** Digest of what the claim was made for. */
  readonly context: bigint;
  /** Root of whatever registry the prover chose. */
  readonly anchor: bigint;
  /** The same for each claim of one meter, scope and period. */
  readonly nullifier: bigint;
  /** The public numbers behind the outputs, as proved: without names and units, raised by an offset where values can be negative. */
  readonly outputs: readonly bigint[];
}

/** A valid proof of an unconfirmed claim: nobody compared it with what was agreed. Not a verification. */
export interface UnconfirmedClaim {
  /** Never on a {@link VerifiedClaim}. */
  readonly verdict: 'unconfirmed';
  /** What that means, in a sentence. */
  readonly text: string;
  /** What the proof is about, on the prover's word. */
  readonly statement: ClaimedStatement;
  /** Whether the key may be relied on. */
  readonly setup: Setup;
}
