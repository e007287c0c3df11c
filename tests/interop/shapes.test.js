// Circuits, witnesses, keys and proofs of several shapes traded with snarkjs, both ways.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { SHAPES, silent, stage, stop } from './stage.js';

after(stop);

for (const name of Object.keys(SHAPES)) {
  test(`${name}: what one makes, the other takes`, async () => {
    const { at, json, run, go, close } = stage(name);
    try {
      const made = JSON.parse(go('--json setup --policy policy.json -o keys'));
      const key = made.verifying_key;
      go('snarkjs circuit --policy policy.json -o c.r1cs');
      go('snarkjs witness --package package.json -o w.wtns');
      go(`snarkjs zkey --key ${key} -o k.zkey`);
      go(`snarkjs key --key ${key} -o vk.json`);
      const info = await snarkjs.r1cs.info(at('c.r1cs'));
      assert.equal(info.nConstraints, made.constraints);
      assert.equal(await snarkjs.wtns.check(at('c.r1cs'), at('w.wtns'), silent), true);

      // Ours, by way of the witness file, there.
      go(`snarkjs prove --key ${key} --witness w.wtns --proof proof.json --public public.json`);
      assert.equal(json('public.json').length, info.nPubInputs);
      assert.equal(await snarkjs.groth16.verify(json('vk.json'), json('public.json'), json('proof.json')), true);

      // Theirs here, as JSON and as calldata, and not with another input.
      const { proof, publicSignals } = await snarkjs.groth16.prove(at('k.zkey'), at('w.wtns'));
      assert.deepEqual(publicSignals, json('public.json'));
      writeFileSync(at('theirs.json'), JSON.stringify(proof));
      writeFileSync(at('calldata.txt'), await snarkjs.groth16.exportSolidityCallData(proof, publicSignals));
      go(`snarkjs verify --key ${key} --proof theirs.json --public public.json`);
      go('snarkjs verify --key vk.json --calldata calldata.txt');
      const others = publicSignals.with(1, String(BigInt(publicSignals[1]) + 1n));
      writeFileSync(at('others.json'), JSON.stringify(others));
      const { code, err } = run(`snarkjs verify --key ${key} --proof theirs.json --public others.json`);
      assert.equal(code, 1);
      assert.match(err, /proof-invalid/);
    } finally {
      close();
    }
  });
}
