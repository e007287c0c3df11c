// What needs no chain: the interface is the contracts', the words are Rust's. Calls are made in tests/chain, against a node.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { claimCall, verifyArguments, WattproofError } from 'wattproof/evm';
import { abiSource } from '../scripts/abi.js';
import { readVectors } from './vectors.js';
import { Workshop } from './workshop.js';

const { cases } = readVectors();
const verified = cases.filter(({ bundle, expect }) => typeof bundle === 'string' && expect.verdict === 'verified');

test('the ABI is that of the contracts as they are', () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../../contracts/build.js', import.meta.url))], { stdio: 'ignore' });
  const file = fileURLToPath(new URL('../src/evm/abi.ts', import.meta.url));
  assert.equal(readFileSync(file, 'utf8'), abiSource(), 'run `node sdk/js/scripts/abi.js`');
});

test('proofs and inputs are the words that the command line writes', (t) => {
  const shop = new Workshop();
  t.after(() => shop.close());
  const some = verified.filter((_, i) => i % 3 === 0);
  assert.ok(some.length >= 5);
  for (const { name, bundle } of some) {
    shop.write('bundle.json', bundle);
    shop.run('snarkjs proof --bundle bundle.json --calldata calldata.txt');
    const words = shop.text('calldata.txt').match(/0x[0-9a-f]+/g).map(BigInt);
    const { proof, inputs } = verifyArguments(bundle);
    assert.deepEqual([...proof, ...inputs], words, name);
  }
});

test('no bundle that is none becomes words', () => {
  const refused = cases.filter(({ bundle, expect }) => typeof bundle === 'string' && ['bad-point', 'malformed', 'field-range', 'too-large'].includes(expect.code));
  const through = refused.filter(({ bundle }) => {
    try {
      verifyArguments(bundle);
      return true;
    } catch (error) {
      assert.ok(error instanceof WattproofError, String(error));
      return false;
    }
  });
  // The chain judges what is read more strictly elsewhere: members that are unknown or repeated, points off the subgroup.
  assert.ok(through.length < refused.length / 2, through.map(({ name }) => name).join());
});

test('a device whose curve the chain does not know is refused, one of P-256 becomes `claimByDevice`', () => {
  const [address, word] = [`0x${'22'.repeat(20)}`, `0x${'33'.repeat(32)}`];
  const call = (bundle) => {
    const { context, period } = JSON.parse(bundle).statement;
    const [start, end] = [BigInt(period.start), BigInt(period.end)];
    const order = {
      ...{ kind: 0, policy: word, start, end, deadline: end, token: address, payer: address, payee: address },
      ...{ escrow: 1n, price: 1n, rate: 0n, per: 1n, output: 0, salt: word },
    };
    const keccak256 = () => `0x${(BigInt(context) << 8n).toString(16).padStart(64, '0')}`;
    return claimCall({ bundle, order, chainId: 1n, contract: address, payee: address, keccak256 });
  };
  const of = (algorithm) => verified.find(({ bundle }) => JSON.parse(bundle).device?.algorithm === algorithm).bundle;
  const { functionName, args } = call(of('p256'));
  assert.equal(functionName, 'claimByDevice');
  const { public_key: key, signature } = JSON.parse(of('p256')).device;
  assert.deepEqual(args[2], {
    ...{ x: `0x${key.slice(0, 64)}`, y: `0x${key.slice(64)}` },
    ...{ r: `0x${signature.slice(0, 64)}`, s: `0x${signature.slice(64)}` },
  });
  for (const algorithm of ['secp256k1', 'ed25519']) {
    assert.throws(() => call(of(algorithm)), (error) => error instanceof WattproofError && error.code === 'bad-signature');
  }
});
