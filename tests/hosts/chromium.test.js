// The packed package in Chromium: pages under strict policies with and without a bundler, workers, an extension.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startChromium } from '../browser/chromium.js';
import { withPage } from '../browser/watch.js';
import { ENTRIES, entriesIn } from './entries.js';
import { BUNDLERS, extension, plainPage, worker } from './pages.js';
import { POLICY, SILENT, serve, TRUSTED, WORKERS } from './site.js';
import { slug, stage, waysOf } from './stage.js';

const staged = stage();
const { folder, write } = staged;
const wasmPath = (entry) => entry.wasm && `node_modules/wattproof/${entry.wasm}`;

const withWorkers = ENTRIES.filter(({ workers }) => workers);
/** The folder of the page with the strictest policy that the entry works under. */
const strictest = ({ wasm, workers }) => (workers ? 'workers' : wasm ? 'trusted' : 'silent');

/** A name for this machine that makes no secure context. */
const PLAIN_HOST = 'plain.example';

let chromium;
let site;

before(async () => {
  for (const entry of ENTRIES) for (const name of ['trusted', 'silent', 'workers']) plainPage(staged, name, entry);
  extension(staged, (from, to) => cpSync(from, to, { recursive: true }));
  site = await serve(folder, {
    trusted: TRUSTED,
    silent: SILENT,
    workers: WORKERS,
    vite: TRUSTED,
    webpack: TRUSTED,
    esbuild: TRUSTED,
    ...Object.fromEntries(withWorkers.flatMap((entry) => Object.keys(BUNDLERS).map((name) => [`${name}/${slug(entry)}.html`, WORKERS]))),
  });
  chromium = await startChromium({ extension: join(folder, 'extension'), flags: [`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`] });
});

after(async () => {
  await chromium?.close();
  await site?.close();
});

/** Opens a page of the site and returns what its probe found. */
async function probePage(path, entry, how, base = site.url) {
  const query = new URLSearchParams({ how, wasm: entry.wasm ? new URL(wasmPath(entry), base).href : '' });
  let lines;
  await withPage(chromium.browser, `${base}${path}?${query}`, async (page) => {
    await page.waitForFunction(() => globalThis.result);
    lines = await page.evaluate(() => globalThis.result);
  });
  return lines;
}

for (const entry of entriesIn('page')) {
  for (const how of waysOf(entry)) {
    test(`a page without a bundler, ${entry.workers ? 'strict policy' : 'trusted types'}: ${entry.name}, ${how}`, async () => {
      assert.deepEqual(await probePage(`${strictest(entry)}/${slug(entry)}.html`, entry, how), []);
    });
  }
}

for (const [bundler, build] of Object.entries(BUNDLERS)) {
  test(`${bundler}, trusted types but for workers: every entry by itself and with a module`, async () => {
    await build(staged);
    for (const entry of entriesIn(bundler)) {
      for (const how of waysOf(entry, ['itself', 'module'])) {
        assert.deepEqual(await probePage(`${bundler}/${slug(entry)}.html`, entry, how), [], `${entry.name}, ${how}`);
      }
    }
  });
}

/** Runs `use(page, message)` in the page for workers; `message` is what a worker wants to be told. */
async function inWorkerPage(entry, how, use) {
  const message = { how, wasm: entry.wasm ? new URL(wasmPath(entry), site.url).href : '' };
  await withPage(chromium.browser, `${site.url}workers/${slug(entry)}.html?how=itself`, (page) => use(page, message));
}

for (const entry of entriesIn('worker')) {
  test(`a module worker: ${entry.name}`, async () => {
    write(`workers/${slug(entry)}.worker.js`, worker(entry, ''));
    for (const how of waysOf(entry, ['itself', 'module'])) {
      await inWorkerPage(entry, how, async (page, message) => {
        const lines = await page.evaluate(
          ([url, asked]) =>
            new Promise((resolve, reject) => {
              const started = new Worker(url, { type: 'module' });
              started.onmessage = ({ data }) => resolve(data);
              started.onerror = (event) => reject(new Error(event.message ?? 'the worker did not load'));
              started.postMessage(asked);
            }),
          [`./${slug(entry)}.worker.js`, message],
        );
        assert.deepEqual(lines, [], how);
      });
    }
  });
}

