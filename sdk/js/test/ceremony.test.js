// A toy's key goes through the package. tests/interop/ceremony.test.js has a whole ceremony, with the command line and snarkjs.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { contribute, contributorLine, WattproofError } from 'wattproof/ceremony';
import { tool } from '../../../tests/interop/tool.js';

const folder = mkdtempSync(join(tmpdir(), 'wattproof-contribute-'));
const read = (name) => new Uint8Array(readFileSync(join(folder, name)));
const generate = () => crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);

before(() => tool('make-tampered', folder));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Who contributed, of a few, by the file's own layout: names in order. */
const names = (zkey) => ['Ada', 'Bea', 'Cyd'].filter((name) => Buffer.from(zkey).includes(Buffer.from([1, 3, ...Buffer.from(name)])));

/** The code of a refusal. */
const refused = (zkey, options = { name: 'Ada' }) =>
  contribute(zkey, options).then(
    () => 'accepted',
    (error) => (error instanceof WattproofError ? error.code : String(error)),
  );

test('contributions follow each other, and each is another', async () => {
  const initial = read('initial.zkey');
  const kept = initial.slice();
  const first = await contribute(initial, { name: 'Ada' });
  assert.deepEqual(initial, kept, 'the caller keeps their own');
  assert.equal(first.zkey.buffer.byteLength, first.zkey.length);
  const entropy = new Uint8Array([1, 2, 3]);
  const second = await contribute(new Blob([first.zkey]), { name: 'Bea', entropy });
  assert.deepEqual(entropy, new Uint8Array([1, 2, 3]));
  assert.deepEqual([first.contribution, second.contribution], [1, 2]);
  assert.deepEqual(names(second.zkey), ['Ada', 'Bea']);
  assert.equal(first.circuitHash, second.circuitHash);
  for (const { hash, circuitHash, attestation } of [first, second]) {
    assert.match(hash, /^[0-9a-f]{128}$/);
    assert.match(circuitHash, /^[0-9a-f]{128}$/);
    assert.equal(attestation, undefined);
  }
  const again = await contribute(first.zkey, { name: 'Bea', entropy });
  assert.notEqual(again.hash, second.hash, "one's own entropy is never all of it");
});

test('a contribution is signed as the command line signs', async () => {
  const sign = await generate();
  const { attestation, hash } = await contribute(read('initial.zkey'), { name: 'Cyd', sign });
  const signed = JSON.parse(attestation);
  assert.deepEqual([signed.wattproof, signed.contribution, signed.name, signed.hash], ['ceremony-attestation/1', 1, 'Cyd', hash]);
  assert.equal(await contributorLine('Cyd', sign), `Cyd=${signed.public_key}`);
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const preimage = Buffer.concat([
    Buffer.from('wattproof/contribution/1'), bytes(signed.circuit_hash), Buffer.from([0, 0, 0, 1]), bytes(hash), Buffer.from('Cyd'),
  ]);
  assert.ok(await crypto.subtle.verify('Ed25519', sign.publicKey, bytes(signed.signature), preimage));
});

test('progress goes through three phases, forwards', async () => {
  const steps = [];
  await contribute(read('initial.zkey'), { name: 'Ada', onProgress: (step) => steps.push(step) });
  const phases = ['read', 'contribute', 'write'];
  assert.deepEqual([...new Set(steps.map(({ phase }) => phase))], phases);
  for (const phase of phases) {
    const fractions = steps.filter((step) => step.phase === phase).map(({ fraction }) => fraction);
    assert.ok(fractions.every((fraction) => fraction >= 0 && fraction <= 1), phase);
    assert.deepEqual(fractions, [...new Set(fractions)].sort((a, b) => a - b), phase);
    assert.equal(fractions.at(-1), 1, phase);
  }
});

test('it ends when it is given up, or when nobody can be told', async () => {
  const zkey = read('initial.zkey');
  const reason = new Error('enough');
  await assert.rejects(contribute(zkey, { name: 'Ada', signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const onProgress = () => controller.abort(reason);
  await assert.rejects(contribute(zkey, { name: 'Ada', signal: controller.signal, onProgress }), reason);
  const explode = () => {
    throw reason;
  };
  await assert.rejects(contribute(zkey, { name: 'Ada', onProgress: explode }), reason);
});

test('what is no key, or takes no contribution, is refused', async () => {
  const good = read('initial.zkey');
  assert.equal(await refused(new Uint8Array()), 'malformed');
  assert.equal(await refused(good.subarray(0, good.length - 1)), 'malformed');
  assert.equal(await refused(new Uint8Array([...good, 0])), 'malformed');
  assert.equal(await refused(read('finished.zkey'), { name: 'Late' }), 'malformed', 'a beacon closed it');
  const { zkey } = await contribute(good, { name: 'Ada' });
  assert.equal(await refused(zkey, { name: ' ADA' }), 'out-of-range', 'a name twice');
  // The first coordinate of alpha, behind both fields and three counts.
  const bad = good.slice();
  bad[12 + 12 + 4 + 12 + 2 * 36 + 12] ^= 1;
  assert.equal(await refused(bad), 'bad-point');
});

test('mistakes of the caller name the argument', async () => {
  const key = read('initial.zkey');
  const ecdsa = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const [one, other] = [await generate(), await generate()];
  const mixed = { publicKey: one.publicKey, privateKey: other.privateKey };
  for (const [zkey, options, pattern] of [
    ['text', { name: 'Ada' }, /^zkey: /],
    [key, undefined, /^options: /],
    [key, {}, /^name: /],
    [key, { name: ' ' }, /^name: /],
    [key, { name: '\u200b…' }, /^name: /],
    [key, { name: 'x'.repeat(65) }, /^name: /],
    [key, { name: '\u{20000}'.repeat(33) }, /^name: /],
    [key, { name: 'a\nb' }, /^name: /],
    [key, { name: 'a\ud800' }, /^name: /],
    [key, { name: 'Ada', entropy: 'dice' }, /^entropy: /],
    [key, { name: 'Ada', sign: {} }, /^sign: /],
    [key, { name: 'Ada', sign: null }, /^sign: /],
    [key, { name: 'Ada', sign: ecdsa }, /^sign: /],
    [key, { name: 'Ada', sign: mixed }, /^sign: the public key is not the private one's/],
    [key, { name: 'Ada', signal: true }, /^signal: /],
    [key, { name: 'Ada', onProgress: true }, /^onProgress: /],
    [key, { name: 'Ada', enthropy: new Uint8Array() }, /unknown member `enthropy`/],
  ]) {
    await assert.rejects(contribute(zkey, options), (error) => error instanceof TypeError && pattern.test(error.message), String(pattern));
  }
  await assert.rejects(contributorLine('Ada', mixed), /^TypeError: keys: /);
  await assert.rejects(contributorLine('', one), /^TypeError: name: /);
});
