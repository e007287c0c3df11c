// The built page in Chromium: verdicts, figures, reasons; no policy violation, no console error, no foreign request.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readVectors } from '../../sdk/js/test/vectors.js';
import { startChromium } from './chromium.js';
import { root, servePage } from './serve.js';
import { withPage } from './watch.js';

const screenshots = join(root, 'target/screenshots');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let chromium;
let server;
let samples;

before(async () => {
  server = await servePage();
  chromium = await startChromium();
  mkdirSync(screenshots, { recursive: true });
  const read = (name) => readFileSync(join(root, 'web-demo/dist/samples', `${name}.json`), 'utf8');
  samples = { key: read('key'), profile: read('profile'), bundle: read('bundle'), tampered: read('tampered') };
});

after(async () => {
  await chromium?.close();
  await server?.close();
});

const open = (use, options) => withPage(chromium.browser, server.url, use, options);
const file = (name, text) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
const give = (page, slot, text) => page.locator(`#${slot}-file`).setInputFiles(file(`${slot}.json`, text));
const verdict = (page, kind) => page.locator(`[data-verdict="${kind}"]`).waitFor();
const allowDev = (page) => page.getByRole('switch', { name: 'Allow development keys' }).setChecked(true, { force: true });
const shoot = (page, name) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });

async function giveAll(page, bundle = samples.bundle) {
  await allowDev(page);
  await give(page, 'key', samples.key);
  await give(page, 'profile', samples.profile);
  await give(page, 'bundle', bundle);
}

async function refusal(page) {
  await verdict(page, 'refused');
  return page.locator('[data-code]').getAttribute('data-code');
}

test('a good bundle is verified, with its figures', async () => {
  await open(async (page) => {
    await verdict(page, 'waiting');
    await shoot(page, 'start');
    await giveAll(page);
    await verdict(page, 'verified');
    const { statement } = JSON.parse(samples.bundle);
    const figures = await page.locator('[data-output]').evaluateAll((all) => all.map((one) => one.dataset.value));
    assert.deepEqual(figures, statement.outputs);
    const exact = new Intl.NumberFormat('en-GB').format(BigInt(statement.outputs[0]));
    assert.ok((await page.locator('#learned').innerText()).includes(exact));
    const kinds = await page.locator('[data-kind]').evaluateAll((all) => all.map((one) => one.dataset.kind));
    const policy = JSON.parse(samples.profile).policy;
    assert.deepEqual([...kinds].sort(), policy.conditions.map((condition) => condition.kind).sort());
    assert.match(await page.locator('#announcement').innerText(), /^Verified\./);
    assert.match(await page.locator('#unseen').innerText(), /any single reading/);
    await shoot(page, 'verified');
  });
});

test('tampered bundles are refused, each with its code', async () => {
  const { cases, files } = readVectors();
  const name = (map, text) => Object.keys(map).find((key) => map[key] === text);
  const [key, profile] = [name(files.keys, samples.key), name(files.profiles, samples.profile)];
  const byCode = new Map();
  for (const vector of cases) {
    if (vector.key !== key || vector.profile !== profile || !vector.allow_dev_keys) continue;
    if (vector.expect.verdict === 'refused' && vector.bundle !== undefined) byCode.set(vector.expect.code, vector);
  }
  assert.ok(byCode.size >= 4, `only ${[...byCode.keys()]}`);
  await open(async (page) => {
    await giveAll(page);
    for (const [code, vector] of byCode) {
      await give(page, 'bundle', samples.bundle);
      await verdict(page, 'verified');
      await give(page, 'bundle', vector.bundle);
      assert.equal(await refusal(page), code, vector.name);
      assert.equal(await page.locator('[data-output]').count(), 0, 'a refused claim shows no figure');
    }
  });
});

test('the tampered sample is refused, in words', async () => {
  await open(
    async (page) => {
      await page.getByRole('button', { name: 'look at an example' }).click();
      assert.equal(await refusal(page), 'dev-key', 'development keys are off at first');
      await page.getByRole('button', { name: 'Allow development keys for this trial' }).click();
      await verdict(page, 'verified');
      await page.getByRole('button', { name: 'Tampered sample' }).click();
      assert.equal(await refusal(page), 'proof-invalid');
      const reason = await page.locator('.reason').innerText();
      assert.match(reason, /Why\s+\S/);
      assert.match(reason, /What to do\s+\S/);
      await shoot(page, 'refused-dark');
    },
    { colorScheme: 'dark' },
  );
});

