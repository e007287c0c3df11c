// schemas/bundle.schema.json, with schemas/policy.schema.json, describes what the verifier takes, and refuses what it must.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';

const [bundleSchema, policySchema] = ['bundle', 'policy'].map((name) =>
  JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')),
);
// The bundle's schema refers to the policy's by its id.
const fits = new Ajv2020.default({ strict: true, strictRequired: false, allErrors: true })
  .addSchema(policySchema)
  .compile(bundleSchema);
const { cases, files } = readVectors();
const accepted = cases.filter((vector) => vector.expect.verdict !== 'refused').map((vector) => vector.bundle);
const good = findCase(cases, 'verified', (vector) => vector.expect.verdict === 'verified' && vector.profile);

test('every bundle that is not refused fits the schema', () => {
  assert.ok(accepted.length > 0);
  for (const bundle of accepted) assert.ok(fits(JSON.parse(bundle)), JSON.stringify(fits.errors));
});

test('every policy in a profile fits, too', () => {
  const bundle = JSON.parse(accepted[0]);
  for (const [name, profile] of Object.entries(files.profiles)) {
    const { policy } = JSON.parse(profile);
    const used = cases.some((vector) => vector.profile === name && vector.expect.verdict === 'verified');
    if (used) assert.ok(fits({ ...bundle, policy }), `${name}: ${JSON.stringify(fits.errors)}`);
  }
});

for (const [what, change] of [
  ['an unknown version', (bundle) => (bundle.wattproof = 'bundle/2')],
  ['an unknown member', (bundle) => (bundle.extra = 1)],
  ['an unknown member of the statement', (bundle) => (bundle.statement.extra = '1')],
  ['a missing statement', (bundle) => delete bundle.statement],
  ['a number for an output', (bundle) => (bundle.statement.outputs = [406345])],
  ['a leading zero', (bundle) => (bundle.statement.nullifier = '01')],
  ['a sign', (bundle) => (bundle.statement.anchor = '-1')],
  ['a short proof', (bundle) => (bundle.proof = bundle.proof.slice(1))],
  ['padding', (bundle) => (bundle.proof += '=')],
  ['upper-case hex', (bundle) => (bundle.circuit_id = 'AB'.repeat(32))],
  ['an unknown setup', (bundle) => (bundle.setup = 'trusted')],
  ['no completeness', (bundle) => (bundle.policy.conditions = [])],
  ['completeness twice', (bundle) => bundle.policy.conditions.push(bundle.policy.conditions.find((c) => c.kind === 'completeness'))],
  ['an unknown condition', (bundle) => bundle.policy.conditions.push({ kind: 'vibe' })],
]) {
  test(`the schema refuses ${what}`, () => {
    const bundle = { ...JSON.parse(good.bundle), policy: JSON.parse(files.profiles[good.profile]).policy };
    assert.ok(fits(bundle));
    change(bundle);
    assert.equal(fits(bundle), false);
  });
}
