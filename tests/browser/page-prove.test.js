// The room in which proofs are made, in Chromium: from a meter file or a device's package to a verdict on the other side.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeQR } from 'qr/decode.js';
import { wattproof } from '../../sdk/js/test/cli.js';
import { audit, file, fits, reach, shoot, startDesk, verdict } from './desk.js';
import { root } from './serve.js';

const data = (name) => readFileSync(join(root, 'tests/data', name), 'utf8');
const EVENING_DAY = '2011-02-05';

let desk;

before(async () => (desk = await startDesk()));
after(() => desk?.close());

const open = (use, options) => desk.open(use, { hash: '#/prove', ...options });
const state = (page, name) => page.locator(`[data-state="${name}"].banner`).waitFor();
/** Waits until that was announced, which is a frame after it shows. */
const said = (page, words) => page.locator('#announcement').filter({ hasText: words }).waitFor({ state: 'attached' });

async function example(page, preset) {
  await page.getByRole('button', { name: 'Try it with a real home' }).click();
  await page.locator('#preset-day-within-limits').waitFor();
  if (preset !== undefined) await page.locator(`#preset-${preset}`).check();
}

/** Types a contract in, as the owner would. */
async function write(page, change) {
  await page.locator('#contract-editor').evaluate((details) => { details.open = true; });
  const text = page.locator('#policy-text');
  await text.fill(change(await text.inputValue()));
}

test('from the example’s file to a verified verdict on the other side', async () => {
  await open(async (page) => {
    await state(page, 'empty');
    await shoot(page, 'prove-start');
    await example(page, 'time-of-use-bill');
    await state(page, 'ready');
    assert.match(await page.locator('.l0').innerText(), /Nobody vouches/);
    assert.match(await page.locator('#revealed').innerText(), /The bill: \d+\.\d\d USD/);
    assert.match(await page.locator('.plot').getAttribute('aria-label'), /Chart of 24 readings; the highest is 1\.78 kWh/);
    const bill = /\d+\.\d\d USD/.exec(await page.locator('#revealed').innerText())[0];
    await shoot(page, 'prove-ready');
    await page.getByRole('button', { name: 'Make the proof' }).click();
    await state(page, 'proved');
    await said(page, /^Proved\./);
    await shoot(page, 'proved');

    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the file' }).click()]);
    const bundle = readFileSync(await download.path(), 'utf8');
    assert.equal(JSON.parse(bundle).wattproof, 'bundle/1');
    assert.doesNotMatch(bundle, /readings|"values"/);

    await page.getByRole('button', { name: 'Show a QR code' }).click();
    await page.locator('svg.qr').waitFor();
    const link = await page.evaluate(scanShown).then(({ data, width, height }) => decodeQR({ data: Uint8ClampedArray.from(data), width, height }));
    assert.ok(link.startsWith(`${desk.url}#bundle=`), link);

    await page.getByRole('button', { name: 'See what the other side sees' }).click();
    await verdict(page, 'verified');
    assert.match(await page.locator('#start').innerText(), /playing the other side/);
    assert.equal(await page.locator('.figure .value').innerText(), bill);
    assert.match(await page.locator('#learned').innerText(), /L0 or better/);
    await shoot(page, 'prove-other-side');

    // The code's link brings the same proof to a verifier that has terms of its own: other ones, so that it is refused.
    await page.getByRole('button', { name: 'Leave this trial' }).click();
    await page.locator('#dev-keys').setChecked(true, { force: true });
    await page.locator('#key-file').setInputFiles(file('key.json', readFileSync(join(root, 'web-demo/dist/keys', verifyingKey()), 'utf8')));
    await page.goto(link);
    await verdict(page, 'unconfirmed');

    // The way back keeps the proof.
    await page.getByRole('link', { name: 'Prove' }).click();
    await state(page, 'proved');
  });
});

const verifyingKey = () => JSON.parse(readFileSync(join(root, 'web-demo/dist/keys/index.json'), 'utf8'))[0].verifyingKey;

/** Paints the QR code that is shown onto a canvas and gives its pixels. */
async function scanShown() {
  const drawing = document.querySelector('svg.qr');
  const size = drawing.viewBox.baseVal.width;
  const scale = 4;
  const canvas = new OffscreenCanvas(size * scale, size * scale);
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(scale, scale);
  context.fillStyle = '#000';
  context.fill(new Path2D(drawing.querySelector('path').getAttribute('d')));
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { data: [...data], width, height };
}

