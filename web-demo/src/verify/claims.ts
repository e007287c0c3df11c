// The claims that were accepted in this browser: one nullifier, one proof.

import type { VerifiedClaim } from 'wattproof';
import { keep, recall } from '../store.js';

const NAME = 'verifier.claims';

interface Accepted {
  readonly nullifier: string;
  /** SHA-256 of the bundle file, in hex: the same file shown again is not a second claim. */
  readonly bundle: string;
  /** Milliseconds since 1970. */
  readonly when: number;
}

/** What accepted claims say about one that was just verified. */
export type Standing =
  | { readonly kind: 'new'; readonly accept: () => Promise<void> }
  | { readonly kind: 'accepted'; readonly when: Date }
  | { readonly kind: 'conflict' }
  /** A trial, or a browser that keeps nothing. */
  | { readonly kind: 'trial' | 'unknown' };

/** Looks a verified claim up among those that were accepted here. */
export async function standing(claim: VerifiedClaim, bundle: Uint8Array | string): Promise<Standing> {
  const nullifier = claim.nullifier.toString();
  const digest = await sha256(bundle);
  const all = await accepted().catch(() => undefined);
  if (all === undefined) return { kind: 'unknown' };
  const earlier = all.find((entry) => entry.nullifier === nullifier);
  if (earlier === undefined) return { kind: 'new', accept: () => accept({ nullifier, bundle: digest, when: Date.now() }) };
  return earlier.bundle === digest ? { kind: 'accepted', when: new Date(earlier.when) } : { kind: 'conflict' };
}

async function accept(entry: Accepted): Promise<void> {
  // Two tabs may both have offered to accept a claim of the same energy: the first one counts.
  await navigator.locks.request(NAME, async () => {
    const all = await accepted();
    if (!all.some(({ nullifier }) => nullifier === entry.nullifier)) await keep(NAME, [...all, entry]);
  });
}

async function accepted(): Promise<Accepted[]> {
  return ((await recall(NAME)) ?? []) as Accepted[];
}

async function sha256(file: Uint8Array | string): Promise<string> {
  const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : new Uint8Array(file);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
