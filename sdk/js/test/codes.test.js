// The error codes exist once, in Rust; the TypeScript list must not drift from it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ERROR_CODES } from 'wattproof';
import { LOCAL_REMEDIES } from '../../../pkg/codes.js';

const source = readFileSync(new URL('../../../circuits/src/error.rs', import.meta.url), 'utf8');
const inRust = new Map([...source.matchAll(/^\s*\w+ => "([a-z0-9-]+)",\s*"([^"]+)";/gm)].map(([, code, remedy]) => [code, remedy]));

test('the codes are those of circuits/src/error.rs', () => {
  assert.ok(inRust.size > 20, 'error.rs could not be read');
  assert.deepEqual([...ERROR_CODES], [...inRust.keys()]);
});

test('remedies given on this side are the same sentences', () => {
  for (const [code, remedy] of Object.entries(LOCAL_REMEDIES)) assert.equal(remedy, inRust.get(code));
});
