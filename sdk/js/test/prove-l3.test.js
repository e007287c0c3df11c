// Level L3 through the package alone: `wattproof/prove` proves what a device signed with its own key, `wattproof/l3` verifies it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as wattproof from 'wattproof';
import { createVerifier, loadKey, WattproofError } from 'wattproof/l3';
import { openWitness } from 'wattproof/meter';
import { createProver, disclose } from 'wattproof/prove';
import { NONCE, policy, Workshop } from './workshop.js';

const ALGORITHMS = ['p256', 'secp256k1', 'ed25519'];
const VERIFIER = 'example-utility';

let shop;
let verifyingKey;
let prover;
let key;

before(async () => {
  shop = new Workshop();
  shop.write('policy.json', policy('exact', 'L3'));
  shop.setup();
  for (const algorithm of ALGORITHMS) {
    shop.element(algorithm, [310, 420, 530, 640], algorithm);
    shop.sign(algorithm, VERIFIER, NONCE, `${algorithm}.package.json`);
    shop.profile(VERIFIER, NONCE, `${algorithm}.profile.json`, { element: algorithm });
  }
  verifyingKey = shop.text('key.vk.json');
  const provingKey = new Uint8Array(readFileSync(shop.path('key.pk')));
  prover = await createProver({ verifyingKey, provingKey, allowDevKeys: true, threads: 2 });
  key = await loadKey(verifyingKey, { allowDevKeys: true });
});

after(async () => {
  await prover?.dispose();
  key?.dispose();
  shop?.close();
});

const refusedAs = (code) => (error) => error instanceof WattproofError && error.code === code;

/** Verifies with a profile of the folder. */
async function verify(bundle, profile) {
  const verifier = await createVerifier({ key, profile: shop.text(profile) });
  try {
    return verifier.verify(bundle);
  } finally {
    verifier.dispose();
  }
}

for (const algorithm of ALGORITHMS) {
  test(`what a device of ${algorithm} signed is proved here and verified`, async () => {
    const witness = shop.text(`${algorithm}.package.json`);
    const { bundle, disclosure } = await prover.prove({ witness });
    const claim = await verify(bundle, `${algorithm}.profile.json`);
    assert.deepEqual([claim.verdict, claim.level.least, claim.outputs[0].value], ['verified', 'L3', 1900n]);
    assert.deepEqual([claim.device.algorithm, claim.device.meter], [algorithm, algorithm]);
    assert.deepEqual([disclosure.level.least, disclosure.root, disclosure.nullifier], ['L3', claim.root, claim.nullifier]);
    // The command line takes what was proved here.
    shop.write('bundle.json', bundle);
    const told = shop.json(`verify --bundle bundle.json --key key.vk.json --profile ${algorithm}.profile.json --allow-dev-keys`);
    assert.equal(told.verdict, 'verified');
    // Another verifier's terms, and another device's.
    const other = ALGORITHMS.find((each) => each !== algorithm);
    await assert.rejects(verify(bundle, `${other}.profile.json`), refusedAs('wrong-device'));
    shop.profile(VERIFIER, `0x${'cd'.repeat(32)}`, 'other.profile.json', { element: algorithm });
    await assert.rejects(verify(bundle, 'other.profile.json'), refusedAs('wrong-context'));
  });
}

test('what the proof would tell, and whether readings meet the policy, is said before', async () => {
  const witness = shop.text('p256.package.json');
  const told = await disclose({ witness });
  assert.match(told.level.text, /not anonymous/);
  const { level, check } = await openWitness(witness);
  assert.deepEqual([level, check.meets], ['L3', true]);
});

test('a signature that was changed or taken from another claim proves nothing', async () => {
  const witness = shop.text('p256.package.json');
  const signature = /"signature": ?"([0-9a-f]{128})"/.exec(witness)[1];
  shop.sign('p256', VERIFIER, `0x${'cd'.repeat(32)}`, 'other.package.json');
  const others = /"signature": ?"([0-9a-f]{128})"/.exec(shop.text('other.package.json'))[1];
  assert.notEqual(signature, others);
  const flipped = (signature[0] === '0' ? '1' : '0') + signature.slice(1);
  for (const wrong of [flipped, others]) {
    // The Wasm that proves has no curves: the verifier's word is the one that counts.
    const { bundle } = await prover.prove({ witness: witness.replace(signature, wrong) });
    await assert.rejects(verify(bundle, 'p256.profile.json'), refusedAs('bad-signature'));
  }
});

test('readings that do not meet the policy are refused, and the entry without curves refuses the key', async () => {
  shop.element('spender', [310, 2420, 530, 640], 'p256');
  shop.sign('spender', VERIFIER, NONCE, 'spender.package.json');
  await assert.rejects(prover.prove({ witness: shop.text('spender.package.json') }), refusedAs('condition-fails'));
  await assert.rejects(wattproof.loadKey(verifyingKey, { allowDevKeys: true }), refusedAs('l3-not-built-in'));
});
