// A ceremony in which snarkjs and the npm package take part, checked by all.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { contribute, contributorLine } from 'wattproof/ceremony';
import { killed } from '../../sdk/js/test/cli.js';
import { NONCE } from '../../sdk/js/test/workshop.js';
import { silent, stage, stop } from './stage.js';
import { tool } from './tool.js';

const POWER = 12;
const BEACON = 'be'.repeat(32);
const { shop, at, json, run, go, close } = stage();
let ground;
/** What the organiser pinned, and what the contributors handed in. */
const SIGNED = '--contributor-list contributors.json --attestation 1.attestation.json 2.attestation.json 3.attestation.json 4.attestation.json';

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
  tool('make-ptau', String(POWER), at('p.ptau'));
  const unknown = run('ceremony init --policy policy.json --ptau p.ptau -o none.zkey');
  assert.equal(unknown.code, 1);
  const digest = /BLAKE2b-512 is ([0-9a-f]{128})/.exec(unknown.err)[1];
  ground = `--policy policy.json --ptau p.ptau --trust-ptau ${digest}`;
  go(`ceremony init ${ground} -o 0.zkey`);
  const keys = ['Ada', 'Grace', 'Emmy'].map((name) => {
    const { public_key: key } = JSON.parse(go(`--json ceremony keygen --name ${name} -o ${name}.key.json`));
    return { name, public_key: key };
  });
  // Hedy has a page and no command line.
  const sign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const [name, key] = (await contributorLine('Hedy', sign)).split('=');
  keys.push({ name, public_key: key });
  writeFileSync(at('contributors.json'), JSON.stringify({ wattproof: 'ceremony-contributors/1', contributors: keys }));
  go('ceremony contribute 0.zkey --sign Ada.key.json -o 1.zkey');
  await snarkjs.zKey.contribute(at('1.zkey'), at('2.zkey'), 'Grace', 'of little use', silent);
  go('ceremony sign 2.zkey --sign Grace.key.json');
  const hers = await contribute(new Uint8Array(readFileSync(at('2.zkey'))), { name: 'Hedy', entropy: new Uint8Array([4, 4, 1]), sign });
  assert.equal(hers.contribution, 3);
  writeFileSync(at('3.zkey'), hers.zkey);
  writeFileSync(at('3.attestation.json'), hers.attestation);
  go('ceremony contribute 3.zkey --sign Emmy.key.json -o 4.zkey');
  go(`ceremony beacon 4.zkey --name drand --hash ${BEACON} -o 5.zkey`);
});

after(async () => {
  close();
  await stop();
});

test('the initial key is the one that snarkjs makes', async () => {
  go('snarkjs circuit --policy policy.json -o c.r1cs');
  await snarkjs.zKey.newZKey(at('c.r1cs'), at('p.ptau'), at('theirs.zkey'), silent);
  const [ours, theirs] = [sections('0.zkey'), sections('theirs.zkey')];
  for (const [number, content] of theirs) assert.ok(content.equals(ours.get(number)), `section ${number}`);
  assert.equal(ours.size, theirs.size);
});

test('both find the finished key good', async () => {
  const { contributions } = JSON.parse(go(`--json ceremony verify ${ground} --zkey 5.zkey ${SIGNED}`));
  assert.deepEqual(contributions.map(({ name }) => name), ['Ada', 'Grace', 'Hedy', 'Emmy', 'drand']);
  assert.deepEqual(contributions.map(({ signed }) => signed !== null), [true, true, true, true, false]);
  assert.equal(await snarkjs.zKey.verifyFromInit(at('0.zkey'), at('p.ptau'), at('5.zkey'), silent), true);
});

test('a beacon of snarkjs is found good', async () => {
  await snarkjs.zKey.beacon(at('4.zkey'), at('beacon.zkey'), 'drand', BEACON, 10, silent);
  assert.ok(readFileSync(at('beacon.zkey')).equals(readFileSync(at('5.zkey'))));
});

