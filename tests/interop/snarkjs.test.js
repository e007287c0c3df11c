// Circuits, witnesses, keys and proofs traded with snarkjs, both ways.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { wattproof } from '../../sdk/js/test/cli.js';

const NONCE = `0x${'ab'.repeat(32)}`;
const READINGS = 'time,Wh\n2011-03-09 17:00,310\n2011-03-09 17:15,420\n2011-03-09 17:30,530\n2011-03-09 17:45,640\n';
const POLICY = {
  wattproof: 'policy/1',
  geometry: { intervals_per_block: 4, blocks: { min: 1, max: 1 }, aligned: true, value_bits: 16, registry_depth: 2 },
  scope: { authority: 'example-utility', name: 'evening-cap', calendar: { zone: 'America/Los_Angeles', unit: 'hour' } },
  meter: {
    interval_seconds: 900,
    grid_offset_seconds: -28800,
    channels: [{ quantity: 'energy', direction: 'import', unit: 'Wh' }],
  },
  least_level: 'L1',
  conditions: [
    { kind: 'completeness', min_measured_ppm: 1000000 },
    { kind: 'volume', channel: 0, min: '0', max: '8000', reveal: 'exact' },
    { kind: 'limit', channel: 0, bound: 'at-most', value: '2000' },
  ],
};

const folder = mkdtempSync(join(tmpdir(), 'wattproof-snarkjs-'));
const at = (name) => join(folder, name);
const json = (name) => JSON.parse(readFileSync(at(name), 'utf8'));
const silent = { info() {}, debug() {}, warn() {}, error() {} };

/** Runs a line of commands' words, which must go well. */
function go(line) {
  const { code, out, err } = wattproof(folder, ...line.split(' '));
  assert.equal(code, 0, err);
  return out;
}

before(() => {
  writeFileSync(at('policy.json'), JSON.stringify(POLICY));
  writeFileSync(at('readings.csv'), READINGS);
  go('import readings.csv --csv-zone America/Los_Angeles -o readings.json');
  go('device keygen --serial SN-1 -o device.json --enrolment-out enrolment.json');
  go('registry init --depth 2 -o registry.json');
  go('registry add registry.json --enrolment enrolment.json --level L1 --nameplate 5000'
    + ' --valid-from 2011-01-01 --valid-until 2012-01-01 --zone America/Los_Angeles');
  go('device sign --device device.json --readings readings.json --policy policy.json --period 2011-03-09T17'
    + ` --registry registry.json --verifier example-utility --nonce 0x${'ab'.repeat(32)} -o package.json`);
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
  rmSync(folder, { recursive: true, force: true });
  // snarkjs keeps its workers, and Node with them.
  await globalThis.curve_bn128?.terminate();
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
});

test('snarkjs verifies our proof, and not with other inputs', async () => {
  assert.equal(await snarkjs.groth16.verify(json('vk.json'), json('public.json'), json('proof.json')), true);
  const others = json('public.json');
  others[5] = String(BigInt(others[5]) + 1n);
  assert.equal(await snarkjs.groth16.verify(json('vk.json'), others, json('proof.json')), false);
});

test('the verifying key and calldata are what snarkjs writes', async () => {
  const { vk_alphabeta_12: _, ...theirs } = await snarkjs.zKey.exportVerificationKey(at('k.zkey'));
  assert.deepEqual(json('vk.json'), theirs);
  const calldata = await snarkjs.groth16.exportSolidityCallData(json('proof.json'), json('public.json'));
  const plain = (text) => JSON.parse(`[${text}]`);
  assert.deepEqual(plain(readFileSync(at('calldata.txt'), 'utf8')), plain(calldata));
});

test('we verify a proof that snarkjs made with our key', async () => {
  const { proof, publicSignals } = await snarkjs.groth16.prove(at('k.zkey'), at('w.wtns'));
  assert.deepEqual(publicSignals, json('public.json'));
  writeFileSync(at('theirs.json'), JSON.stringify(proof));
  const take = (out) => wattproof(folder, ...`prove --package package.json --key keys/key.vk.json --proof theirs.json -o ${out}`.split(' '));
  assert.equal(take('theirs.bundle.json').code, 0);
  const verdict = wattproof(folder, ...'--json verify --bundle theirs.bundle.json --key keys/key.vk.json --allow-dev-keys'.split(' '));
  assert.match(verdict.out, /"unconfirmed"/);
  writeFileSync(at('theirs.json'), JSON.stringify({ ...proof, pi_c: proof.pi_a }));
  const refused = take('none.json');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /proof-invalid|does not verify/);
  assert.equal(existsSync(at('none.json')), false);
});

test('a key that goes to snarkjs and comes back is the same', () => {
  const adopted = JSON.parse(go('--json snarkjs adopt --policy policy.json --zkey k.zkey -o adopted'));
  assert.equal(adopted.setup, 'dev');
  for (const [name, path] of [['key.vk.json', adopted.verifying_key], ['key.pk', adopted.proving_key]]) {
    assert.deepEqual(readFileSync(at(path)), readFileSync(at(`keys/${name}`)));
  }
});
