// The room in which claims are checked, in Chromium: verdicts, figures, reasons; by file, link, picture and camera.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encodeQR } from 'qr';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { audit, file, fits, give, reach, refusal, shoot, startDesk, verdict } from './desk.js';
import { startChromium } from './chromium.js';
import { bitmap, video } from './picture.js';
import { withPage } from './watch.js';

let desk;
let samples;

before(async () => {
  desk = await startDesk();
  ({ samples } = desk);
});

after(() => desk?.close());

const open = (use, options) => desk.open(use, options);
const allowDev = (page) => page.getByRole('switch', { name: 'Allow development keys' }).setChecked(true, { force: true });
/** A link's fragment, made without the page's own code. */
const linkTo = (text, pack = deflateSync) => `#bundle=${pack(Buffer.from(text)).toString('base64url')}`;

async function giveAll(page, bundle = samples.bundle) {
  await allowDev(page);
  await give(page, 'key', samples.key);
  await give(page, 'profile', samples.profile);
  await give(page, 'bundle', bundle);
}

/** Another vector's bundle that the sample's key and profile judge, by the code it is refused with. */
function refusedVectors() {
  const { cases, files } = readVectors();
  const name = (map, text) => Object.keys(map).find((key) => map[key] === text);
  const [key, profile] = [name(files.keys, samples.key), name(files.profiles, samples.profile)];
  const byCode = new Map();
  for (const vector of cases) {
    if (vector.key !== key || vector.profile !== profile || !vector.allow_dev_keys) continue;
    if (vector.expect.verdict === 'refused' && vector.bundle !== undefined) byCode.set(vector.expect.code, vector);
  }
  return byCode;
}

test('a good bundle is verified, with its figures', async () => {
  await open(async (page) => {
    await verdict(page, 'waiting');
    await shoot(page, 'verify-start');
    await giveAll(page);
    await verdict(page, 'verified');
    const { statement } = JSON.parse(samples.bundle);
    const figures = await page.locator('[data-output]').evaluateAll((all) => all.map((one) => one.dataset.value));
    assert.deepEqual(figures, statement.outputs);
    const exact = new Intl.NumberFormat('en-GB').format(BigInt(statement.outputs[0]));
    assert.ok((await page.locator('#learned').innerText()).includes(exact));
    const kinds = await page.locator('#learned [data-kind]').evaluateAll((all) => all.map((one) => one.dataset.kind));
    const policy = JSON.parse(samples.profile).policy;
    assert.deepEqual([...kinds].sort(), policy.conditions.map((condition) => condition.kind).sort());
    assert.match(await page.locator('#announcement').innerText(), /^Verified\./);
    assert.match(await page.locator('#unseen').innerText(), /any single reading/);
    await shoot(page, 'verified');
  });
});

test('the verifier’s own side is kept in the browser, the proof comes by a link; first verdict', async () => {
  await open(async (page) => {
    await giveAll(page);
    await verdict(page, 'verified');
    for (const pack of [deflateSync, (bytes) => bytes]) {
      await page.goto('about:blank');
      await page.goto(desk.url + linkTo(samples.bundle, pack));
      await verdict(page, 'verified');
    }
    const marks = () => performance.getEntriesByName('wattproof.verdict').map(({ detail, startTime }) => ({ detail, startTime }));
    const { startTime } = (await page.evaluate(marks)).find(({ detail }) => detail === 'verified');
    console.log(`first verdict ${Math.round(startTime)} ms after navigation began`);
    const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    assert.deepEqual(scripts.filter((name) => /prove|meter|uplot|\.pk/i.test(name)), [], 'checking loads nothing of proving');

    await page.evaluate((hash) => { location.hash = hash; }, linkTo(samples.bundle).slice(0, -30));
    await verdict(page, 'failed');
    assert.match(await page.locator('#verdict').innerText(), /link is damaged/);
    await page.evaluate((hash) => { location.hash = hash; }, linkTo('x'.repeat(5_000_000)));
    assert.equal(await refusal(page), 'too-large');

    await page.getByRole('button', { name: /^Remove.*agreed/ }).click();
    await page.goto(`${desk.url}#/verify`);
    await page.reload();
    await verdict(page, 'waiting');
    assert.match(await page.locator('#verdict').innerText(), /Still needed: what you agreed to and the proof/);
  });
});