test('a finished key says who made it; as nobody published its first phase, it is for trials', () => {
  const made = JSON.parse(go(`--json ceremony finish ${ground} --zkey 5.zkey ${SIGNED} -o keys`));
  assert.deepEqual([made.setup.status, made.setup.contributions, made.setup.first_phase], ['ceremony', 4, 'private']);
  go('prove --package package.json --keys keys -o bundle.json');
  const key = made.verifying_key;
  shop.profile('example-utility', NONCE, 'profile.json', { element: 'meter', key });
  const line = `--json verify --bundle bundle.json --key ${key} --profile profile.json`;
  const refused = run(line);
  assert.equal(refused.code, 1);
  assert.equal(JSON.parse(refused.out).error.code, 'dev-key');
  assert.equal(JSON.parse(go(`${line} --allow-dev-keys`)).setup.status, 'ceremony');

  // Whoever reads the transcript later checks the signatures again.
  const transcript = key.replace('.vk.json', '.ceremony.json');
  const audit = (file) => run(`ceremony audit --transcript ${file} --key ${key} --contributor-list contributors.json`);
  assert.equal(audit(transcript).code, 0);
  writeFileSync(at('other.json'), readFileSync(at(transcript), 'utf8').replace('"Grace"', '"Grete"'));
  assert.match(audit('other.json').err, /SHA-256 is not the one that the key names/);
  const dev = JSON.parse(go('--json setup --policy policy.json -o dev')).verifying_key;
  assert.match(run(`ceremony audit --transcript ${transcript} --key ${dev} --accept-unsigned`).err, /not in a ceremony/);
});

test('Node verifies what a contributor signed, from the description alone', () => {
  const signed = json('2.attestation.json');
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: bytes(signed.public_key).toString('base64url') } });
  const place = Buffer.alloc(4);
  place.writeUInt32BE(signed.contribution);
  const preimage = (hash) => Buffer.concat([Buffer.from('wattproof/contribution/1'), bytes(signed.circuit_hash), place, hash, Buffer.from('Grace')]);
  assert.ok(verify(null, preimage(bytes(signed.hash)), key, bytes(signed.signature)));
  assert.ok(!verify(null, preimage(Buffer.alloc(64)), key, bytes(signed.signature)));
});

test('signatures are demanded, by name and key', () => {
  const checked = (words) => run(`ceremony verify ${ground} --zkey 5.zkey ${words}`);
  assert.equal(checked('').code, 2, 'neither a list nor leave to do without');
  const list = '--contributor-list contributors.json';
  const without = (left) => [1, 2, 3, 4].filter((i) => i !== left).map((i) => `${i}.attestation.json`).join(' ');
  for (const left of [2, 3]) {
    const pattern = new RegExp(`contribution ${left}: .*\\(unsigned\\)`);
    assert.match(checked(`${list} --attestation ${without(left)}`).err, pattern);
  }
  assert.match(checked(`${list} --signed 5 --attestation ${without()}`).err, /too-few-signed/);
  const other = JSON.parse(go('--json ceremony keygen --name Grace -o other.key.json')).public_key;
  assert.match(checked(`--contributor Grace=${other} --signed 1 --attestation 2.attestation.json`).err, /contribution 2: .*\(wrong-signer\)/);
  const moved = { ...json('3.attestation.json'), contribution: 2, name: 'Grace' };
  writeFileSync(at('moved.json'), JSON.stringify(moved));
  assert.match(checked('--accept-unsigned --attestation moved.json').err, /\(attestation\)/);
  const forged = { ...json('2.attestation.json'), public_key: other };
  writeFileSync(at('forged.json'), JSON.stringify(forged));
  assert.match(checked('--accept-unsigned --attestation forged.json').err, /\(signature\)/);
});

