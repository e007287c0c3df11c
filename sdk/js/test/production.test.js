// Keys that no production relies on, wherever the package takes a key. Verifying with them is for the vectors.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadKey } from 'wattproof';
import { openSums } from 'wattproof/aggregate';
import { loadKey as loadL3 } from 'wattproof/l3';
import { makeProfile } from 'wattproof/meter';
import { createProver } from 'wattproof/prove';
import { readVectors } from './vectors.js';
import { NONCE, policy, Workshop } from './workshop.js';

const { files } = readVectors();
const shop = new Workshop();
let material;

before(() => {
  shop.write('policy.json', policy('exact'));
  shop.setup();
  material = { dev: shop.text('key.vk.json'), nobody: files.keys['ceremony-of-nobody.vk.json'], private: files.keys['ceremony-private-first-phase.vk.json'] };
});

after(() => shop.close());

/** The refusal's code; what is missing besides the key is refused after it. */
const said = (call) =>
  call.then(
    () => 'taken',
    ({ code, message }) => code ?? message,
  );

for (const [name, call] of [
  ['loadKey', async (key, allowDevKeys) => (await loadKey(key, { allowDevKeys })).dispose()],
  ['loadKey of wattproof/l3', async (key, allowDevKeys) => (await loadL3(key, { allowDevKeys })).dispose()],
  ['createProver', (verifyingKey, allowDevKeys) => createProver({ verifyingKey, provingKey: new Uint8Array(), allowDevKeys, threads: 1 })],
  ['openSums', (key, allowDevKeys) => openSums({ key, profile: '{}', roster: '{}', bundles: [], shares: [], allowDevKeys })],
]) {
  test(`${name} refuses keys that one party or nobody made`, async () => {
    for (const kind of ['dev', 'private']) {
      assert.equal(await said(call(material[kind], false)), 'dev-key', kind);
      assert.notEqual(await said(call(material[kind], true)), 'dev-key', `${kind}, allowed by name`);
    }
    for (const allowed of [false, true]) assert.equal(await said(call(material.nobody, allowed)), 'unsound-key');
  });
}

test('makeProfile pins no key to which nobody contributed', async () => {
  const context = { kind: 'challenge', verifier: 'example-utility', nonce: NONCE };
  const parts = { policy: policy('exact'), roots: [1n], period: '2011-03-09T17', context };
  assert.equal(await said(makeProfile({ ...parts, key: material.nobody })), 'unsound-key');
  assert.equal(await said(makeProfile({ ...parts, key: material.dev })), 'taken', 'it is the verifier who refuses these');
});