test('a QR code in a picture carries the proof; another picture is told apart', async () => {
  await open(async (page) => {
    await allowDev(page);
    await give(page, 'profile', samples.profile);
    await give(page, 'key', samples.key);
    const picture = (rows) => ({ name: 'code.bmp', mimeType: 'image/bmp', buffer: bitmap(rows, 4) });
    await page.locator('#picture-file').setInputFiles(picture(encodeQR(desk.url + linkTo(samples.bundle), 'raw', { ecc: 'low', border: 4 })));
    await verdict(page, 'verified');
    await page.locator('#picture-file').setInputFiles(picture(encodeQR('https://example.org/', 'raw')));
    await verdict(page, 'failed');
    await page.locator('#picture-file').setInputFiles(picture([[false, false], [false, true]]));
    await page.getByText('No proof can be read from this picture').first().waitFor();
    await page.locator('#picture-file').setInputFiles(file('not.png', 'no picture'));
    await verdict(page, 'failed');
  });
});

test('tampered bundles are refused, each with its code and in words', async () => {
  const byCode = refusedVectors();
  assert.ok(byCode.size >= 4, `only ${[...byCode.keys()]}`);
  await open(async (page) => {
    await giveAll(page);
    for (const [code, vector] of byCode) {
      await give(page, 'bundle', samples.bundle);
      await verdict(page, 'verified');
      await give(page, 'bundle', vector.bundle);
      assert.equal(await refusal(page), code, vector.name);
      assert.equal(await page.locator('[data-output]').count(), 0, 'a refused claim shows no figure');
      assert.match(await page.locator('.reason').innerText(), /What failed\s+\S[^]*What to do\s+\S/);
      assert.equal(await page.locator('.reason [lang]').count(), 0, `${code} has words of its own`);
    }
  });
});

test('claims of level L3 are checked, with curves that are fetched only for them', async () => {
  const { cases, files } = readVectors();
  const { bundle, key, profile } = findCase(cases, 'l3-p256', ({ name }) => name === 'l3-p256');
  const [terms, verifying] = [files.profiles[profile], files.keys[key]];
  const isCurves = (request) => /wattproof_l3.*\.wasm$/.test(request.url());
  await open(async (page) => {
    const fetched = [];
    page.on('request', (request) => isCurves(request) && fetched.push(request.url()));
    await giveAll(page);
    await verdict(page, 'verified');
    assert.deepEqual(fetched, [], 'no curves for other levels');
    assert.match(await page.locator('#unseen').innerText(), /which meter/);
    await give(page, 'key', verifying);
    await give(page, 'profile', terms);
    await give(page, 'bundle', bundle);
    await page.getByText('The device itself signed').waitFor();
    await verdict(page, 'verified');
    assert.equal(fetched.length, 1);
    const [{ meter, public_key: publicKey }] = JSON.parse(terms).devices;
    const learned = page.locator('#learned');
    assert.ok((await learned.innerText()).includes(`${meter} (p256)`));
    assert.ok((await learned.textContent()).includes(publicKey));
    assert.doesNotMatch(await page.locator('#unseen').innerText(), /which meter/, 'its key is there for all to see');
    await audit(page, 'L3');
    const changed = JSON.parse(bundle);
    const { signature } = changed.device;
    changed.device.signature = (signature[0] === '0' ? '1' : '0') + signature.slice(1);
    await give(page, 'bundle', JSON.stringify(changed));
    assert.equal(await refusal(page), 'bad-signature');
    await give(page, 'bundle', samples.bundle);
    await verdict(page, 'refused');
    assert.equal(fetched.length, 1, 'once');
  });
});

test('the example, genuine and forged, with one click each; nothing of it is kept', async () => {
  await open(
    async (page) => {
      await page.getByRole('button', { name: 'See a real example' }).click();
      await verdict(page, 'verified');
      await page.getByRole('button', { name: 'Try a forged example' }).click();
      assert.equal(await refusal(page), 'proof-invalid');
      await shoot(page, 'refused-dark');
      await page.reload();
      await verdict(page, 'waiting');
      assert.equal(await page.locator('#dev-keys').isChecked(), false);
    },
    { colorScheme: 'dark' },
  );
});