test('what could not be finished is not gone on with', async () => {
  const refused = (line) => {
    const { code, err } = run(line);
    assert.equal(code, 1);
    return err;
  };
  assert.match(refused('ceremony contribute 5.zkey --name Late -o none.zkey'), /contribution 5: .*\(beacon-place\)/);
  assert.match(refused('ceremony contribute 4.zkey --name hedy -o none.zkey'), /contribution 3: .*\(same-name\)/);
  assert.match(refused(`ceremony beacon 5.zkey --name again --hash ${BEACON} -o none.zkey`), /\(beacon-place\)/);
  const own = (name, options) => contribute(new Uint8Array(readFileSync(at(name))), options).then(() => 'accepted', ({ code }) => code);
  assert.equal(await own('5.zkey', { name: 'Late' }), 'malformed');
  assert.equal(await own('4.zkey', { name: ' HEDY' }), 'out-of-range');
});

test('a first phase that nobody published serves only whoever names its digest', () => {
  for (const trust of ['', `--trust-ptau ${'00'.repeat(64)}`]) {
    for (const line of ['init -o none.zkey', `verify --zkey 5.zkey ${SIGNED}`, `finish --zkey 5.zkey ${SIGNED} -o none`]) {
      const { code, err } = run(`ceremony ${line} --policy policy.json --ptau p.ptau ${trust}`);
      assert.equal(code, 1, line);
      assert.match(err, /no first phase whose ceremony is known here/, line);
    }
  }
});

test('a command that is killed leaves the file of before, and the ceremony goes on from it', async () => {
  const line = (name) => ['ceremony', 'contribute', '1.zkey', '--name', name, '-o', 'stopped.zkey'];
  const began = performance.now();
  go(line('Whole').join(' '));
  const whole = performance.now() - began;
  copyFileSync(at('2.zkey'), at('stopped.zkey'));
  const before = readFileSync(at('stopped.zkey'));
  let stopped = 0;
  for (const part of [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
    if ((await killed(shop.folder, part * whole, ...line('Stopped'))) !== 'SIGKILL') continue;
    stopped += 1;
    const after = readFileSync(at('stopped.zkey'));
    // Killed between the last byte and its end, it may have put a whole one there.
    if (!after.equals(before)) assert.match(go('--json ceremony contribute stopped.zkey --name After -o after.zkey'), /"After"/);
    copyFileSync(at('2.zkey'), at('stopped.zkey'));
  }
  assert.ok(stopped >= 3, `killed ${stopped} times`);
  go(line('Again').join(' '));
});

test('what is not a whole ceremony is not finished', () => {
  const { code, err } = run(`ceremony finish ${ground} --zkey 4.zkey --accept-unsigned -o none`);
  assert.equal(code, 1);
  assert.match(err, /beacon-place/);
  go(`ceremony beacon 0.zkey --name drand --hash ${BEACON} -o alone.zkey`);
  for (const [key, why] of [['0.zkey', /\(trivial-delta\)/], ['alone.zkey', /\(too-few\)/]]) {
    for (const line of ['verify', 'finish -o none']) {
      const refused = run(`ceremony ${line} ${ground} --zkey ${key} --contributors 1 --accept-unsigned`);
      assert.equal(refused.code, 1, key);
      assert.match(refused.err, why);
    }
    assert.equal(run(`ceremony verify ${ground} --zkey ${key} --contributors 0 --accept-unsigned`).code, 2, 'none is no demand');
  }
});

test('a changed key is refused by both', async () => {
  const bytes = readFileSync(at('5.zkey'));
  const { length } = sections('5.zkey').get(8);
  // Two points of L exchanged: each is a point, and the file is well formed.
  const from = bytes.indexOf(sections('5.zkey').get(8).subarray(length - 64));
  const [one, two] = [from - 64, from].map((i) => Buffer.from(bytes.subarray(i, i + 64)));
  one.copy(bytes, from);
  two.copy(bytes, from - 64);
  writeFileSync(at('changed.zkey'), bytes);
  const { code, err } = run(`ceremony verify ${ground} --zkey changed.zkey --accept-unsigned`);
  assert.equal(code, 1);
  assert.match(err, /L is not the initial key's/);
  assert.equal(await snarkjs.zKey.verifyFromInit(at('0.zkey'), at('p.ptau'), at('changed.zkey'), silent), false);
});
