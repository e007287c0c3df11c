// What snarkjs says of the vectors, and where it is wrong (tests/vectors/README.md).

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { bundle, key, theirs, words } from './raw.js';
import { silent, stop } from './stage.js';

after(stop);

const folder = new URL('../vectors/', import.meta.url);
const read = (path) => readFileSync(new URL(path, folder), 'utf8');
const cases = readdirSync(new URL('cases/', folder)).sort().map((name) => JSON.parse(read(`cases/${name}`)));
const listed = JSON.parse(read('verdicts.json'));

/** Refusals for what key, proof and inputs are, and not for what the verifier wanted: what snarkjs is there to tell as well. */
const OF_THE_PROOF = ['unsound-key', 'field-range', 'input-count', 'bad-point', 'proof-invalid'];

async function verdict(entry) {
  const vk = key(entry.key_text ?? read(`keys/${entry.key}`));
  const claim = entry.bundle === undefined ? undefined : bundle(entry.bundle);
  if (!vk || !claim) return { words: claim && words(claim), snarkjs: 'unreadable' };
  const all = theirs(vk, claim);
  let said;
  try {
    said = `${await snarkjs.groth16.verify(...all, silent)}`;
  } catch {
    said = 'throws';
  }
  return { words: words(claim), snarkjs: said, asked: JSON.stringify(all) };
}

test('snarkjs says of each vector what the list says', async () => {
  const found = [];
  // What was asked in cases that hold: refused elsewhere for its surroundings, such as a key's stamp or the profile.
  const held = new Set();
  for (const entry of cases) {
    const { words: numbers, snarkjs: said, asked } = await verdict(entry);
    if (entry.expect.verdict !== 'refused') held.add(asked);
    const wrong = said === 'true' && OF_THE_PROOF.includes(entry.expect.code) && !held.has(asked);
    found.push({ name: entry.name, words: numbers ?? null, snarkjs: said, snarkjs_wrong: wrong });
  }
  if (process.env.WATTPROOF_WRITE_VERDICTS) {
    const before = new Map(listed.map((entry) => [entry.name, entry]));
    const now = found.map(({ name, ...rest }) => {
      const { class: kind = '', evm = '' } = before.get(name) ?? {};
      return { name, class: kind, evm, ...rest };
    });
    writeFileSync(new URL('verdicts.json', folder), `[\n${now.map((e) => JSON.stringify(e)).join(',\n')}\n]\n`);
    return;
  }
  assert.deepEqual(listed.map(({ class: _, evm: __, ...rest }) => rest), found);
  const of = (said) => found.filter((entry) => entry.snarkjs === said).length;
  assert.ok(of('true') > 60 && of('false') > 40 && of('unreadable') > 50);
});

test('what verifies here verifies there', () => {
  for (const [i, entry] of cases.entries()) {
    if (entry.expect.verdict !== 'refused') assert.equal(listed[i].snarkjs, 'true', entry.name);
  }
});
