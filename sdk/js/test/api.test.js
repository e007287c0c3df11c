// The surface that people program against: results, arguments checked by name, disposal.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { checkBundle, createVerifier, init, loadKey, wasmVersion, WattproofError } from 'wattproof';
import { findCase, readVectors } from './vectors.js';

const { cases, files } = readVectors();
const good = findCase(
  cases,
  'verified with a revealed figure',
  (vector) =>
    vector.expect.verdict === 'verified' && vector.key && vector.profile && JSON.parse(vector.bundle).statement.outputs.length > 0,
);
const keyText = files.keys[good.key];
const profile = files.profiles[good.profile];
const bundle = good.bundle;
const dev = { allowDevKeys: true };

const refusedAs = (code, words) => (error) =>
  error instanceof WattproofError && error.code === code && error.remedy.length > 0 && (words?.test(error.message) ?? true);

test('a verified claim, in types', async () => {
  await withResource(await loadKey(keyText, dev), async (key) => {
    const verifier = await createVerifier({ key, profile });
    const claim = verifier.verify(bundle);
    const { statement, circuit_id: circuitId } = JSON.parse(bundle);
    assert.equal(claim.verdict, 'verified');
    assert.equal(claim.period.start, BigInt(statement.period.start));
    assert.equal(claim.period.end, BigInt(statement.period.end));
    assert.equal(claim.period.zone, JSON.parse(profile).policy.scope.calendar.zone);
    assert.deepEqual(claim.outputs.map((output) => output.value), statement.outputs.map(BigInt));
    assert.equal(claim.nullifier, BigInt(statement.nullifier));
    assert.equal(claim.policyDigest, BigInt(statement.policy_digest));
    assert.equal(claim.root, BigInt(statement.anchor));
    assert.equal(claim.circuitId, circuitId);
    assert.equal(claim.circuitId, key.info.circuitId);
    assert.equal(claim.uniqueness.status, 'not-checked');
    assert.equal(claim.setup.status, key.info.setup.status);
    assert.equal(claim.level.least, JSON.parse(profile).policy.least_level);
    assert.equal(claim.context.kind, JSON.parse(profile).context.kind);
    for (const condition of claim.conditions) assert.match(condition.text, /^[A-Z].*\.$/s);
    assert.ok(claim.conditions.some((condition) => condition.kind === 'completeness'));
    assert.throws(() => (claim.outputs[0].value = 1n), TypeError, 'results are frozen');
    verifier.dispose();
  });
});

test('text and bytes of one file are the same', async () => {
  const bytes = (text) => new TextEncoder().encode(text);
  const key = await loadKey(bytes(keyText), dev);
  const verifier = await createVerifier({ key, profile: bytes(profile) });
  key.dispose();
  assert.deepEqual(verifier.verify(bytes(bundle)), verifier.verify(bundle));
  assert.equal(verifier.verify(Buffer.from(bundle)).verdict, 'verified');
  verifier.dispose();
});

test('without a profile the claim stays unconfirmed', async () => {
  const key = await loadKey(keyText, dev);
  const claim = checkBundle(key, bundle);
  assert.equal(claim.verdict, 'unconfirmed');
  assert.equal(claim.statement.nullifier, BigInt(JSON.parse(bundle).statement.nullifier));
  assert.equal(claim.setup.status, key.info.setup.status);
  assert.ok(claim.text.length > 0);
  key.dispose();
});

test('development keys are refused unless allowed by name', async () => {
  if (JSON.parse(keyText).setup.status !== 'dev') return;
  await assert.rejects(loadKey(keyText), refusedAs('dev-key'));
  await assert.rejects(loadKey(keyText, {}), refusedAs('dev-key'));
  await assert.rejects(loadKey(keyText, { allowDevKeys: false }), refusedAs('dev-key'));
  await assert.rejects(loadKey(keyText, { allowDevKeys: 1 }), /options\.allowDevKeys: expected a boolean/);
  await assert.rejects(loadKey(keyText, { allowDevKey: true }), /unknown member `allowDevKey`/);
  await assert.rejects(loadKey(keyText, true), /options: expected an object/);
});

test('arguments are refused by name', async () => {
  const key = await loadKey(keyText, dev);
  const verifier = await createVerifier({ key, profile });
  await assert.rejects(loadKey(undefined), /^TypeError: key: .* not undefined/);
  await assert.rejects(loadKey(JSON.parse(keyText)), /^TypeError: key: .*not the parsed object/);
  await assert.rejects(createVerifier(undefined), TypeError);
  await assert.rejects(createVerifier({ key: keyText, profile }), /^TypeError: key: expected a key from loadKey/);
  await assert.rejects(createVerifier({ key, profile: null }), /^TypeError: profile: .* not null/);
  assert.throws(() => verifier.verify(JSON.parse(bundle)), /^TypeError: bundle: /);
  assert.throws(() => verifier.verify(new ArrayBuffer(3)), /^TypeError: bundle: /);
  assert.throws(() => verifier.verify(7), /^TypeError: bundle: .* a number/);
  assert.throws(() => checkBundle({}, bundle), /^TypeError: key: /);
  verifier.dispose();
  key.dispose();
});