test('development keys are refused until allowed', async () => {
  await open(async (page) => {
    await give(page, 'key', samples.key);
    assert.equal(await refusal(page), 'dev-key');
    await give(page, 'profile', samples.profile);
    await give(page, 'bundle', samples.bundle);
    await page.getByRole('button', { name: 'Allow development keys for this trial' }).click();
    await verdict(page, 'verified');
  });
});

test('an accepted claim may be shown again; another file about the same energy is refused', async () => {
  await open(async (page) => {
    await giveAll(page);
    await verdict(page, 'verified');
    await page.getByRole('button', { name: 'Accept this claim' }).click();
    await page.getByText(/^Accepted here on/).waitFor();
    await page.reload();
    await give(page, 'bundle', samples.bundle);
    await verdict(page, 'verified');
    await page.getByText(/^Accepted here on/).waitFor();
    await give(page, 'bundle', `${samples.bundle}\n `);
    assert.equal(await refusal(page), 'already-claimed');
  });
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

test('a pasted bundle, a pasted link, and one changed by hand', async () => {
  await open(async (page) => {
    await giveAll(page);
    await page.getByText('Paste text or a link').click();
    const text = page.locator('#bundle-text');
    await text.fill(`${desk.url}${linkTo(samples.bundle)}`);
    await verdict(page, 'verified');
    await text.fill(samples.bundle.slice(0, -20));
    assert.equal(await refusal(page), 'malformed');
    await text.fill('');
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
    await reach(page, 'sample-all');
    await page.keyboard.press('Enter');
    await verdict(page, 'verified');
    await reach(page, 'sample-other');
    await page.keyboard.press('Enter');
    assert.equal(await refusal(page), 'proof-invalid');
    for (const id of ['profile-file', 'key-file', 'bundle-file', 'picture-file']) await reach(page, id);
    await reach(page, 'language-de');
    await page.keyboard.press('Enter');
    await page.getByText('Zurückgewiesen').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'language-de', 'the focus stays');
  });
});

test('language and appearance are remembered', async () => {
  await open(async (page) => {
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.locator('#theme').click();
    await page.locator('#theme').click();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Eine Angabe über Energie prüfen' }).waitFor();
    const root = await page.evaluate(() => ({ ...document.documentElement.dataset, lang: document.documentElement.lang }));
    assert.deepEqual(root, { theme: 'dark', lang: 'de' });
    await page.locator('#sample-all').click();
    await verdict(page, 'verified');
    assert.match(await page.locator('.figure').innerText(), /406,345 kWh/);
    assert.ok(await page.locator('.conditions [lang="en"]').count() > 0, 'English sentences say that they are');
  });
});

for (const [colorScheme, language, width] of [['light', 'en', 1280], ['dark', 'en', 360], ['light', 'de', 360], ['dark', 'de', 1280]]) {
  test(`axe finds nothing to object to and nothing scrolls sideways: ${colorScheme}, ${language}, ${width} px`, async () => {
    await open(
      async (page) => {
        await page.locator(`#language-${language}`).click();
        const state = async (name) => {
          await verdict(page, name);
          await audit(page, name);
          await fits(page);
        };
        await state('waiting');
        await page.locator('#dev-keys').setChecked(true, { force: true });
        await give(page, 'key', samples.key);
        await give(page, 'bundle', samples.bundle);
        await state('unconfirmed');
        await give(page, 'profile', samples.profile);
        await state('verified');
        await give(page, 'bundle', samples.tampered);
        await state('refused');
        await shoot(page, `refused-${colorScheme}-${language}-${width}`);
      },
      { colorScheme, viewport: { width, height: 800 } },
    );
  });
}

test('a QR code before the camera carries the proof', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-camera-'));
  const path = join(folder, 'camera.y4m');
  writeFileSync(path, video(encodeQR(desk.url + linkTo(samples.bundle), 'raw', { ecc: 'low', border: 4 }), 640, 640));
  const chromium = await startChromium({
    flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${path}`],
  });
  try {
    await withPage(chromium.browser, desk.url, async (page) => {
      await allowDev(page);
      await give(page, 'profile', samples.profile);
      await give(page, 'key', samples.key);
      await page.locator('#camera').click();
      await verdict(page, 'verified');
      assert.equal(await page.locator('video').count(), 0, 'the camera is let go');
    });
  } finally {
    await chromium.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
