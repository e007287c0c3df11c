// What is on the Wasm's heap. Apart from `verify.ts`, whose declarations are published and must not name the Wasm's own.

import type * as glue from './wattproof_wasm.js';
import { WattproofError } from './errors.js';
import { boolean, describe, fileText, items, MAX_BUNDLE_BYTES, MAX_FILE_BYTES, members, type FileText } from './input.js';
import { batchVerdicts, keyInfo, verifiedClaim } from './result.js';
import type { BatchVerdict, KeyInfo, VerifiedClaim, Verifier, VerifyingKey } from './types.js';
import type { KeyOptions } from './verify.js';
import type { Wasm } from './wasm.js';

// Not every engine has it; there `dispose()` remains.
const DISPOSE: typeof Symbol.dispose | undefined = Symbol.dispose;

/** Something on the Wasm's heap, freed once. */
abstract class Handle<T extends { free(): void }> {
  #inner: T | undefined;
  readonly #name: string;
  /** The Wasm whose heap it is. */
  readonly wasm: Wasm;

  constructor(name: string, inner: T, wasm: Wasm) {
    this.#name = name;
    this.#inner = inner;
    this.wasm = wasm;
  }

  protected get inner(): T {
    if (this.#inner === undefined) throw new TypeError(`${this.#name}: used after dispose()`);
    return this.#inner;
  }

  dispose(): void {
    const inner = this.#inner;
    this.#inner = undefined;
    if (inner !== undefined) this.wasm.release(() => inner.free());
  }

  declare [Symbol.dispose]: () => void;

  static {
    if (DISPOSE !== undefined) Handle.prototype[DISPOSE] = Handle.prototype.dispose;
  }
}

/** Seconds since 1970: whether a replaced root is still in its grace period. */
const unixTime = (): number => Math.floor(Date.now() / 1000);

export class KeyHandle extends Handle<glue.Key> implements VerifyingKey {
  readonly info: KeyInfo;
  // Whoever has it came out of the constructor: prototypes can be borrowed, and proxies answer as they like.
  readonly #brand = true;

  constructor(inner: glue.Key, wasm: Wasm) {
    super('key', inner, wasm);
    this.info = keyInfo(wasm.call(() => inner.info()));
  }

  /** The Wasm's side of `key`, which may come from anywhere, and its Wasm. */
  static parts(key: unknown): [glue.Key, Wasm] {
    if (typeof key === 'object' && key !== null && #brand in key) return [key.inner, key.wasm];
    throw new TypeError(`key: expected a key from loadKey(), not ${describe(key)}`);
  }
}

export class VerifierHandle extends Handle<glue.Verifier> implements Verifier {
  readonly #zone: string;

  constructor(inner: glue.Verifier, wasm: Wasm, zone: string) {
    super('verifier', inner, wasm);
    this.#zone = zone;
  }

  verify(bundle: FileText): VerifiedClaim {
    const inner = this.inner;
    const text = fileText('bundle', bundle, MAX_BUNDLE_BYTES);
    this.wasm.call(() => inner.setTime(unixTime()));
    return verifiedClaim(this.wasm.call(() => inner.verify(text)), this.#zone);
  }

  verifyBatch(bundles: readonly FileText[]): readonly BatchVerdict[] {
    const inner = this.inner;
    // Those that the Wasm answers, in their order; the others have their error already.
    const texts: string[] = [];
    const early = items('bundles', bundles).map((bundle, i) => {
      try {
        const text = fileText(`bundles[${i}]`, bundle, MAX_BUNDLE_BYTES);
        // No JSON has a zero character, so that it can part the bundles: `verify` refuses this one.
        if (text.includes('\0')) this.wasm.call(() => inner.verify(text));
        texts.push(text);
        return undefined;
      } catch (error) {
        if (error instanceof WattproofError) return error;
        throw error;
      }
    });
    this.wasm.call(() => inner.setTime(unixTime()));
    const answer = texts.length > 0 ? this.wasm.call(() => inner.verifyBatch(texts.join('\0'))) : '[]';
    const late = batchVerdicts(answer, texts.length, this.#zone).values();
    return Object.freeze(early.map((error) => (error ? Object.freeze({ error }) : late.next().value!)));
  }
}

/** Checks the arguments and starts the Wasm by `init`, then loads the key. What the caller changes meanwhile has no effect. */
export async function startWithKey(wasm: Wasm, init: () => Promise<void>, json: FileText, options: KeyOptions = {}): Promise<VerifyingKey> {
  const text = fileText('key', json, MAX_FILE_BYTES);
  const allowDevKeys = boolean('options.allowDevKeys', members('options', options, ['allowDevKeys'])['allowDevKeys']);
  await init();
  return new KeyHandle(wasm.call(() => wasm.glue.Key.load(text, allowDevKeys)), wasm);
}
