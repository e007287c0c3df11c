// Signatures by @zk-kit/eddsa-poseidon, good and bad, for Rust to judge.

import { derivePublicKey, signMessage, verifySignature } from './eddsa.js';

const ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const MESSAGES = [0n, 1n, 42n, 2n ** 64n, 2n ** 253n, R - 1n];

/** The text of theirs.json: the same every time. */
export function theirs() {
  const good = [];
  for (const name of ['meter one', 'meter two', 'gateway']) {
    const secret = Buffer.from(name.padEnd(32, '.'));
    const key = derivePublicKey(secret);
    for (const message of MESSAGES) good.push({ key, message, ...signMessage(secret, message) });
  }
  const bad = good.slice(0, 4).flatMap((one, i) => {
    const other = good[good.length - 1 - i];
    return [
      { why: 'another message', ...one, message: one.message + 1n },
      { why: 'another key', ...one, key: other.key },
      { why: 'another signature', ...one, R8: other.R8, S: other.S },
      { why: 'S plus one', ...one, S: (one.S + 1n) % ORDER },
      { why: 'S plus the order', ...one, S: one.S + ORDER },
      { why: 'S zero', ...one, S: 0n },
      { why: 'R negated', ...one, R8: [(R - one.R8[0]) % R, one.R8[1]] },
      { why: 'key negated', ...one, key: [(R - one.key[0]) % R, one.key[1]] },
      { why: 'R off the curve', ...one, R8: [one.R8[0] + 1n, one.R8[1]] },
      { why: 'key off the curve', ...one, key: [one.key[0] + 1n, one.key[1]] },
      { why: 'key of order two', ...one, key: [0n, R - 1n] },
      { why: 'key the identity', ...one, key: [0n, 1n] },
    ];
  });
  for (const one of good) if (!verifySignature(one.message, one, one.key)) throw new Error('a good signature fails');
  for (const one of bad) if (verifySignature(one.message, one, one.key)) throw new Error(`${one.why} passes`);
  const plain = ({ why, key, message, R8, S }) => ({ why, key, message, r: R8, s: S });
  const text = (_, value) => (typeof value === 'bigint' ? value.toString() : value);
  return `${JSON.stringify({ good: good.map(plain), bad: bad.map(plain) }, text, 1)}\n`;
}
