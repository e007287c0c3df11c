// Altered claims, judged here as by the native verifier: the same code, whatever was done to key, profile or bundle. The claims come from
// `wattproof-audit rounds` (audit/src/differential), where the number of a round is its seed.
//
// `cargo xtask audit --only differential` asks for 100,000 by WATTPROOF_DIFFERENTIAL_ROUNDS, and for the counts by WATTPROOF_AUDIT.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as wattproof from 'wattproof';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const rounds = Number(process.env.WATTPROOF_DIFFERENTIAL_ROUNDS ?? 340);

/** The audit's program: among the tools that `cargo xtask test` names, else built here. */
function program() {
  const name = process.platform === 'win32' ? 'wattproof-audit.exe' : 'wattproof-audit';
  if (process.env.WATTPROOF_TOOLS !== undefined) return join(process.env.WATTPROOF_TOOLS, name);
  const args = ['build', '--locked', '--package', 'wattproof-audit', '--message-format', 'json'];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] };
  const lines = execFileSync(process.env.CARGO ?? 'cargo', args, options).trim().split('\n');
  return lines.map((line) => JSON.parse(line).executable).findLast((file) => file);
}

/** The verdict on a round: `verified`, or the code of the refusal. */
async function judge(round, subject) {
  let key;
  let verifier;
  try {
    if (round.key === null && round.profile === null) return subject.verifier.verify(round.bundle).verdict;
    key = round.key === null ? subject.key : await wattproof.loadKey(round.key, { allowDevKeys: true });
    verifier = await wattproof.createVerifier({ key, profile: round.profile ?? subject.profile });
    return verifier.verify(round.bundle).verdict;
  } catch (error) {
    // Anything but a typed refusal is a defect, and must not look like one.
    return error instanceof wattproof.WattproofError ? error.code : `crashed: ${error}`;
  } finally {
    verifier?.dispose();
    if (key !== subject.key) key?.dispose();
  }
}

async function load({ key: text, profile }) {
  const key = await wattproof.loadKey(text, { allowDevKeys: true });
  return { key, profile, verifier: await wattproof.createVerifier({ key, profile }) };
}

test('altered claims get the native code', async () => {
  const source = spawn(program(), ['rounds', String(rounds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => source.on('close', resolve));
  const kinds = {};
  const disagreements = [];
  let subjects;
  let count = 0;
  for await (const line of createInterface({ input: source.stdout })) {
    if (subjects === undefined) {
      subjects = await Promise.all(JSON.parse(line).map(load));
      continue;
    }
    const round = JSON.parse(line);
    const verdict = await judge(round, subjects[round.subject]);
    const seen = (kinds[round.kind] ??= [0, 0, 0]);
    seen[round.verdict === 'verified' ? 0 : round.verdict === 'proof-invalid' ? 1 : 2] += 1;
    if (verdict !== round.verdict) disagreements.push({ round: round.round, kind: round.kind, wasm: verdict, native: round.verdict });
    count += 1;
  }
  assert.equal(await ended, 0);
  if (process.env.WATTPROOF_AUDIT !== undefined) {
    const list = disagreements.map(({ round }) => round);
    writeFileSync(process.env.WATTPROOF_AUDIT, JSON.stringify({ rounds: count, kinds, disagreements: list }));
  }
  assert.deepEqual(disagreements.slice(0, 20), []);
  assert.equal(count, rounds);
  assert.ok(rounds < 340 || Object.keys(kinds).length >= 30);
});
