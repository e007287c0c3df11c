// Signatures of contributors, as circuits/src/setup/ceremony/attestation.rs describes them.

import { describe, reading } from '../input.js';

/** What a contributor's signed bytes begin with. */
const DOMAIN = 'wattproof/contribution/1';
const MAX_NAME = 64;
const MAX_NAME_BYTES = 128;

const encoder = new TextEncoder();

/** What is signed: a place in a ceremony. */
export interface Place {
  readonly circuitHash: string;
  readonly contribution: number;
  readonly hash: string;
}

/** Who signs: with a public key of 64 hex digits, and makes `ceremony-attestation/1` files. */
export interface Signer {
  readonly publicKey: string;
  attest(place: Place, name: string): Promise<string>;
}

/** A contributor's name. */
export function nameOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`name: expected a string, not ${describe(value)}`);
  const fits = [...value].length <= MAX_NAME && encoder.encode(value).length <= MAX_NAME_BYTES;
  if (!fits || !/[\p{Alphabetic}\p{N}]/u.test(value) || /\p{Surrogate}|\p{Cc}/u.test(value)) {
    throw new TypeError(
      `name: expected 1 to ${MAX_NAME} characters of at most ${MAX_NAME_BYTES} bytes, with letters or digits, none a control character`,
    );
  }
  return value;
}

/** A pair of keys, of which is asked before any other work that they sign, belong together, and that the public one may be told. */
export async function signerOf(name: string, value: unknown): Promise<Signer> {
  const { publicKey, privateKey } = reading(name, () => {
    const { publicKey, privateKey } = Object(value) as CryptoKeyPair;
    return { publicKey, privateKey };
  });
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw new TypeError(`${name}: expected a pair of Ed25519 keys that this platform can sign with, the public one to be exported`, { cause });
    }
  };
  const sign = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await attempt(() => crypto.subtle.sign('Ed25519', privateKey, bytes)));
  const raw = hex(new Uint8Array(await attempt(() => crypto.subtle.exportKey('raw', publicKey))));
  const trial = encoder.encode('wattproof: a trial of two keys');
  const fits = await attempt(async () => {
    // Imported again, as a public key need not be meant for verifying.
    const key = await crypto.subtle.importKey('raw', unhex(raw), 'Ed25519', false, ['verify']);
    return crypto.subtle.verify('Ed25519', key, await sign(trial), trial);
  });
  if (!fits) throw new TypeError(`${name}: the public key is not the private one's`);
  return {
    publicKey: raw,
    async attest({ circuitHash, contribution, hash }, name) {
      const place = new Uint8Array(4);
      new DataView(place.buffer).setUint32(0, contribution);
      const signed = joined([encoder.encode(DOMAIN), unhex(circuitHash), place, unhex(hash), encoder.encode(name)]);
      const document = {
        wattproof: 'ceremony-attestation/1',
        circuit_hash: circuitHash,
        contribution,
        hash,
        name,
        public_key: raw,
        signature: hex(await sign(signed)),
      };
      return `${JSON.stringify(document, null, 2)}\n`;
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const unhex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
