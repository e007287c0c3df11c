// The table in docs/CEREMONY.md says what ours and snarkjs do with each tampered key.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { stop } from './stage.js';
import { tampered, same, written } from './tampered.js';

const { list, judge, close } = tampered();

after(async () => {
  close();
  await stop();
});

test('the table has every key, and ours refuses each', () => {
  assert.deepEqual([...written().keys()], list.map(({ what }) => what));
  for (const { what, ours } of list) assert.ok(ours, what);
});

for (const one of list) {
  test(`snarkjs on ${one.what}`, async () => {
    const theirs = await judge(one);
    assert.ok(same({ ...one, theirs }), `stale: ${one.ours}, ${theirs}; run \`npm run make -w tests/interop\``);
  });
}
