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

/** The three files a check takes. */
export type Slot = 'key' | 'profile' | 'bundle';

/** A file as received: bytes if it came as a file, text if it was pasted. */
export interface Given {
  readonly name: string;
  readonly content: Uint8Array | string;
}

export type Files = { readonly [slot in Slot]?: Given };

export type Outcome =
  | { readonly kind: 'waiting'; readonly missing: readonly Slot[] }
  | { readonly kind: 'verified'; readonly claim: VerifiedClaim }
  | { readonly kind: 'unconfirmed'; readonly claim: UnconfirmedClaim }
  | { readonly kind: 'refused'; readonly slot: Slot; readonly error: WattproofError }
  | { readonly kind: 'failed'; readonly message: string };

/** Checks whatever files there are, as far as they go. */
export async function check(files: Files, allowDevKeys: boolean): Promise<Outcome> {
  let slot: Slot = 'key';
  let key: VerifyingKey | undefined;
  let verifier: Verifier | undefined;
  try {
    if (files.key === undefined) return { kind: 'waiting', missing: missing(files) };
    key = await loadKey(files.key.content, { allowDevKeys });
    if (files.profile !== undefined) {
      slot = 'profile';
      verifier = await createVerifier({ key, profile: files.profile.content });
    }
    if (files.bundle === undefined) return { kind: 'waiting', missing: missing(files) };
    slot = 'bundle';
    return verifier === undefined
      ? { kind: 'unconfirmed', claim: checkBundle(key, files.bundle.content) }
      : { kind: 'verified', claim: verifier.verify(files.bundle.content) };
  } catch (error) {
    if (error instanceof WattproofError) return { kind: 'refused', slot, error };
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    verifier?.dispose();
    key?.dispose();
  }
}

function missing(files: Files): Slot[] {
  return (['bundle', 'profile', 'key'] as const).filter((slot) => files[slot] === undefined);
}
