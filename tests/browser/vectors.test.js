// The shared vectors, judged in Chromium by the package as plain files.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readVectors } from '../../sdk/js/test/vectors.js';
import { startChromium } from './chromium.js';
import { servePackage } from './serve.js';
import { withPage } from './watch.js';

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

for (const entry of ['wattproof', 'inline', 'l3']) {
  test(`every vector gets its verdict and code in Chromium, entry ${entry}`, async () => {
    await withPage(chromium.browser, server.url, async (page) => {
      await page.waitForFunction(() => globalThis.ready);
      const lines = await page.evaluate(
        ([name, { cases, files }]) => globalThis.misjudged(name, cases, files),
        [entry, readVectors()],
      );
      assert.deepEqual(lines, []);
    });
  });
}
