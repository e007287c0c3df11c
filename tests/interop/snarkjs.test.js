// What is in the files that are traded with snarkjs; shapes.test.js has the ways there and back.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { silent, stage, stop } from './stage.js';

const { at, json, run, go, close } = stage();

before(() => {
  const made = JSON.parse(go('--json setup --policy policy.json -o keys'));
  copyFileSync(at(made.verifying_key), at('keys/key.vk.json'));
  copyFileSync(at(made.proving_key), at('keys/key.pk'));
  go('prove --package package.json --key keys/key.vk.json -o bundle.json');
  go('snarkjs circuit --policy policy.json -o c.r1cs --sym c.sym');
  go('snarkjs witness --package package.json -o w.wtns');
  go('snarkjs zkey --key keys/key.vk.json -o k.zkey');
  go('snarkjs key --key keys/key.vk.json -o vk.json');
  go('snarkjs proof --bundle bundle.json --proof proof.json --public public.json --calldata calldata.txt');
});

after(async () => {
  close();
  await stop();
});

test('snarkjs reads the circuit and finds its witness right', async () => {
  const info = await snarkjs.r1cs.info(at('c.r1cs'));
  assert.equal(info.nPubInputs, 6);
  assert.equal(info.nOutputs, 0);
  assert.equal(await snarkjs.wtns.check(at('c.r1cs'), at('w.wtns'), silent), true);
  const symbols = readFileSync(at('c.sym'), 'utf8').trim().split('\n');
  assert.equal(symbols.length, info.nVars - 1);
  assert.deepEqual(symbols.slice(0, 6).map((line) => line.split(',')[3]),
    ['main.policy', 'main.period', 'main.context', 'main.anchor', 'main.nullifier', 'main.outputs.volume[1]']);
});

test('a changed witness is not right', async () => {
  const bytes = readFileSync(at('w.wtns'));
  bytes[bytes.length - 32] ^= 1;
  writeFileSync(at('changed.wtns'), bytes);
  assert.equal(await snarkjs.wtns.check(at('c.r1cs'), at('changed.wtns'), silent), false);
  const { code, err } = run('snarkjs prove --key keys/key.vk.json --witness changed.wtns --proof none.json --public none.public.json');
  assert.equal(code, 1);
  assert.match(err, /breaks constraint \d+/);
  assert.equal(existsSync(at('none.json')), false);
});

test('the verifying key and calldata are what snarkjs writes', async () => {
  const { vk_alphabeta_12: _, ...theirs } = await snarkjs.zKey.exportVerificationKey(at('k.zkey'));
  assert.deepEqual(json('vk.json'), theirs);
  const calldata = await snarkjs.groth16.exportSolidityCallData(json('proof.json'), json('public.json'));
  assert.equal(JSON.parse(go('--json snarkjs verify --key keys/key.vk.json --calldata calldata.txt')).verifies, true);
  const plain = (text) => JSON.parse(`[${text}]`);
  assert.deepEqual(plain(readFileSync(at('calldata.txt'), 'utf8')), plain(calldata));
});

test('we verify a proof that snarkjs made with our key', async () => {
  const { proof, publicSignals } = await snarkjs.groth16.prove(at('k.zkey'), at('w.wtns'));
  assert.deepEqual(publicSignals, json('public.json'));
  writeFileSync(at('theirs.json'), JSON.stringify(proof));
  const take = (out) => run(`prove --package package.json --key keys/key.vk.json --proof theirs.json -o ${out}`);
  assert.equal(take('theirs.bundle.json').code, 0);
  const verdict = run('--json verify --bundle theirs.bundle.json --key keys/key.vk.json --allow-dev-keys');
  assert.match(verdict.out, /"unconfirmed"/);
  writeFileSync(at('theirs.json'), JSON.stringify({ ...proof, pi_c: proof.pi_a }));
  const refused = take('none.json');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /proof-invalid|does not verify/);
  assert.equal(existsSync(at('none.json')), false);
});

test('a key that goes to snarkjs and comes back is the same', () => {
  const adopted = JSON.parse(go('--json snarkjs adopt --policy policy.json --zkey k.zkey -o adopted'));
  assert.equal(adopted.setup.status, 'dev');
  for (const [name, path] of [['key.vk.json', adopted.verifying_key], ['key.pk', adopted.proving_key]]) {
    assert.deepEqual(readFileSync(at(path)), readFileSync(at(`keys/${name}`)));
  }
});
