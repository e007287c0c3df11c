// What Rust wrote down, computed again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { verifySignature } from './eddsa.js';
import {
  TAG, many, meterKind, packReadings, policyDigest, poseidon, registryRoot, scopeOf, tagged, textElement, word,
} from './protocol.js';

const ours = JSON.parse(readFileSync(new URL('ours.json', import.meta.url), 'utf8'));

test('Poseidon of every arity', () => {
  assert.deepEqual(new Set(ours.poseidon.map(({ inputs }) => inputs.length)).size, 16);
  for (const { inputs, hash } of ours.poseidon) assert.equal(poseidon(inputs.map(BigInt)), BigInt(hash));
});

test('hashes under a tag', () => {
  assert.ok(ours.tagged.length > 20);
  for (const { tag, low, high, xs, hash } of ours.tagged) {
    assert.equal(tagged(word(BigInt(tag), BigInt(low), BigInt(high)), xs.map(BigInt)), BigInt(hash));
  }
});

test('hashes of any length', () => {
  assert.ok(ours.many.length > 10);
  for (const { tag, xs, hash } of ours.many) assert.equal(many(BigInt(tag), xs.map(BigInt)), BigInt(hash), `${xs.length}`);
});

test('registry roots', () => {
  for (const { depth, leaves, root } of ours.registry) {
    assert.ok(leaves.includes(null), 'one is revoked');
    assert.equal(registryRoot(depth, leaves.map((leaf) => leaf?.map(BigInt) ?? null)), BigInt(root));
  }
});

test('policy digests', () => {
  assert.ok(ours.policies.length >= 4);
  assert.ok(ours.policies.some(({ policy }) => policy.conditions.some(({ off }) => off)));
  for (const { policy, scope, digest } of ours.policies) {
    assert.equal(scopeOf(policy), BigInt(scope));
    assert.equal(policyDigest(policy), BigInt(digest));
  }
});

test('from a serial to what a device signs', () => {
  const m = ours.meter;
  const [salt, start, context, secret] = [m.salt, m.start, m.context, m.nullifier_key].map(BigInt);
  const id = tagged(TAG.meterId, [textElement('wattproof/serial', m.serial), salt]);
  assert.equal(id, BigInt(m.meter_id));
  const config = tagged(word(TAG.meterConfig, BigInt(m.policy.meter.interval_seconds)), [id, meterKind(m.policy)]);
  assert.equal(config, BigInt(m.meter_config));
  const block = many(TAG.block, [config, start, ...packReadings(m.readings, m.value_bits), BigInt(m.block_salt)]);
  assert.equal(block, BigInt(m.block));
  const genesis = tagged(TAG.genesis, [...m.key.map(BigInt), config]);
  assert.equal(genesis, BigInt(m.genesis));
  const head = tagged(word(TAG.chain, BigInt(m.index), start), [genesis, block]);
  assert.equal(head, BigInt(m.head));
  const [from, to] = m.period.map(BigInt);
  const period = from + (to << 64n);
  const message = tagged(TAG.attest, [head, policyDigest(m.policy), period, context, config]);
  assert.equal(message, BigInt(m.attestation));
  assert.equal(tagged(TAG.nullifierKey, [secret]), BigInt(m.commitment));
  assert.equal(tagged(TAG.nullifier, [secret, scopeOf(m.policy), period]), BigInt(m.nullifier));
});

test('our signatures verify, and others do not', () => {
  assert.ok(ours.signatures.length > 10);
  for (const { key, message, r, s } of ours.signatures) {
    const signature = { R8: r.map(BigInt), S: BigInt(s) };
    const holds = (change, text = message) => verifySignature(BigInt(text), { ...signature, ...change }, key.map(BigInt));
    assert.equal(holds({}), true);
    assert.equal(holds({}, BigInt(message) + 1n), false);
    assert.equal(holds({ S: signature.S + 1n }), false);
  }
});
