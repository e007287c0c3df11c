import { KeyHandle, VerifierHandle } from './handles.js';
import { describe, fileText, MAX_BUNDLE_BYTES, MAX_FILE_BYTES, reading, type FileText } from './input.js';
import { unconfirmedClaim, zonedInstants } from './result.js';
import type { UnconfirmedClaim, Verifier, VerifyingKey } from './types.js';
import { offsetAt } from './zone.js';

/** What `loadKey` accepts besides the file. */
export interface KeyOptions {
  /**
   * Accept a key whose setup was made by one party, who could forge proofs. For trials only.
   * @defaultValue `false`
   */
  readonly allowDevKeys?: boolean;
}

/**
 * Joins a key and a verifier's own profile.
 *
 * @param parts.key - from `loadKey`; it may be disposed of once this returns
 * @param parts.profile - the profile file as text or bytes: policy, key fingerprint, roots, period and context
 * @throws {@link WattproofError} if the profile is refused or does not fit the key
 *
 * @example
 * ```ts
 * const verifier = await createVerifier({ key, profile: await readFile('profile.json', 'utf8') });
 * try {
 *   console.log(verifier.verify(bundle).conditions.map((condition) => condition.text));
 * } finally {
 *   verifier.dispose();
 * }
 * ```
 */
export async function createVerifier(parts: { readonly key: VerifyingKey; readonly profile: FileText }): Promise<Verifier> {
  if (typeof parts !== 'object' || parts === null) {
    throw new TypeError(`createVerifier: expected { key, profile }, not ${describe(parts)}`);
  }
  const [key, wasm] = KeyHandle.parts(reading('key', () => parts.key));
  const profile = fileText('profile', reading('profile', () => parts.profile), MAX_FILE_BYTES);
  const { zone, instants } = zonedInstants(wasm.call(() => wasm.glue.profileZone(profile)));
  const offsets = instants.map((instant) => Number(offsetAt(zone, instant))) as [number, number, number, number];
  return new VerifierHandle(wasm.call(() => new wasm.glue.Verifier(key, profile, ...offsets)), wasm, zone);
}

/**
 * Checks a bundle's proof without a profile.
 *
 * The verdict can only be `unconfirmed`: the proof is valid for what the bundle says of itself, and nobody compared that
 * with a policy, period or context of the verifier's own. Never treat it as verified.
 *
 * @param key - from `loadKey`
 * @param bundle - the bundle file as text or bytes, at most 64 KB
 * @throws {@link WattproofError} if the bundle is refused
 *
 * @example
 * ```ts
 * const claim = checkBundle(key, bundle);
 * console.log(claim.text, claim.statement.period.start);
 * ```
 */
export function checkBundle(key: VerifyingKey, bundle: FileText): UnconfirmedClaim {
  const [inner, wasm] = KeyHandle.parts(key);
  const text = fileText('bundle', bundle, MAX_BUNDLE_BYTES);
  return unconfirmedClaim(wasm.call(() => wasm.glue.checkUnconfirmed(inner, text)));
}
