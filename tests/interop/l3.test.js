// What devices of level L3 signed in the vectors, verified by Node's own cryptography: nothing of ours but the bytes that the protocol names.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';

const { cases } = readVectors();

const word = (value) => Buffer.from(BigInt(value).toString(16).padStart(64, '0'), 'hex');

/** The 142 bytes that a device signs for a statement. */
function preimage({ anchor, policy_digest, period, context }) {
  const packed = BigInt(period.start) + (BigInt(period.end) << 64n);
  return Buffer.concat([Buffer.from('wattproof/l3/1'), ...[anchor, policy_digest, packed, context].map(word)]);
}

function keyOf({ algorithm, public_key: hex }) {
  const part = (at) => Buffer.from(hex.slice(64 * at, 64 * (at + 1)), 'hex').toString('base64url');
  const jwk =
    algorithm === 'ed25519'
      ? { kty: 'OKP', crv: 'Ed25519', x: part(0) }
      : { kty: 'EC', crv: algorithm === 'p256' ? 'P-256' : 'secp256k1', x: part(0), y: part(1) };
  return createPublicKey({ format: 'jwk', key: jwk });
}

for (const algorithm of ['p256', 'secp256k1', 'ed25519']) {
  test(`Node verifies what a device signed with ${algorithm}, and nothing else`, () => {
    const { bundle } = findCase(cases, `l3-${algorithm}`, ({ name }) => name === `l3-${algorithm}`);
    const { statement, device } = JSON.parse(bundle);
    assert.equal(device.algorithm, algorithm);
    const signature = Buffer.from(device.signature, 'hex');
    const holds = (said) => {
      const bytes = preimage(said);
      // ES256 hashes by itself; Ed25519 signs the digest.
      if (algorithm === 'ed25519') return verify(null, createHash('sha256').update(bytes).digest(), keyOf(device), signature);
      return verify('sha256', bytes, { key: keyOf(device), dsaEncoding: 'ieee-p1363' }, signature);
    };
    assert.equal(preimage(statement).length, 142);
    assert.ok(holds(statement));
    for (const member of ['anchor', 'policy_digest', 'context']) {
      assert.ok(!holds({ ...statement, [member]: String(BigInt(statement[member]) + 1n) }), member);
    }
    assert.ok(!holds({ ...statement, period: { ...statement.period, end: String(BigInt(statement.period.end) + 1n) } }));
  });
}
