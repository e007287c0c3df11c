// wattproof/meter in Chromium: in a page and in a worker, under the page's own security policy.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startChromium } from './chromium.js';
import { root, servePackage } from './serve.js';
import { withPage } from './watch.js';

const file = readFileSync(join(root, 'tests/data/green-button/sdge-hourly-2011-02.xml'), 'utf8');
const policy = readFileSync(join(root, 'tests/data/policies/month-sdge.json'), 'utf8').replace('"L1"', '"L0"');
const nonce = `0x${'ab'.repeat(32)}`;

let chromium;
let server;

before(async () => {
  server = await servePackage();
  chromium = await startChromium();
});

after(async () => {
  await chromium?.close();
  await server?.close();
});

for (const [place, call] of [
  ['the page', 'signed'],
  ['a worker', 'signedInWorker'],
]) {
  test(`a meter file becomes a signed claim in ${place}`, async () => {
    await withPage(chromium.browser, server.url, async (page) => {
      await page.waitForFunction(() => globalThis.ready);
      const job = { file, policy, context: { kind: 'challenge', verifier: 'example-utility', nonce } };
      const { count, names, meets, level } = await page.evaluate(([name, work]) => globalThis[name](work), [call, job]);
      assert.deepEqual({ count, names, meets, level }, { count: 672, names: ['2011-02'], meets: true, level: 'L0' });
    });
  });
}
