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

for (const entry of ['wattproof', 'inline']) {
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

test('offsets of zones by Temporal are those of formatters', async () => {
  await withPage(chromium.browser, server.url, async (page) => {
    const { zones, different, refused } = await page.evaluate(async () => {
      const { offsetAt } = await import('/pkg/zone.js');
      const { Temporal } = globalThis;
      const both = (zone, instant) => {
        const ask = () => {
          try {
            return offsetAt(zone, instant);
          } catch (error) {
            return error.code;
          }
        };
        globalThis.Temporal = Temporal;
        const byTemporal = ask();
        globalThis.Temporal = undefined;
        return [byTemporal, ask()];
      };
      // Each day in which a rule of summer time may begin or end, at several hours.
      const instants = [0n, 1_142_000_000n];
      for (let day = 0n; day < 366n; day += 5n) instants.push(1_767_225_600n + day * 86_400n + (day % 24n) * 3_600n);
      const zones = Temporal ? [...Intl.supportedValuesOf('timeZone'), 'europe/berlin', 'US/Pacific', 'Etc/GMT+5'] : [];
      const different = zones.filter((zone) => instants.some((instant) => {
        const [one, other] = both(zone, instant);
        return typeof one !== 'bigint' || one !== other;
      }));
      const refused = ['Mars/Olympus', 'T10+01', 'T10:30Z', 'Europe/Berlin ', 'PT1H'].map((zone) => both(zone, 0n));
      globalThis.Temporal = Temporal;
      return { zones: zones.length, different, refused };
    });
    assert.deepEqual(different, []);
    for (const codes of refused) assert.deepEqual(codes, ['bad-policy', 'bad-policy']);
    console.log(`${zones} zones compared`);
  });
});
