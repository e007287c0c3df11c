// The shared vectors, judged in Node by both entries of the built package.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as inline from 'wattproof/inline';
import * as l3 from 'wattproof/l3';
import * as wattproof from 'wattproof';
import { findCase, readVectors } from './vectors.js';
import { judge, misjudged } from './vector-runner.js';

const { cases, files } = readVectors();

test('every vector gets its verdict and code', async () => {
  assert.deepEqual(await misjudged(wattproof, cases, files), []);
});

test('the inline entry judges alike', async () => {
  assert.deepEqual(await misjudged(inline, cases, files), []);
});

test('with the curves of L3, the entry for it judges as Rust does', async () => {
  assert.deepEqual(await misjudged(l3, cases, files, undefined, { l3: true }), []);
  assert.ok(cases.filter((vector) => vector.without_l3).length >= 40);
});

test('vectors have names of their own', () => {
  assert.equal(new Set(cases.map((vector) => vector.name)).size, cases.length);
});

test('after ten thousand bad bundles a good one still verifies', async () => {
  const good = findCase(cases, 'verified', (vector) => vector.expect.verdict === 'verified' && vector.key && vector.profile);
  const key = await wattproof.loadKey(files.keys[good.key], { allowDevKeys: true });
  const verifier = await wattproof.createVerifier({ key, profile: files.profiles[good.profile] });
  for (let round = 0; round < 10_000; round += 1) {
    // Cut at ever other places, so that the parser fails everywhere.
    const cut = good.bundle.slice(0, (round * 7) % (good.bundle.length - 1));
    assert.throws(() => verifier.verify(cut), wattproof.WattproofError);
  }
  assert.equal(verifier.verify(good.bundle).verdict, 'verified');
  assert.deepEqual(await judge(wattproof, good, files), { verdict: 'verified' });
});
