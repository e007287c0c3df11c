// What the tests of the rooms share: the page served once, files given as people give them, and what to expect of every state.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startChromium } from './chromium.js';
import { root, servePage } from './serve.js';
import { withPage } from './watch.js';

const screenshots = join(root, 'target/screenshots');
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Builds and serves the page, and starts a Chromium. */
export async function startDesk() {
  const server = await servePage();
  const chromium = await startChromium();
  mkdirSync(screenshots, { recursive: true });
  const read = (name) => readFileSync(join(root, 'web-demo/dist/samples', `${name}.json`), 'utf8');
  return {
    url: server.url,
    browser: chromium.browser,
    samples: { key: read('key'), profile: read('profile'), bundle: read('bundle'), tampered: read('tampered') },
    /** Opens the page, or another document at `options.path`, at `options.hash`, with nothing kept from earlier tests. */
    async open(use, options = {}) {
      const page = await chromium.browser.newPage();
      await page.goto(`${server.url}icon.svg`);
      await page.evaluate(clearAll);
      await page.close();
      await withPage(chromium.browser, server.url + (options.path ?? '') + (options.hash ?? ''), use, { ...options, script: axeSource });
    },
    async close() {
      await chromium.close();
      await server.close();
    },
  };
}

async function clearAll() {
  localStorage.clear();
  for (const { name } of await indexedDB.databases()) {
    await new Promise((resolve) => { Object.assign(indexedDB.deleteDatabase(name), { onsuccess: resolve, onerror: resolve, onblocked: resolve }); });
  }
}

export const file = (name, text) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
export const give = (page, slot, text) => page.locator(`#${slot}-file`).setInputFiles(file(`${slot}.json`, text));
export const verdict = (page, kind) => page.locator(`[data-verdict="${kind}"]`).waitFor();
export const shoot = (page, name) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });

/** The code of the refusal that is, or soon will be, on the page. */
export async function refusal(page) {
  await verdict(page, 'refused');
  return page.locator('.reason').getAttribute('data-code');
}

/** Fails if axe objects to anything in this state. */
export async function audit(page, state) {
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map((node) => node.html).join(' ')}`);
  assert.deepEqual(found, []);
}

/** Presses Tab until the element with this id has the focus. */
export async function reach(page, id) {
  for (let step = 0; step < 60; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never reaches #${id}`);
}

/** Fails if the page scrolls sideways. */
export async function fits(page) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= width, `${content} > ${width}`);
}
