// A ceremony in which snarkjs takes part, checked by both.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as snarkjs from 'snarkjs';
import { NONCE } from '../../sdk/js/test/workshop.js';
import { silent, stage } from './stage.js';

const POWER = 12;
const BEACON = 'be'.repeat(32);
const { shop, at, run, go, close } = stage('L3');
let ground;

/** The content of each section of a binary file, by number. */
function sections(name) {
  const bytes = readFileSync(at(name));
  const found = new Map();
  for (let i = 12; i < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(i + 4));
    found.set(bytes.readUInt32LE(i), bytes.subarray(i + 12, i + 12 + length));
    i += 12 + length;
  }
  return found;
}

before(async () => {
  const cargo = process.env.CARGO ?? 'cargo';
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const words = ['run', '--quiet', '--locked', '-p', 'wattproof-tests', '--bin', 'make-ptau', '--', String(POWER), at('p.ptau')];
  execFileSync(cargo, words, { cwd: root, stdio: 'inherit' });
  const unknown = run('ceremony init --policy policy.json --ptau p.ptau -o none.zkey');
  assert.equal(unknown.code, 1);
  const digest = /BLAKE2b-512 is ([0-9a-f]{128})/.exec(unknown.err)[1];
  ground = `--policy policy.json --ptau p.ptau --trust-ptau ${digest}`;
  go(`ceremony init ${ground} -o 0.zkey`);
  go('ceremony contribute 0.zkey --name Ada -o 1.zkey');
  await snarkjs.zKey.contribute(at('1.zkey'), at('2.zkey'), 'Grace', 'of little use', silent);
  go('ceremony contribute 2.zkey --name Emmy -o 3.zkey');
  go(`ceremony beacon 3.zkey --name drand --hash ${BEACON} -o 4.zkey`);
});

after(close);

test('the initial key is the one that snarkjs makes', async () => {
  go('snarkjs circuit --policy policy.json -o c.r1cs');
  await snarkjs.zKey.newZKey(at('c.r1cs'), at('p.ptau'), at('theirs.zkey'), silent);
  const [ours, theirs] = [sections('0.zkey'), sections('theirs.zkey')];
  for (const [number, content] of theirs) assert.ok(content.equals(ours.get(number)), `section ${number}`);
  assert.equal(ours.size, theirs.size);
});

test('both find the finished key good', async () => {
  const { contributions } = JSON.parse(go(`--json ceremony verify ${ground} --zkey 4.zkey`));
  assert.deepEqual(contributions.map(({ name }) => name), ['Ada', 'Grace', 'Emmy', 'drand']);
  assert.equal(await snarkjs.zKey.verifyFromInit(at('0.zkey'), at('p.ptau'), at('4.zkey'), silent), true);
});

test('a beacon of snarkjs is found good', async () => {
  await snarkjs.zKey.beacon(at('3.zkey'), at('beacon.zkey'), 'drand', BEACON, 10, silent);
  assert.ok(readFileSync(at('beacon.zkey')).equals(readFileSync(at('4.zkey'))));
});

test('a finished key says who made it, and needs no leave to be used', () => {
  const made = JSON.parse(go(`--json ceremony finish ${ground} --zkey 4.zkey -o keys`));
  assert.equal(made.setup.status, 'ceremony');
  assert.equal(made.setup.contributions, 3);
  go('prove --package package.json --keys keys -o bundle.json');
  shop.profile('example-utility', NONCE, 'profile.json', { element: 'meter', key: made.verifying_key });
  const claim = JSON.parse(go(`--json verify --bundle bundle.json --key ${made.verifying_key} --profile profile.json`));
  assert.equal(claim.setup.status, 'ceremony');
});

test('what is not a whole ceremony is not finished', () => {
  const { code, err } = run(`ceremony finish ${ground} --zkey 3.zkey -o none`);
  assert.equal(code, 1);
  assert.match(err, /beacon-place/);
});

test('a changed key is refused by both', async () => {
  const bytes = readFileSync(at('4.zkey'));
  const { length } = sections('4.zkey').get(8);
  // Two points of L exchanged: each is a point, and the file is well formed.
  const from = bytes.indexOf(sections('4.zkey').get(8).subarray(length - 64));
  const [one, two] = [from - 64, from].map((i) => Buffer.from(bytes.subarray(i, i + 64)));
  one.copy(bytes, from);
  two.copy(bytes, from - 64);
  writeFileSync(at('changed.zkey'), bytes);
  const { code, err } = run(`ceremony verify ${ground} --zkey changed.zkey`);
  assert.equal(code, 1);
  assert.match(err, /L is not the initial key's/);
  assert.equal(await snarkjs.zKey.verifyFromInit(at('0.zkey'), at('p.ptau'), at('changed.zkey'), silent), false);
});
