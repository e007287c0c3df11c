// A key goes through the package, the command line and back.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contribute, WattproofError } from 'wattproof/ceremony';

// Keys of a toy circuit: the initial one, and one that was tampered with.
const folder = mkdtempSync(join(tmpdir(), 'wattproof-contribute-'));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name) => new Uint8Array(readFileSync(join(folder, name)));

before(() => {
  const words = ['run', '--quiet', '--locked', '-p', 'wattproof-tests', '--bin', 'make-tampered', '--', folder];
  const tools = process.env.WATTPROOF_TOOLS;
  if (tools) execFileSync(join(tools, 'make-tampered'), [folder], { cwd: root });
  else execFileSync(process.env.CARGO ?? 'cargo', words, { cwd: root });
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** What a contribution's key says of them, by the file's own layout: names in order. */
const names = (zkey) => ['Ada', 'Bea', 'Cyd'].filter((name) => Buffer.from(zkey).includes(Buffer.from([1, 3, ...Buffer.from(name)])));

test('contributions follow each other, and each is another', async () => {
  const initial = read('initial.zkey');
  const kept = initial.slice();
  const first = await contribute(initial, { name: 'Ada' });
  assert.deepEqual(initial, kept, 'the caller keeps their own');
  const second = await contribute(first.zkey, { name: 'Bea', entropy: new Uint8Array([1, 2, 3]) });
  assert.deepEqual([first.contribution, second.contribution], [1, 2]);
  assert.deepEqual(names(second.zkey), ['Ada', 'Bea']);
  assert.equal(first.circuitHash, second.circuitHash);
  for (const { hash, circuitHash, attestation } of [first, second]) {
    assert.match(hash, /^[0-9a-f]{128}$/);
    assert.match(circuitHash, /^[0-9a-f]{128}$/);
    assert.equal(attestation, undefined);
  }
  const again = await contribute(first.zkey, { name: 'Bea', entropy: new Uint8Array([1, 2, 3]) });
  assert.notEqual(again.hash, second.hash, "one's own entropy is never all of it");
  writeFileSync(join(folder, 'second.zkey'), second.zkey);
});

test('a contribution is signed as the command line signs', async () => {
  const sign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const { attestation, hash } = await contribute(read('initial.zkey'), { name: 'Cyd', sign });
  const signed = JSON.parse(attestation);
  assert.deepEqual([signed.wattproof, signed.contribution, signed.name, signed.hash], ['ceremony-attestation/1', 1, 'Cyd', hash]);
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const preimage = Buffer.concat([
    Buffer.from('wattproof/contribution/1'), bytes(signed.circuit_hash), Buffer.from([0, 0, 0, 1]), bytes(hash), Buffer.from('Cyd'),
  ]);
  assert.ok(await crypto.subtle.verify('Ed25519', sign.publicKey, bytes(signed.signature), preimage));
});

test('what is no key is refused', async () => {
  const bad = read('initial.zkey');
  const refused = (zkey) => contribute(zkey, { name: 'Ada' }).then(
    () => 'accepted',
    (error) => (error instanceof WattproofError ? error.code : String(error)),
  );
  assert.equal(await refused(new Uint8Array()), 'malformed');
  assert.equal(await refused(bad.subarray(0, bad.length - 1)), 'malformed');
  // The first coordinate of alpha.
  const at = Buffer.from(bad).indexOf(Buffer.from([2, 0, 0, 0])) + 12 + 2 * 36 + 12;
  bad[at] ^= 1;
  assert.equal(await refused(bad), 'bad-point');
});

test('mistakes of the caller name the argument', async () => {
  const key = read('initial.zkey');
  const ecdsa = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  for (const [zkey, options, pattern] of [
    ['text', { name: 'Ada' }, /^zkey: /],
    [key, undefined, /^options: /],
    [key, {}, /^name: /],
    [key, { name: ' ' }, /^name: /],
    [key, { name: 'x'.repeat(65) }, /^name: /],
    [key, { name: 'a\nb' }, /^name: /],
    [key, { name: 'Ada', entropy: 'dice' }, /^entropy: /],
    [key, { name: 'Ada', sign: {} }, /^sign: /],
    [key, { name: 'Ada', sign: null }, /^sign: /],
    [key, { name: 'Ada', sign: ecdsa }, /^sign: /],
    [key, { name: 'Ada', enthropy: new Uint8Array() }, /unknown member `enthropy`/],
  ]) {
    await assert.rejects(contribute(zkey, options), (error) => error instanceof TypeError && pattern.test(error.message), String(pattern));
  }
});
