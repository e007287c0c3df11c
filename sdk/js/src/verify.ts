import * as glue from './wattproof_wasm.js';
import { WattproofError } from './errors.js';
import { boolean, describe, fileText, items, MAX_BUNDLE_BYTES, MAX_FILE_BYTES, members, reading, type FileText } from './input.js';
import { batchVerdicts, keyInfo, unconfirmedClaim, verifiedClaim, zonedInstants } from './result.js';
import type { BatchVerdict, KeyInfo, UnconfirmedClaim, VerifiedClaim, Verifier, VerifyingKey } from './types.js';
import { call, release } from './wasm.js';
import { offsetAt } from './zone.js';

// Not every engine has it; there `dispose()` remains.
const DISPOSE: typeof Symbol.dispose | undefined = Symbol.dispose;

/** Something on the Wasm's heap, freed once. */
abstract class Handle<T extends { free(): void }> {
  #inner: T | undefined;
  readonly #name: string;

  constructor(name: string, inner: T) {
    this.#name = name;
    this.#inner = inner;
  }

  protected get inner(): T {
    if (this.#inner === undefined) throw new TypeError(`${this.#name}: used after dispose()`);
    return this.#inner;
  }

  dispose(): void {
    const inner = this.#inner;
    this.#inner = undefined;
    if (inner !== undefined) release(() => inner.free());
  }

  declare [Symbol.dispose]: () => void;

  static {
    if (DISPOSE !== undefined) Handle.prototype[DISPOSE] = Handle.prototype.dispose;
  }
}

/** Seconds since 1970: whether a replaced root is still in its grace period. */
const unixTime = (): number => Math.floor(Date.now() / 1000);

class KeyHandle extends Handle<glue.Key> implements VerifyingKey {
  readonly info: KeyInfo;
  // Whoever has it came out of the constructor: prototypes can be borrowed, and proxies answer as they like.
  readonly #brand = true;

  constructor(inner: glue.Key) {
    super('key', inner);
    this.info = keyInfo(call(() => inner.info()));
  }

  /** The Wasm's side of `key`, which may come from anywhere. */
  static inner(key: unknown): glue.Key {
    if (typeof key === 'object' && key !== null && #brand in key) return key.inner;
    throw new TypeError(`key: expected a key from loadKey(), not ${describe(key)}`);
  }
}

class VerifierHandle extends Handle<glue.Verifier> implements Verifier {
  readonly #zone: string;

  constructor(inner: glue.Verifier, zone: string) {
    super('verifier', inner);
    this.#zone = zone;
  }

  verify(bundle: FileText): VerifiedClaim {
    const inner = this.inner;
    const text = fileText('bundle', bundle, MAX_BUNDLE_BYTES);
    call(() => inner.setTime(unixTime()));
    return verifiedClaim(call(() => inner.verify(text)), this.#zone);
  }

  verifyBatch(bundles: readonly FileText[]): readonly BatchVerdict[] {
    const inner = this.inner;
    // Those that the Wasm answers, in their order; the others have their error already.
    const texts: string[] = [];
    const early = items('bundles', bundles).map((bundle, i) => {
      try {
        const text = fileText(`bundles[${i}]`, bundle, MAX_BUNDLE_BYTES);
        // No JSON has a zero character, so that it can part the bundles: `verify` refuses this one.
        if (text.includes('\0')) call(() => inner.verify(text));
        texts.push(text);
        return undefined;
      } catch (error) {
        if (error instanceof WattproofError) return error;
        throw error;
      }
    });
    call(() => inner.setTime(unixTime()));
    const answer = texts.length > 0 ? call(() => inner.verifyBatch(texts.join('\0'))) : '[]';
    const late = batchVerdicts(answer, texts.length, this.#zone).values();
    return Object.freeze(early.map((error) => (error ? Object.freeze({ error }) : late.next().value!)));
  }
}

/** What `loadKey` accepts besides the file. */
export interface KeyOptions {
  /**
   * Accept a key whose setup was made by one party, who could forge proofs. For trials only.
   * @defaultValue `false`
   */
  readonly allowDevKeys?: boolean;
}

/** Checks the arguments and starts the Wasm by `init`, then loads the key. What the caller changes meanwhile has no effect. */
export async function startWithKey(init: () => Promise<void>, json: FileText, options: KeyOptions = {}): Promise<VerifyingKey> {
  const text = fileText('key', json, MAX_FILE_BYTES);
  const allowDevKeys = boolean('options.allowDevKeys', members('options', options, ['allowDevKeys'])['allowDevKeys']);
  await init();
  return new KeyHandle(call(() => glue.Key.load(text, allowDevKeys)));
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
  const key = KeyHandle.inner(reading('key', () => parts.key));
  const profile = fileText('profile', reading('profile', () => parts.profile), MAX_FILE_BYTES);
  const { zone, instants } = zonedInstants(call(() => glue.profileZone(profile)));
  const offsets = instants.map((instant) => Number(offsetAt(zone, instant))) as [number, number, number, number];
  return new VerifierHandle(call(() => new glue.Verifier(key, profile, ...offsets)), zone);
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
  const inner = KeyHandle.inner(key);
  const text = fileText('bundle', bundle, MAX_BUNDLE_BYTES);
  return unconfirmedClaim(call(() => glue.checkUnconfirmed(inner, text)));
}

/**
 * The version of the Wasm; it must have been started.
 *
 * @example
 * ```ts
 * await init();
 * console.log(wasmVersion());
 * ```
 */
export function wasmVersion(): string {
  return call(() => glue.version());
}
