// Three homes prove for real what only their sum shows, and each way in which a sum must not open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSums, WattproofError } from 'wattproof/aggregate';
import { NONCE, policy, Workshop } from './workshop.js';

const READINGS = { ann: [310, 420, 530, 640], bob: [0, 0, 0, 7], cem: [100, 200, 300, 400] };
const HOMES = Object.keys(READINGS);

let shop;
let input;

before(() => {
  shop = new Workshop();
  shop.write('policy.json', policy('hidden'));
  shop.run('registry init --depth 2 -o registry.log');
  for (const [name, readings] of Object.entries(READINGS)) {
    shop.enrol(name, readings);
    shop.run(`aggregate key --name ${name} -o ${name}.mask.json --member-out ${name}.member.json`);
  }
  const members = HOMES.map((name) => `${name}.member.json`).join(' ');
  const roster = (out) => shop.json(`aggregate roster ${members} --least 3 -o ${out}`).nonce;
  const nonces = { round: roster('round.json'), other: roster('other.json') };
  shop.setup();
  const prove = (name, round) => {
    shop.sign(name, 'community', nonces[round], 'package.json');
    shop.run(
      `prove --package package.json --key key.vk.json --roster ${round}.json --mask-key ${name}.mask.json
       --share ${name}.${round}.share.json -o ${name}.${round}.bundle.json`,
    );
  };
  for (const name of HOMES) prove(name, 'round');
  prove('bob', 'other');
  shop.profile('community', nonces.round, 'profile.json');
  shop.profile('community', NONCE, 'nowhere.profile.json');
  input = {
    key: shop.text('key.vk.json'),
    profile: shop.text('profile.json'),
    roster: shop.text('round.json'),
    bundles: HOMES.map((name) => shop.text(`${name}.round.bundle.json`)),
    shares: HOMES.map((name) => shop.text(`${name}.round.share.json`)),
    allowDevKeys: true,
  };
});

after(() => shop?.close());

const refusedAs = (code) => (error) => error instanceof WattproofError && error.code === code;
const refuses = (changes, code) => assert.rejects(openSums({ ...input, ...changes }), refusedAs(code));

test('the sum of all homes opens, and the same as on the command line', async () => {
  const opened = await openSums(input);
  assert.equal(opened.members, 3);
  assert.equal(opened.period.zone, 'America/Los_Angeles');
  assert.equal(opened.period.end - opened.period.start, 3600n);
  assert.deepEqual(opened.sums, [{ output: 0, name: 'volume', total: 2907n, unit: 'Wh', text: '2.907 kWh' }]);
  assert.equal(new Set(opened.nullifiers).size, 3);
  const files = (kind) => HOMES.map((name) => `${name}.round.${kind}.json`).join(' ');
  const told = shop.json(
    `aggregate open --profile profile.json --key key.vk.json --allow-dev-keys --roster round.json ${files('share')} --bundles ${files('bundle')}`,
  );
  assert.deepEqual(opened.nullifiers.map(String), told.nullifiers);
  assert.equal(String(opened.sums[0].total), told.sums[0].total);
});

test('in any order, as bytes', async () => {
  const bytes = (text) => new TextEncoder().encode(text);
  const { bundles, shares } = input;
  const opened = await openSums({ ...input, bundles: bundles.toReversed().map(bytes), shares: [shares[1], shares[2], shares[0]], roster: bytes(input.roster) });
  assert.equal(opened.sums[0].total, 2907n);
});

test('one who lies about its value', async () => {
  const share = JSON.parse(input.shares[0]);
  share.masked = String((BigInt(share.masked) + 1n) % 2n ** 64n);
  await refuses({ shares: [JSON.stringify(share), ...input.shares.slice(1)] }, 'sum-closed');
});

test('one who proves under another blinding than its share says', async () => {
  const share = JSON.parse(input.shares[0]);
  share.commitment = JSON.parse(input.shares[1]).commitment;
  await refuses({ shares: [JSON.stringify(share), ...input.shares.slice(1)] }, 'proof-invalid');
});

test('one who is there twice', async () => {
  const { bundles, shares } = input;
  await refuses({ shares: [...shares, shares[1]] }, 'member-twice');
  await refuses({ bundles: [...bundles, bundles[1]] }, 'already-claimed');
});

test('one who is absent', async () => {
  await refuses({ shares: input.shares.slice(1) }, 'member-missing');
  await refuses({ bundles: input.bundles.slice(1) }, 'proof-invalid');
});

test('one who comes from another round', async () => {
  const [ann, , cem] = input.shares;
  await refuses({ shares: [ann, shop.text('bob.other.share.json'), cem] }, 'wrong-round');
  await refuses({ bundles: [...input.bundles.slice(0, 2), shop.text('bob.other.bundle.json')] }, 'wrong-context');
  await refuses({ profile: shop.text('nowhere.profile.json') }, 'wrong-context');
});

test('development keys, forged proofs and wrong arguments', async () => {
  await refuses({ allowDevKeys: false }, 'dev-key');
  const forged = JSON.parse(input.bundles[0]);
  forged.statement.nullifier = '7';
  await refuses({ bundles: [JSON.stringify(forged), ...input.bundles.slice(1)] }, 'proof-invalid');
  await refuses({ shares: ['{}', ...input.shares.slice(1)] }, 'malformed');
  await assert.rejects(openSums({ ...input, bundles: input.bundles[0] }), /^TypeError: bundles: expected an array/);
  await assert.rejects(openSums({ ...input, shares: [input.shares[0], 7] }), /^TypeError: shares\[1\]: .* a number/);
  await assert.rejects(openSums({ ...input, allowDevKey: true }), /unknown member `allowDevKey`/);
  await assert.rejects(openSums(), /^TypeError: openSums: expected an object/);
});