test('a condition that fails is named, marked in the chart and in the table', async () => {
  await open(async (page) => {
    await example(page, 'evening-saver');
    await state(page, 'fails');
    const failing = page.locator('#conditions .failing');
    assert.equal(await failing.getAttribute('data-kind'), 'limit');
    assert.match(await failing.innerText(), /2011-02-01 18:00, 1,780 Wh > 1,500 Wh/);
    assert.match(await page.locator('.plot').getAttribute('aria-label'), /3 are against the contract/);
    await page.getByText('The readings as a table').click();
    assert.equal(await page.locator('tr.failing').count(), 3);
    assert.equal(await page.locator('#prove').count(), 0, 'nothing to press');
    await shoot(page, 'prove-fails');
    const options = await page.locator('#period option').allInnerTexts();
    assert.equal(options.length, 28);
    assert.match(options[4], /✓ 5 February 2011 – holds/);
    await page.locator('#period').selectOption(EVENING_DAY);
    await state(page, 'ready');
    await page.locator('#period').selectOption('2011-02-08');
    await state(page, 'fails');
    assert.match(await page.locator('.legend').innerText(), /missing/);
    assert.match(await page.locator('#conditions').innerText(), /and \d more like this/);
  });
});

test('a contract with an error is refused at its line; corrected, it is taken', async () => {
  await open(async (page) => {
    await example(page);
    await state(page, 'ready');
    await write(page, (text) => text.replace('max = "30 kWh"', 'max = "30 kVh"'));
    await state(page, 'policy');
    const line = (await page.locator('#policy-text').inputValue()).split('\n').findIndex((each) => each.includes('30 kVh')) + 1;
    assert.match(await page.locator('#policy-problem').innerText(), new RegExp(`^Line ${line}:`));
    assert.equal(await page.locator('.numbers-of-lines .bad').evaluate((item) => [...item.parentElement.children].indexOf(item) + 1), line);
    await page.getByRole('button', { name: 'Go there' }).click();
    assert.match(await page.evaluate(() => getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)), /30 kVh/);
    await shoot(page, 'prove-error');
    await write(page, (text) => text.replace('30 kVh', '40 kWh'));
    await state(page, 'ready');
    await write(page, (text) => text.replace('PT1H', 'PT15M'));
    await state(page, 'readings');
  });
});

test('a proof can be stopped, and made afterwards', async () => {
  await open(async (page) => {
    await example(page);
    await state(page, 'ready');
    await page.locator('#prove').click();
    await page.locator('#cancel').click();
    await state(page, 'ready');
    await said(page, /Cancelled|It can be proved/);
    assert.equal(await page.locator('#save').count(), 0);
    assert.match(await page.locator('[data-card="budget"]').innerText(), /0 proofs/);
    await page.locator('#prove').click();
    await state(page, 'proved');
  });
});

test('what goes past the owner’s budget is refused, unless allowed by name; the ledger outlives the page', async () => {
  await open(async (page) => {
    await example(page);
    await state(page, 'ready');
    await page.locator('#bits').fill('10');
    await page.locator('#bits').blur();
    await state(page, 'budget');
    assert.equal(await page.locator('.reason').getAttribute('data-code'), 'over-budget');
    assert.match(await page.locator('#reveals').innerText(), /This proof adds \d+\.\d bits/);
    await shoot(page, 'prove-budget');
    await page.getByRole('button', { name: 'Prove it nevertheless' }).click();
    await state(page, 'proved');
    await page.reload();
    await page.getByText('One proof made here so far.').waitFor();
    assert.equal(await page.locator('#bits').inputValue(), '10');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the ledger' }).click()]);
    assert.equal(JSON.parse(readFileSync(await download.path(), 'utf8')).proofs.length, 1);
  });
});

test('files of other kinds are refused in words; a CSV file without a zone is asked for it, and in March days have 23 hours too', async () => {
  await open(async (page) => {
    const give = (name, text) => page.locator('#readings-file').setInputFiles(file(name, text));
    await give('nonsense.xml', '<feed>');
    await page.getByText('This file cannot be used. (nonsense.xml)').waitFor();
    await state(page, 'empty');
    await give('march.csv', data('csv/2011-03-local-kwh.csv'));
    await page.locator('#zone').selectOption('America/Los_Angeles');
    await page.locator('#csv-read').click();
    await page.getByText(/decimal|number/i).first().waitFor();
    await page.locator('#decimal').selectOption('comma');
    await page.locator('#csv-read').click();
    await page.getByText('Loaded: march.csv').waitFor();
    await state(page, 'ready');
    assert.equal(await page.locator('#period option').count(), 31);
  });
});

test('a contract without keys on the page asks for them; those of another circuit are refused', async () => {
  await open(async (page) => {
    await example(page);
    await state(page, 'ready');
    await write(page, (text) => text.replace('least_level', 'circuit = "custom"\nleast_level'));
    await state(page, 'keys');
    await audit(page, 'keys');
    const keys = join(root, 'web-demo/dist/keys');
    await page.locator('#own-vk').setInputFiles(join(keys, verifyingKey()));
    await page.locator('#own-pk').setInputFiles(join(keys, verifyingKey().replace('.vk.json', '.pk')));
    await page.locator('#prove').click();
    await page.locator('.reason[data-code="wrong-circuit"]').waitFor();
    await page.locator('#own-vk').waitFor({ state: 'attached' });
  });
});