test('bad text is refused before it reaches the Wasm', async () => {
  const key = await loadKey(keyText, dev);
  const verifier = await createVerifier({ key, profile });
  const room = 65_536 - new TextEncoder().encode(bundle).length;
  assert.equal(verifier.verify(bundle + ' '.repeat(room)).verdict, 'verified', 'exactly 64 KB is allowed');
  assert.throws(() => verifier.verify(bundle + ' '.repeat(room + 1)), refusedAs('too-large', /^bundle: /));
  assert.throws(() => verifier.verify('é'.repeat(40_000)), refusedAs('too-large', /^bundle: /));
  assert.throws(() => verifier.verify(new Uint8Array(65_537)), refusedAs('too-large', /^bundle: /));
  assert.throws(() => verifier.verify(Uint8Array.of(0xff, 0xfe)), refusedAs('malformed', /^bundle: not UTF-8/));
  assert.throws(() => verifier.verify('"\ud800"'), refusedAs('malformed', /^bundle: .*surrogate/));
  assert.throws(() => verifier.verify(`\ufeff${bundle}`), refusedAs('malformed'), 'a byte order mark is no JSON');
  assert.throws(() => verifier.verify(new TextEncoder().encode(`\ufeff${bundle}`)), refusedAs('malformed'));
  assert.throws(() => verifier.verify(''), refusedAs('malformed'));
  await assert.rejects(createVerifier({ key, profile: '' }), refusedAs('malformed'));
  await assert.rejects(loadKey('x'.repeat(2_000_000)), refusedAs('too-large', /^key: /));
  verifier.dispose();
  key.dispose();
});

test('an unknown time zone is a bad policy', async () => {
  const key = await loadKey(keyText, dev);
  const elsewhere = JSON.parse(profile);
  elsewhere.policy.scope.calendar.zone = 'Mars/Olympus';
  await assert.rejects(createVerifier({ key, profile: JSON.stringify(elsewhere) }), refusedAs('bad-policy', /Mars\/Olympus/));
  key.dispose();
});

test('many bundles at once have the verdicts that they have alone', async () => {
  const key = await loadKey(keyText, dev);
  const verifier = await createVerifier({ key, profile });
  const alone = verifier.verify(bundle);
  assert.deepEqual(verifier.verifyBatch([]), []);
  assert.deepEqual(verifier.verifyBatch([bundle]), [{ claim: alone }]);
  const many = verifier.verifyBatch(Array.from({ length: 64 }, (_, i) => (i % 2 ? bundle : new TextEncoder().encode(bundle))));
  assert.equal(many.length, 64);
  for (const verdict of many) assert.deepEqual(verdict, { claim: alone });
  assert.ok(Object.isFrozen(many) && Object.isFrozen(many[0]) && Object.isFrozen(many[0].claim));

  // Every case with this key and profile, so that all refusals come before, between and behind claims.
  const same = cases.filter((vector) => vector.key === good.key && vector.profile === good.profile && typeof vector.bundle === 'string');
  const refused = same.filter((vector) => vector.expect.verdict !== 'verified');
  assert.ok(refused.length > 3, 'tests/vectors has refusals for this key and profile');
  const texts = [...same.map((vector) => vector.bundle), ' '.repeat(70_000), Uint8Array.of(0xff), `${bundle}\0${bundle}`, '\0', '', bundle];
  const verdicts = verifier.verifyBatch(texts);
  assert.equal(verdicts.length, texts.length);
  for (const [i, text] of texts.entries()) {
    const { claim, error } = verdicts[i];
    const [one, refusal] = attempt(() => verifier.verify(text));
    assert.deepEqual(claim, one);
    assert.equal(error instanceof WattproofError, refusal !== undefined);
    assert.deepEqual([error?.code, error?.remedy], [refusal?.code, refusal?.remedy]);
    assert.equal(error?.message.replace(`bundles[${i}]`, 'bundle'), refusal?.message);
  }
  const bad = refused[0].bundle;
  assert.ok(verifier.verifyBatch([bad, bad]).every(({ claim, error }) => claim === undefined && error.code.length > 0));

  assert.throws(() => verifier.verifyBatch(bundle), /^TypeError: bundles: expected an array, not a string/);
  assert.throws(() => verifier.verifyBatch(undefined), /^TypeError: bundles: /);
  assert.throws(() => verifier.verifyBatch([bundle, JSON.parse(bundle)]), /^TypeError: bundles\[1\]: .*not the parsed object/);
  assert.throws(() => verifier.verifyBatch([, bundle]), /^TypeError: bundles\[0\]: .* not undefined/);
  verifier.dispose();
  key.dispose();
  assert.throws(() => verifier.verifyBatch([bundle]), /^TypeError: verifier: used after dispose/);
});

test('disposed things say so', async () => {
  const key = await loadKey(keyText, dev);
  const verifier = await createVerifier({ key, profile });
  key.dispose();
  key.dispose();
  await assert.rejects(createVerifier({ key, profile }), /^TypeError: key: used after dispose/);
  assert.equal(verifier.verify(bundle).verdict, 'verified', 'a verifier outlives its key');
  assert.equal(verifier.dispose, verifier[Symbol.dispose]);
  verifier[Symbol.dispose]();
  assert.throws(() => verifier.verify(bundle), /^TypeError: verifier: used after dispose/);
});

test('starting again is harmless, from any source', async () => {
  await init();
  await init(await readFile(new URL('../../../pkg/wattproof_wasm_bg.wasm', import.meta.url)));
  assert.match(wasmVersion(), /^\d+\.\d+\.\d+/);
});

/** What `run` returns, or the refusal that it throws. */
function attempt(run) {
  try {
    return [run(), undefined];
  } catch (error) {
    assert.ok(error instanceof WattproofError, String(error));
    return [undefined, error];
  }
}

async function withResource(resource, run) {
  try {
    await run(resource);
  } finally {
    resource.dispose();
  }
}
