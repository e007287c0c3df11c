// The deployment script on a node: what it puts there, and what it refuses to put there.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getAbiItem, toFunctionSelector } from 'viem';
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

async function deploy(key, more = [], environment = {}) {
  const args = [script, '--rpc', node.url, '--key', key, '--owner', OWNER, ...more];
  const env = { ...process.env, WATTPROOF_CLI: program(), WATTPROOF_DEPLOYER_KEY: DEPLOYER, ...environment };
  // Not waited for in this thread, which may have to play a node.
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map(async (stream) => (await stream.toArray()).join('')));
  const [status] = await ended;
  return { status, stdout, stderr, code: /^refused \[([\w-]+)\]/m.exec(stderr)?.[1] };
}

/** The node, but for what `lie` makes of its answers. */
async function lyingNode(lie) {
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const answer = await (await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
    if (answer.result !== undefined) answer.result = lie(JSON.parse(body), answer.result);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
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
  const answer = await deploy(key, more, environment);
  assert.equal(answer.code, code, answer.stderr);
  assert.equal(answer.status, 1);
  assert.equal(answer.stdout, '');
  assert.equal(await height(), before, 'nothing was sent');
  return answer.stderr;
}

test('a key of a ceremony is deployed, and its contracts are what they say', async () => {
  const { status, stdout, stderr } = await deploy(vector('small-ceremony'));
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

test('what lies on the chain is compared with what was compiled', async () => {
  const flipped = (hex, at) => hex.slice(0, at) + (Number.parseInt(hex[at], 16) ^ 1).toString(16) + hex.slice(at + 1);
  const code = ({ method }) => method === 'eth_getCode';
  const asks = (abi, name) => ({ method, params }) => method === 'eth_call' && params[0].data === toFunctionSelector(getAbiItem({ abi, name }));
  let seen = 0;
  const lies = {
    'the last byte of code': [code, (hex) => flipped(hex, hex.length - 1)],
    "the first byte of the settlement's code": [(ask) => code(ask) && ++seen === 3, (hex) => flipped(hex, 3)],
    circuit: [asks(verifierAbi, 'circuit'), (hex) => flipped(hex, 9)],
    owner: [asks(settlementAbi, 'owner'), (hex) => flipped(hex, hex.length - 1)],
    'claim window': [asks(settlementAbi, 'claimWindow'), (hex) => flipped(hex, hex.length - 1)],
  };
  for (const [what, [about, lie]] of Object.entries(lies)) {
    let told = 0;
    const liar = await lyingNode((ask, result) => {
      if (!about(ask)) return result;
      told += 1;
      return lie(result);
    });
    const { status, stdout, code } = await deploy(vector('small-ceremony'), ['--rpc', liar.url]);
    liar.close();
    assert.ok(told > 0, `${what}: nobody asked`);
    assert.deepEqual([status, stdout, code], [1, '', 'other-code'], what);
  }
});

test('a development key goes to a test chain that is named, and nowhere else', async () => {
  await refused('wrong-chain', vector('small'), ['--forgeable-key-on-test-chain', '1']);
  await refused('needless-flag', vector('small-ceremony'), ['--forgeable-key-on-test-chain', '31337']);
  const { status, stdout, stderr } = await deploy(vector('small'), ['--forgeable-key-on-test-chain', '31337']);
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