test('a package that a device signed is proved as it is; the other side learns who vouches', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-prove-'));
  try {
    const text = readFileSync(join(root, 'web-demo/src/prove/presets/evening-saver.toml'), 'utf8');
    writeFileSync(join(folder, 'policy.toml'), text.replace('"L0"', '"L1"'));
    writeFileSync(join(folder, 'february.xml'), data('green-button/sdge-hourly-2011-02.xml'));
    for (const line of [
      'import february.xml --out readings.json',
      'registry init --out registry.log',
      'device keygen --serial 4711 --out meter.json',
      'device enrol --device meter.json --level L1 --nameplate 20000 --valid-from 2011-01-01 --valid-until 2012-01-01 --out enrolment.json',
      'registry add registry.log --enrolment enrolment.json --level L1 --nameplate 20000',
      `device sign --device meter.json --readings readings.json --policy policy.toml --period ${EVENING_DAY} --registry registry.log --verifier a-utility --nonce 0x${'ab'.repeat(32)} --out package.json`,
    ]) {
      const { code, err } = wattproof(folder, ...line.split(' '));
      assert.equal(code, 0, err);
    }
    await open(async (page) => {
      await page.locator('#readings-file').setInputFiles(join(folder, 'package.json'));
      await state(page, 'ready');
      assert.match(await page.locator('[data-card="contract"]').innerText(), /cannot be changed[^]*evening-saver · 5 February 2011/);
      assert.match(await page.locator('[data-card="whom"]').innerText(), /a-utility/);
      await audit(page, 'signed');
      await shoot(page, 'prove-signed');
      await page.locator('#prove').click();
      await page.locator('#play').click();
      await verdict(page, 'verified');
      assert.match(await page.locator('#learned').innerText(), /L1 or better/);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('without a connection a proof can still be made, once the key was fetched', async () => {
  await open(async (page) => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
    });
    await example(page);
    await state(page, 'ready');
    await page.locator('#prove').click();
    await state(page, 'proved');
    await page.context().setOffline(true);
    try {
      await page.reload();
      await example(page);
      await state(page, 'ready');
      await page.locator('#prove').click();
      await state(page, 'proved');
    } finally {
      await page.context().setOffline(false);
    }
  });
});

test('the keyboard is enough', async () => {
  await open(async (page) => {
    await reach(page, 'example');
    await page.keyboard.press('Enter');
    await state(page, 'ready');
    await reach(page, 'preset-day-within-limits');
    await page.keyboard.press('ArrowDown');
    await state(page, 'fails');
    await reach(page, 'period');
    await page.keyboard.type('5');
    await page.keyboard.press('Enter');
    for (const id of ['verifier', 'nonce', 'draw', 'bits']) await reach(page, id);
    await page.locator('#period').selectOption(EVENING_DAY);
    await state(page, 'ready');
    await reach(page, 'prove');
    await page.keyboard.press('Enter');
    await state(page, 'proved');
    for (const id of ['save', 'copy', 'qr', 'play']) await reach(page, id);
    await page.keyboard.press('Enter');
    await verdict(page, 'verified');
  });
});

for (const [colorScheme, language, width] of [['light', 'en', 360], ['dark', 'en', 1280], ['light', 'de', 1280], ['dark', 'de', 360]]) {
  test(`axe finds nothing to object to and nothing scrolls sideways: ${colorScheme}, ${language}, ${width} px`, async () => {
    await open(
      async (page) => {
        await page.locator(`#language-${language}`).click();
        const settled = async (name) => {
          await state(page, name);
          // The chart is loaded when it is needed.
          if (name !== 'empty') await page.locator('.plot canvas').waitFor();
          await audit(page, name);
          await fits(page);
          await shoot(page, `prove-${name}-${colorScheme}-${language}-${width}`);
        };
        await settled('empty');
        await page.locator('#example').click();
        await settled('ready');
        await page.locator('#preset-evening-saver').check();
        await settled('fails');
        await page.locator('#preset-time-of-use-bill').check();
        await state(page, 'ready');
        await page.locator('#bits').fill('1');
        await page.locator('#bits').blur();
        await settled('budget');
        await page.locator('#bits').fill('');
        await page.locator('#bits').blur();
        await state(page, 'ready');
        await page.locator('#contract-editor summary').click();
        await page.locator('#policy-text').fill('x = 1');
        await settled('policy');
        await page.locator('#preset-time-of-use-bill').check();
        await state(page, 'ready');
        await page.locator('#prove').click();
        await page.locator('#qr').click();
        await page.locator('svg.qr').waitFor();
        await settled('proved');
      },
      { colorScheme, viewport: { width, height: 800 } },
    );
  });
}
