// The service's dashboard in Chromium, at a service of its own: with a tenant's token, an operator's, and a wrong one.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChromium } from './chromium.js';

const run = promisify(execFile);
const program = process.env.WATTPROOF_CLI ?? fileURLToPath(new URL('../../target/release/wattproof', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wattproof-dashboard-'));
const at = (name) => join(folder, name);
const tool = (words) => run(program, words.split(' '), { cwd: folder });
const token = (name) => readFileSync(at(`${name}.token`), 'utf8').trim();

let service;
let url;
let chromium;

before(async () => {
  await tool(`policy new --preset p2p-trade-hour -o hour.toml`);
  await tool(`setup --policy hour.toml -o keys`);
  await tool('serve keygen -o prover.json --public-out prover.pub.json');
  await tool('serve tenant add home --state state -o home.token');
  await tool('serve tenant add ops --state state --operator -o ops.token');
  const words = 'serve --state state --keys keys --prover-key prover.json --listen 127.0.0.1:0 --log json';
  service = spawn(program, words.split(' '), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: service.stderr })) {
    url ??= JSON.parse(line).url;
    if (line.includes('worker is ready')) break;
  }
  service.stderr.resume();
  chromium = await startChromium();
});

after(async () => {
  await chromium?.close();
  if (service) {
    service.kill('SIGTERM');
    await new Promise((ended) => service.on('exit', ended));
  }
  rmSync(folder, { recursive: true, force: true });
});

/** The page with a token typed in, and what went wrong on it. */
async function open(secret) {
  const page = await chromium.browser.newPage();
  const faults = [];
  const asked = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => faults.push(message.text()));
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(url);
  await page.locator('#health', { hasText: 'Ready.' }).waitFor();
  await page.fill('#token', secret);
  await page.click('button');
  return { page, faults, asked };
}

test('a tenant sees its jobs, an operator the queue', async () => {
  const home = await open(token('home'));
  await home.page.locator('#jobs').waitFor({ state: 'visible' });
  assert.equal(await home.page.locator('#status').isVisible(), false);
  assert.equal(await home.page.inputValue('#token'), '', 'the token stays in memory only');
  const ops = await open(token('ops'));
  await ops.page.locator('#status').waitFor({ state: 'visible' });
  assert.equal(await ops.page.locator('#jobs').isVisible(), false);
  assert.deepEqual(await ops.page.locator('dt').allTextContents(), ['queued', 'proving', 'done', 'refused', 'parked', 'cancelled', 'expired', 'workers']);
  assert.equal(await ops.page.locator('dd').last().textContent(), '1 of 1 ready');
  // What the token is not for was asked once, and is not asked again.
  await ops.page.waitForResponse((response) => response.url().endsWith('/v1/status'));
  assert.equal(ops.asked.filter((path) => path === '/v1/jobs').length, 1);
  for (const { page, faults } of [home, ops]) {
    assert.deepEqual(faults.filter((fault) => !fault.includes('403')), [], 'nothing but the one refusal');
    await page.close();
  }
});

test('a wrong token is refused once, in words', async () => {
  const { page, asked } = await open(`wattproof.home.${'0'.repeat(64)}`);
  await page.locator('#fault', { hasText: 'This token is not known' }).waitFor();
  const before = asked.filter((path) => path.startsWith('/v1/')).length;
  await page.waitForResponse((response) => response.url().endsWith('/readyz'));
  await page.waitForTimeout(200);
  assert.equal(asked.filter((path) => path.startsWith('/v1/')).length, before);
  assert.equal(await page.locator('#jobs').isVisible(), false);
  await page.close();
});

test('the page fits a telephone', async () => {
  const { page } = await open(token('home'));
  await page.setViewportSize({ width: 360, height: 640 });
  await page.locator('#jobs').waitFor({ state: 'visible' });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  await page.close();
});
