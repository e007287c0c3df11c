// The error codes exist once, in Rust, and so do the formats; the TypeScript lists must not drift from them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from 'wattproof';
import { METER_ERROR_CODES, METER_FORMATS } from 'wattproof/meter';
import { LOCAL_REMEDIES } from '../../../pkg/codes.js';
import { EVM_REMEDIES } from '../../../pkg/evm/refusal.js';

const source = readFileSync(new URL('../../../circuits/src/error.rs', import.meta.url), 'utf8');
const inRust = new Map([...source.matchAll(/^\s*\w+ => "([a-z0-9-]+)",\s*"([^"]+)";/gm)].map(([, code, remedy]) => [code, remedy]));

/** What is refused before there is any Wasm to refuse it. */
const OWN = 'wasm-digest';

test('the codes are those of circuits/src/error.rs', () => {
  assert.ok(inRust.size > 20, 'error.rs could not be read');
  assert.deepEqual([...ERROR_CODES], [...inRust.keys(), OWN]);
});

test('remedies given on this side are the same sentences', () => {
  for (const remedies of [LOCAL_REMEDIES, EVM_REMEDIES]) {
    for (const [code, remedy] of Object.entries(remedies)) {
      if (code !== OWN) assert.equal(remedy, inRust.get(code));
    }
  }
});

test('the codes of meter files are those of intake/src', () => {
  const source = (name) => readFileSync(new URL(`../../../intake/src/${name}`, import.meta.url), 'utf8');
  const problems = [...source('import/error.rs').matchAll(/^ {4}\w+.* => "([a-z0-9-]+)", "/gm)].map(([, code]) => code);
  const others = [...source('error.rs').matchAll(/Self::\w+\(_\) => "([a-z0-9-]+)",/g)].map(([, code]) => code);
  assert.ok(problems.length > 30 && others.length === 2, `${problems.length}, ${others.length}`);
  const own = [...problems, ...others].filter((code) => !ERROR_CODES.includes(code));
  assert.deepEqual([...METER_ERROR_CODES], own);
});

test('the formats of meter files are those of intake/src, by the names that the command line has', () => {
  const source = readFileSync(new URL('../../../intake/src/import/model.rs', import.meta.url), 'utf8');
  const [, body] = /#\[serde\(rename_all = "kebab-case"\)\]\npub enum Format \{(.*?)\n\}/s.exec(source);
  const variants = [...body.matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase());
  assert.deepEqual([...METER_FORMATS], variants);
});