for (const entry of entriesIn('service worker')) {
  test(`a service worker: ${entry.name}`, async () => {
    const start = "addEventListener('install', () => skipWaiting());";
    write(`workers/${slug(entry)}.service.js`, worker(entry, start));
    await inWorkerPage(entry, 'itself', async (page, message) => {
      const lines = await page.evaluate(
        async ([url, asked]) => {
          const registration = await navigator.serviceWorker.register(url, { type: 'module' });
          await navigator.serviceWorker.ready;
          const answer = new Promise((resolve) => {
            navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
          });
          navigator.serviceWorker.startMessages();
          registration.active.postMessage(asked);
          const data = await answer;
          await registration.unregister();
          return data;
        },
        [`./${slug(entry)}.service.js`, message],
      );
      assert.deepEqual(lines, []);
    });
  });
}

test('an extension (manifest 3): its page and its background, every entry', async (t) => {
  if (/google/i.test(chromium.program))
    return t.skip('NOT TESTED: Google Chrome loads no unpacked extensions by command; Chromium does');
  const background = await chromium.background();
  const base = background.url().replace('background.js', '');
  for (const entry of entriesIn('extension')) {
    for (const how of waysOf(entry, ['itself', 'module'])) {
      assert.deepEqual(await probePage(`${slug(entry)}.html`, entry, how, base), [], `${entry.name}, ${how}`);
    }
    const lines = await background.evaluate((name) => globalThis.probes[name]('itself'), entry.name);
    assert.deepEqual(lines, [], `background: ${entry.name}`);
  }
});

for (const entry of ENTRIES.filter(({ wasm }) => wasm)) {
  test(`under a strict policy a Wasm with one bit changed is refused: ${entry.name}`, async () => {
    // The file and its twins, whichever of them this engine starts.
    const [stem] = entry.wasm.split('_bg.');
    for (const where of [0.01, 0.5, 0.99]) {
      const flip = (path, bytes) => {
        if (path.endsWith('.wasm') && path.includes(stem)) bytes[Math.floor(bytes.length * where)] ^= 0x10;
        return bytes;
      };
      const changed = await serve(folder, { trusted: TRUSTED, workers: WORKERS }, flip);
      const page = await chromium.browser.newPage();
      try {
        await page.goto(`${changed.url}${strictest(entry)}/${slug(entry)}.html?how=itself`);
        await page.waitForFunction(() => globalThis.result);
        const lines = await page.evaluate(() => globalThis.result);
        assert.match(lines.join(), /wasm-digest|not this release's own Wasm/, `${entry.name}, ${where}`);
      } finally {
        await page.close();
        await changed.close();
      }
    }
  });
}

test('on a page without HTTPS, where there is no crypto.subtle, the browser compares', async () => {
  const [entry] = ENTRIES;
  const visit = async (change) => {
    const plain = await serve(folder, { trusted: TRUSTED }, change);
    const page = await chromium.browser.newPage();
    try {
      await page.goto(`${plain.url.replace('127.0.0.1', PLAIN_HOST)}trusted/${slug(entry)}.html?how=itself`);
      await page.waitForFunction(() => globalThis.result);
      assert.equal(await page.evaluate(() => isSecureContext), false);
      return await page.evaluate(() => globalThis.result);
    } finally {
      await page.close();
      await plain.close();
    }
  };
  assert.deepEqual(await visit(), []);
  const flip = (path, bytes) => {
    if (path.endsWith(entry.wasm)) bytes[bytes.length >> 1] ^= 1;
    return bytes;
  };
  assert.match((await visit(flip)).join(), /TypeError: source: the Wasm did not start/);
});

test('without leave for Wasm in the policy the start is refused by name, not in silence', async () => {
  for (const entry of entriesIn('closed')) plainPage(staged, 'closed', entry);
  const closed = await serve(folder, { closed: POLICY.replace(" 'wasm-unsafe-eval'", '') });
  try {
    for (const entry of entriesIn('closed')) {
      const page = await chromium.browser.newPage();
      await page.goto(`${closed.url}closed/${slug(entry)}.html?how=itself`);
      await page.waitForFunction(() => globalThis.result);
      const [line] = await page.evaluate(() => globalThis.result);
      assert.match(line, /TypeError: source: the Wasm did not start: .*Content Security Policy/i, entry.name);
      await page.close();
    }
  } finally {
    await closed.close();
  }
});
