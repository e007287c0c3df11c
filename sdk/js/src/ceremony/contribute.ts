import { bytesOf, describe, members, reading } from '../input.js';
import { hire, type Platform } from '../prove/prover.js';
import { deepFreeze, misfit, parse, string } from '../result.js';
import type { Contribution, ContributeOptions } from './types.js';

/** Most bytes of a key: what a 32-bit memory has room for, with what is made of it. */
const MAX_ZKEY_BYTES = 512 << 20;
const MAX_ENTROPY_BYTES = 1 << 20;
const MAX_NAME = 64;
/** What a contributor's signed bytes begin with. */
const DOMAIN = 'wattproof/contribution/1';

/** `contribute` on a platform. */
export async function contribute(platform: Platform, zkey: Uint8Array, options: ContributeOptions): Promise<Contribution> {
  const key = bytesOf('zkey', zkey, MAX_ZKEY_BYTES);
  const given = members('options', options, ['name', 'entropy', 'sign']);
  const name = nameOf(given['name']);
  const entropy = given['entropy'] === undefined ? new Uint8Array() : bytesOf('entropy', given['entropy'], MAX_ENTROPY_BYTES);
  const signer = given['sign'] === undefined ? undefined : await signerOf(given['sign']);
  const team = await hire(platform, await platform.compile(), 1);
  try {
    const { bytes, told } = await team.ask(0, 'contribute', [key, name, entropy], [key.buffer, entropy.buffer]);
    const json = parse(told);
    const place = json['contribution'];
    if (typeof place !== 'number') throw misfit('contribution');
    const [circuitHash, hash] = [string(json, 'circuitHash'), string(json, 'hash')];
    const contribution = { contribution: place, hash, circuitHash };
    const attestation = await signer?.(contribution, name);
    return { zkey: bytes, ...deepFreeze({ ...contribution, ...(attestation === undefined ? {} : { attestation }) }) };
  } finally {
    await team.end(new Error('wattproof: the contribution is made'));
  }
}

function nameOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`name: expected a string, not ${describe(value)}`);
  const length = [...value].length;
  if (value.trim() === '' || length > MAX_NAME || /\p{Surrogate}|\p{Cc}/u.test(value)) {
    throw new TypeError(`name: expected 1 to ${MAX_NAME} characters, none of them a control character`);
  }
  return value;
}

type Sign = (contribution: Omit<Contribution, 'zkey'>, name: string) => Promise<string>;

/** What is asked of the keys before any work is done: that they sign, and that the public one may be told. */
async function signerOf(value: unknown): Promise<Sign> {
  const { publicKey, privateKey } = reading('sign', () => {
    const { publicKey, privateKey } = Object(value) as CryptoKeyPair;
    return { publicKey, privateKey };
  });
  const sign = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> => {
    try {
      return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, bytes));
    } catch (cause) {
      throw new TypeError('sign: expected a pair of Ed25519 keys that this platform can sign with', { cause });
    }
  };
  await sign(new Uint8Array());
  const told = await crypto.subtle.exportKey('raw', publicKey).catch((cause: unknown) => {
    throw new TypeError('sign: expected a public key that can be exported', { cause });
  });
  return async ({ circuitHash, contribution, hash }, name) => {
    const place = new Uint8Array(4);
    new DataView(place.buffer).setUint32(0, contribution);
    const encoder = new TextEncoder();
    const signature = await sign(joined([encoder.encode(DOMAIN), unhex(circuitHash), place, unhex(hash), encoder.encode(name)]));
    const document = {
      wattproof: 'ceremony-attestation/1',
      circuit_hash: circuitHash,
      contribution,
      hash,
      name,
      public_key: hex(new Uint8Array(told)),
      signature: hex(signature),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
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
const unhex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
