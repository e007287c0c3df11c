import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { theirs } from './theirs.js';

test('theirs.json is what the package signs today', () => {
  const stored = readFileSync(new URL('theirs.json', import.meta.url), 'utf8');
  assert.ok(stored === theirs(), 'stale: run `npm run make -w tests/interop`');
});
