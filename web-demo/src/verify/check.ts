import {
  checkBundle,
  createVerifier,
  loadKey,
  WattproofError,
  type UnconfirmedClaim,
  type VerifiedClaim,
  type Verifier,
  type VerifyingKey,
} from 'wattproof';
import { standing, type Standing } from './claims.js';

/** The three files a check takes, the verifier's own first. */
export const SLOTS = ['profile', 'key', 'bundle'] as const;
export type Slot = (typeof SLOTS)[number];

/** A file as received: bytes if it came as a file, text if it was pasted. */
export interface Given {
  readonly name: string;
  readonly content: Uint8Array | string;
}

export type Files = { readonly [slot in Slot]?: Given | undefined };

export type Outcome =
  | { readonly kind: 'waiting'; readonly missing: readonly Slot[] }
  | { readonly kind: 'verified'; readonly claim: VerifiedClaim; readonly standing: Standing }
  | { readonly kind: 'unconfirmed'; readonly claim: UnconfirmedClaim; readonly named: boolean }
  | { readonly kind: 'refused'; readonly slot: Slot; readonly code: string; readonly message: string; readonly remedy: string }
  | { readonly kind: 'failed'; readonly message: string };

export interface Rules {
  readonly allowDevKeys: boolean;
  /** In a trial nobody's accepted claims are looked at. */
  readonly trial: boolean;
}

/** Checks whatever files there are, as far as they go. The curves of level L3 are fetched only for files of that level. */
export async function check(files: Files, rules: Rules): Promise<Outcome> {
  const outcome = await attempt(files, rules, loadKey);
  if (outcome.kind !== 'refused' || outcome.code !== 'l3-not-built-in') return outcome;
  try {
    const beyond = await attempt(files, rules, (await import('wattproof/l3')).loadKey);
    return beyond.kind === 'unconfirmed' ? { ...beyond, named: true } : beyond;
  } catch (error) {
    return failed(error);
  }
}

async function attempt(files: Files, { allowDevKeys, trial }: Rules, load: typeof loadKey): Promise<Outcome> {
  let slot: Slot = 'key';
  let key: VerifyingKey | undefined;
  let verifier: Verifier | undefined;
  try {
    if (files.key === undefined) return waiting(files);
    key = await load(files.key.content, { allowDevKeys });
    if (files.profile !== undefined) {
      slot = 'profile';
      verifier = await createVerifier({ key, profile: files.profile.content });
    }
    if (files.bundle === undefined) return waiting(files);
    slot = 'bundle';
    if (verifier === undefined) {
      return { kind: 'unconfirmed', claim: checkBundle(key, files.bundle.content), named: false };
    }
    const claim = verifier.verify(files.bundle.content);
    const standing_ = trial ? ({ kind: 'trial' } as const) : await standing(claim, files.bundle.content);
    if (standing_.kind !== 'conflict') return { kind: 'verified', claim, standing: standing_ };
    return { kind: 'refused', slot, code: 'already-claimed', message: `nullifier: ${claim.nullifier}`, remedy: '' };
  } catch (error) {
    if (error instanceof WattproofError) {
      const { code, message, remedy } = error;
      return { kind: 'refused', slot, code, message, remedy };
    }
    return failed(error);
  } finally {
    verifier?.dispose();
    key?.dispose();
  }
}

function failed(error: unknown): Outcome {
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}

function waiting(files: Files): Outcome {
  return { kind: 'waiting', missing: SLOTS.filter((slot) => files[slot] === undefined) };
}
