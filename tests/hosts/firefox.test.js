// The packed package in Firefox, without a bundler and under a strict policy: every vector by the first entry, one of each verdict by
// the others.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entriesIn, everyVector } from './entries.js';
import { findFirefox, startFirefox } from './firefox.js';
import { plainPage } from './pages.js';
import { SILENT, serve, TRUSTED } from './site.js';
import { slug, stage } from './stage.js';

const program = findFirefox();
const skip =
  program === undefined && 'NOT TESTED: no Firefox on PATH (firefox-esr, firefox); install one, or name it in WATTPROOF_FIREFOX';

let firefox;
let site;

before(async () => {
  if (skip) return;
  const staged = stage((entry) => (entry.name === 'wattproof' ? everyVector() : entry.material()));
  for (const entry of entriesIn('firefox')) for (const name of ['trusted', 'silent']) plainPage(staged, name, entry);
  site = await serve(staged.folder, { trusted: TRUSTED, silent: SILENT });
  firefox = await startFirefox(program);
});

after(async () => {
  await firefox?.close();
  await site?.close();
});

for (const entry of entriesIn('firefox')) {
  test(`Firefox: ${entry.name}`, { skip }, async () => {
    const page = await firefox.newPage();
    const faults = [];
    page.on('console', (message) => ['error', 'warn'].includes(message.type()) && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`${site.url}${entry.wasm ? 'trusted' : 'silent'}/${slug(entry)}.html?how=itself`);
    const text = await page.evaluate(async () => JSON.stringify((await globalThis.result) ?? ['the page did not run']));
    assert.deepEqual(JSON.parse(text), []);
    assert.deepEqual(faults, []);
    await page.close();
  });
}
