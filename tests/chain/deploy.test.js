// The deployment script on a node: what it puts there, and what it refuses to put there.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { settlementAbi, verifierAbi } from 'wattproof/evm';
import { program } from '../../sdk/js/test/cli.js';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { Workshop } from '../../sdk/js/test/workshop.js';
import { startNode } from './node.js';

const script = fileURLToPath(new URL('../../contracts/deploy/main.js', import.meta.url));
const vector = (name) => fileURLToPath(new URL(`../vectors/keys/${name}.vk.json`, import.meta.url));
/** The first account of every such node; it has money there and nowhere else. */
const DEPLOYER = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const OWNER = '0x00000000000000000000000000000000000000aa';

let shop;
let node;

before(async () => {
  shop = new Workshop();
  node = await startNode();
});

after(() => {
  node?.stop();
  shop?.close();
});

function deploy(key, more = [], environment = {}) {
  const args = [script, '--rpc', node.url, '--key', key, '--owner', OWNER, ...more];
  const env = { ...process.env, WATTPROOF_CLI: program(), WATTPROOF_DEPLOYER_KEY: DEPLOYER, ...environment };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  return { status, stdout, stderr, code: /^refused \[([\w-]+)\]/m.exec(stderr)?.[1] };
}

/** The key under the id of a circuit that is none, its fingerprint made anew: docs/FORMATS.md says of what. */
function ofAnotherCircuit(key) {
  const { circuit_id: _, ...rest } = key;
  const other = { circuit_id: 'ab'.repeat(32), ...rest };
  const { geometry: { intervals_per_block, blocks: { min, max }, aligned, value_bits, registry_depth }, channels, conditions } = key.shape;
  const geometry = { intervals_per_block, blocks: { min, max }, aligned, value_bits, registry_depth };
  const shape = JSON.stringify({ geometry, channels, conditions: conditions.map(({ kind, ...more }) => ({ kind, ...more })) });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(key.setup.contributions);
  const fingerprint = (id) => {
    const hash = createHash('sha256');
    const setup = Buffer.concat([Buffer.from('ceremony'), count, Buffer.from(key.setup.transcript, 'hex')]);
    const parts = [Buffer.from('verifying-key/1'), Buffer.from(id, 'hex'), Buffer.from(shape), setup, Buffer.from(key.key, 'base64url'), Buffer.from(key.proving_key_sha256, 'hex')];
    for (const part of parts) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64BE(BigInt(part.length));
      hash.update(length).update(part);
    }
    return hash.digest('hex');
  };
  assert.equal(fingerprint(key.circuit_id), key.fingerprint);
  return JSON.stringify({ ...other, fingerprint: fingerprint(other.circuit_id) });
}

const height = () => node.client.getBlockNumber({ cacheTime: 0 });

async function refused(code, key, more, environment) {
  const before = await height();
  const answer = deploy(key, more, environment);
  assert.equal(answer.code, code, answer.stderr);
  assert.equal(answer.status, 1);
  assert.equal(answer.stdout, '');
  assert.equal(await height(), before, 'nothing was sent');
  return answer.stderr;
}

test('a key of a ceremony is deployed, and its contracts are what they say', async () => {
  const { status, stdout, stderr } = deploy(vector('small-ceremony'));
  assert.equal(status, 0, stderr);
  const deployed = JSON.parse(stdout);
  const { fingerprint } = JSON.parse(readFileSync(vector('small-ceremony'), 'utf8'));
  assert.equal(deployed.fingerprint, fingerprint);
  assert.equal(deployed.allows_development_keys, false);
  const ask = (address, abi, functionName) => node.client.readContract({ address, abi, functionName });
  for (const each of [deployed.verifier, deployed.batch_verifier]) {
    assert.equal(await ask(each, verifierAbi, 'fingerprint'), `0x${fingerprint}`);
    assert.deepEqual((await ask(each, verifierAbi, 'setup')).slice(0, 2), [true, 3]);
  }
  const own = (name) => ask(deployed.settlement, settlementAbi, name);
  assert.deepEqual([await own('allowDevelopment'), await own('minContributors'), await own('rootGrace'), await own('claimWindow')], [false, 3, 604_800n, 864_000n]);
  assert.equal((await own('owner')).toLowerCase(), OWNER);
});

test('keys that can be forged are refused', async () => {
  for (const name of ['day-24x1h', 'ceremony-private-first-phase']) assert.match(await refused('key', vector(name)), /dev-key/);
  // A beacon is no contribution: a key with nothing else has none.
  await refused('key', vector('ceremony-of-nobody'));
  await refused('too-few-contributors', vector('small-ceremony'), ['--min-contributors', '4']);
});

test('keys that are unsound, or of another circuit, are refused whatever is allowed', async () => {
  const { cases } = readVectors();
  const keys = {
    'unsound-key': findCase(cases, 'a key with gamma = delta', ({ name }) => name === 'key-gamma-is-delta').key_text,
    'wrong-circuit': ofAnotherCircuit(JSON.parse(readFileSync(vector('small-ceremony'), 'utf8'))),
  };
  for (const [code, text] of Object.entries(keys)) {
    const path = shop.path(`${code}.vk.json`);
    writeFileSync(path, text);
    for (const flags of [[], ['--forgeable-key-on-test-chain', '31337']]) assert.match(await refused('key', path, flags), new RegExp(code));
  }
});

test('a development key goes to a test chain that is named, and nowhere else', async () => {
  await refused('wrong-chain', vector('small'), ['--forgeable-key-on-test-chain', '1']);
  await refused('needless-flag', vector('small-ceremony'), ['--forgeable-key-on-test-chain', '31337']);
  const { status, stdout, stderr } = deploy(vector('small'), ['--forgeable-key-on-test-chain', '31337']);
  assert.equal(status, 0, stderr);
  const { settlement, allows_development_keys: allows } = JSON.parse(stdout);
  assert.equal(allows, true);
  assert.equal(await node.client.readContract({ address: settlement, abi: settlementAbi, functionName: 'allowDevelopment' }), true);
});

test('without a deployer, an owner or a node nothing happens, and no key is repeated', async () => {
  const good = vector('small-ceremony');
  await refused('no-deployer', good, [], { WATTPROOF_DEPLOYER_KEY: '' });
  const zero = '0'.repeat(64);
  assert.doesNotMatch(await refused('no-deployer', good, [], { WATTPROOF_DEPLOYER_KEY: zero }), new RegExp(zero));
  await refused('owner', good, ['--owner', 'me']);
  await refused('no-node', good, ['--rpc', 'http://127.0.0.1:9']);
  await refused('usage', good, ['--root-grace', '0']);
  await refused('usage', good, ['--allow', 'everything']);
});
