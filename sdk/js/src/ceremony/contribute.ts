import { bytesOf, describe, isBytes, members, reading } from '../input.js';
import { refusal } from '../errors.js';
import { functionOf, signalOf } from '../prove/arguments.js';
import type { Platform } from '../prove/prover.js';
import { guarded, hire } from '../prove/team.js';
import { misfit, parse, string } from '../result.js';
import { nameOf, signerOf } from './signing.js';
import type { Contribution, ContributeOptions, Progress } from './types.js';

/** Most bytes of a key: what a 32-bit memory has room for, with what is made of it. */
export const MAX_ZKEY_BYTES = 512 << 20;
const MAX_ENTROPY_BYTES = 1 << 20;

/** `contribute` on a platform. */
export async function contribute(platform: Platform, zkey: Uint8Array | Blob, options: ContributeOptions): Promise<Contribution> {
  const given = members('options', options, ['name', 'entropy', 'sign', 'signal', 'onProgress']);
  const name = nameOf(given['name']);
  const tell = functionOf<(progress: Progress) => void>('onProgress', given['onProgress']);
  const signal = signalOf(given['signal']);
  const entropy = given['entropy'] === undefined ? new Uint8Array() : bytesOf('entropy', given['entropy'], MAX_ENTROPY_BYTES);
  const [key, signer] = await Promise.all([
    keyOf(zkey),
    given['sign'] === undefined ? undefined : signerOf('sign', given['sign']),
  ]);
  signal?.throwIfAborted();
  const team = await hire(platform.spawn, await platform.compile(), 1);
  try {
    const hear = tell && (([phase, fraction]: readonly [Progress['phase'], number]) => tell({ phase, fraction }));
    const ask = () => team.ask(0, 'contribute', [key, name, entropy], [key.buffer, entropy.buffer], hear);
    const { bytes, told } = await guarded(team, signal, ask);
    const json = parse(told);
    const { contribution } = json;
    if (typeof contribution !== 'number') throw misfit('contribution');
    const place = { contribution, hash: string(json, 'hash'), circuitHash: string(json, 'circuitHash') };
    const attestation = await signer?.attest(place, name);
    return Object.freeze({ zkey: bytes, ...place, ...(attestation === undefined ? {} : { attestation }) });
  } finally {
    await team.end(new Error('wattproof: the contribution is made'));
  }
}

/** `contributorLine` on any platform. */
export async function contributorLine(name: string, keys: CryptoKeyPair): Promise<string> {
  const own = nameOf(name);
  return `${own}=${(await signerOf('keys', keys)).publicKey}`;
}

/** A file's bytes, as a copy that may be given away. */
async function keyOf(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (!reading('zkey', () => value instanceof Blob)) {
    if (!isBytes(value)) throw new TypeError(`zkey: expected a Uint8Array or a Blob, not ${describe(value)}`);
    return bytesOf('zkey', value, MAX_ZKEY_BYTES);
  }
  // Throws for what only looks like a `Blob`.
  const own = reading('zkey', () => Blob.prototype.slice.call(value));
  if (own.size > MAX_ZKEY_BYTES) throw refusal('too-large', `zkey: longer than ${MAX_ZKEY_BYTES} bytes`);
  try {
    return new Uint8Array(await own.arrayBuffer());
  } catch (cause) {
    throw new TypeError('zkey: cannot be read', { cause });
  }
}
