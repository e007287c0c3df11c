// The entry with the curves of level L3: what it says of devices, and that keys of both entries keep to their Wasm.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as l3 from 'wattproof/l3';
import * as wattproof from 'wattproof';
import { findCase, readVectors } from './vectors.js';

const { cases, files } = readVectors();
const named = (name) => findCase(cases, name, (vector) => vector.name === name);
const TRIAL = { allowDevKeys: true };

async function verifierFor(api, vector) {
  const key = await api.loadKey(files.keys[vector.key], TRIAL);
  return api.createVerifier({ key, profile: files.profiles[vector.profile] });
}

test('a Wasm without the curves does not start it', async () => {
  const other = readFileSync(new URL('../../../pkg/wattproof_wasm_bg.wasm', import.meta.url));
  await assert.rejects(l3.init(other), ({ code }) => code === 'wasm-digest');
  await l3.init();
  assert.match(l3.wasmVersion(), /^\d+\.\d+\.\d+/);
});

for (const algorithm of ['p256', 'secp256k1', 'ed25519']) {
  test(`a claim says which device of ${algorithm} signed`, async () => {
    const vector = named(`l3-${algorithm}`);
    const verifier = await verifierFor(l3, vector);
    const claim = verifier.verify(vector.bundle);
    const [trusted] = JSON.parse(files.profiles[vector.profile]).devices;
    assert.deepEqual(claim.device, {
      meter: trusted.meter,
      algorithm,
      publicKey: trusted.public_key,
      validFrom: BigInt(trusted.valid_from),
      validUntil: BigInt(trusted.valid_until),
    });
    assert.ok(Object.isFrozen(claim.device));
    assert.equal(claim.level.least, 'L3');
    assert.match(claim.level.text, /not anonymous/);
    const changed = vector.bundle.replace('"signature": "', '"signature": "0').replace(/(.{127})"\n  }/, '$1"\n  }');
    const verdicts = verifier.verifyBatch([vector.bundle, changed, vector.bundle]);
    assert.deepEqual(verdicts.map(({ claim, error }) => claim?.device.meter ?? error.code), [trusted.meter, 'bad-signature', trusted.meter]);
    verifier.dispose();
  });
}

test('other levels are the same in both entries, without a device', async () => {
  const vector = named('day');
  const [one, other] = await Promise.all([wattproof, l3].map((api) => verifierFor(api, vector)));
  const claims = [one, other].map((verifier) => verifier.verify(vector.bundle));
  assert.deepEqual(claims[0], claims[1]);
  assert.equal('device' in claims[0], false);
});

test('a key brings its own Wasm, whichever entry makes the verifier', async () => {
  assert.equal(wattproof.createVerifier, l3.createVerifier);
  const vector = named('l3-p256');
  const key = await l3.loadKey(files.keys[vector.key], TRIAL);
  const verifier = await wattproof.createVerifier({ key, profile: files.profiles[vector.profile] });
  assert.equal(verifier.verify(vector.bundle).verdict, 'verified');
});

test('without the curves, keys, profiles and bundles of L3 are refused by name', async () => {
  const isBeyond = (error) => error instanceof wattproof.WattproofError && error.code === 'l3-not-built-in' && /wattproof\/l3/.test(error.remedy);
  const [vector, plain] = [named('l3-p256'), named('small-settlement')];
  await assert.rejects(wattproof.loadKey(files.keys[vector.key], TRIAL), isBeyond);
  const key = await wattproof.loadKey(files.keys[plain.key], TRIAL);
  await assert.rejects(wattproof.createVerifier({ key, profile: files.profiles[vector.profile] }), isBeyond);
  assert.throws(() => wattproof.checkBundle(key, vector.bundle), isBeyond);
  const verifier = await wattproof.createVerifier({ key, profile: files.profiles[plain.profile] });
  assert.throws(() => verifier.verify(vector.bundle), isBeyond);
  assert.equal(verifier.verify(plain.bundle).verdict, 'verified');
});