test('without a profile the claim stays unconfirmed', async () => {
  await open(async (page) => {
    await allowDev(page);
    await give(page, 'key', samples.key);
    await give(page, 'bundle', samples.bundle);
    await verdict(page, 'unconfirmed');
    assert.match(await page.locator('#verdict').innerText(), /Proof valid, claim unconfirmed/);
    assert.doesNotMatch(await page.locator('#result').innerText(), /\bVerified\b/);
    await shoot(page, 'unconfirmed');
    await give(page, 'bundle', samples.tampered);
    assert.equal(await refusal(page), 'proof-invalid');
  });
});

test('a pasted bundle, and one changed by hand', async () => {
  await open(async (page) => {
    await giveAll(page);
    await page.locator('#bundle-text').fill(samples.bundle);
    await verdict(page, 'verified');
    await page.locator('#bundle-text').fill(samples.bundle.slice(0, -20));
    assert.equal(await refusal(page), 'malformed');
    await page.locator('#bundle-text').fill('');
    await verdict(page, 'waiting');
  });
});

test('files dropped together find their places', async () => {
  await open(async (page) => {
    await allowDev(page);
    await page.evaluate((texts) => {
      const dataTransfer = new DataTransfer();
      for (const text of texts) dataTransfer.items.add(new File([text], 'dropped.json'));
      document.querySelector('main').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, [samples.bundle, samples.key, samples.profile]);
    await verdict(page, 'verified');
  });
});

test('files in the wrong places, not text, or huge, are refused and named', async () => {
  await open(async (page) => {
    await giveAll(page);
    await verdict(page, 'verified');
    await give(page, 'profile', samples.bundle);
    assert.equal(await refusal(page), 'unknown-version');
    assert.match(await page.locator('#verdict').innerText(), /Your profile cannot be used/);
    await give(page, 'profile', samples.profile);
    await verdict(page, 'verified');
    await page.locator('#bundle-file').setInputFiles({ name: 'x', mimeType: '', buffer: Buffer.from([0xff, 0xfe, 0x00]) });
    assert.equal(await refusal(page), 'malformed');
    await page.locator('#bundle-file').setInputFiles({ name: 'x', mimeType: '', buffer: Buffer.alloc(5_000_000, 0x20) });
    await page.locator('[data-code="too-large"]').waitFor();
  });
});

test('the keyboard is enough', async () => {
  await open(async (page) => {
    const reach = async (id) => {
      for (let step = 0; step < 40; step += 1) {
        if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
        await page.keyboard.press('Tab');
      }
      assert.fail(`Tab never reaches #${id}`);
    };
    await reach('sample-all');
    await page.keyboard.press('Enter');
    assert.equal(await refusal(page), 'dev-key');
    for (const id of ['bundle-file', 'bundle-text', 'sample-bundle', 'profile-file', 'key-file', 'dev-keys']) await reach(id);
    await page.keyboard.press('Space');
    await verdict(page, 'verified');
  });
});

test('narrow screens scroll one way only', async () => {
  await open(
    async (page) => {
      await giveAll(page);
      await verdict(page, 'verified');
      const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= width, `${content} > ${width}`);
      await shoot(page, 'verified-narrow');
    },
    { viewport: { width: 320, height: 700 } },
  );
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing to object to, ${colorScheme}`, async () => {
    await open(
      async (page) => {
        const audit = async (state) => {
          const { violations } = await page.evaluate(() => globalThis.axe.run());
          const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map((node) => node.html).join(' ')}`);
          assert.deepEqual(found, []);
        };
        await verdict(page, 'waiting');
        await audit('waiting');
        await giveAll(page);
        await verdict(page, 'verified');
        await audit('verified');
        await give(page, 'bundle', samples.tampered);
        await verdict(page, 'refused');
        await audit('refused');
      },
      { colorScheme, script: axe },
    );
  });
}

test('the policy is on the page and in the headers', async () => {
  const response = await fetch(server.url);
  const header = response.headers.get('content-security-policy');
  const meta = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(await response.text())?.[1].replaceAll('&#39;', "'");
  for (const policy of [header, meta]) {
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  }
});

test('what the tests watch for is noticed', async () => {
  const breach = (run) => assert.rejects(open((page) => page.evaluate(run)), /policy violation|console error|foreign request/);
  await breach(() => document.body.setAttribute('style', 'color: red'));
  await breach(() => { try { document.body.innerHTML = '<b>markup</b>'; } catch { /* refused, as it should be */ } });
  await breach(() => fetch('http://127.0.0.1:9/').catch(() => {}));
  await breach(() => console.error('something went wrong'));
});
