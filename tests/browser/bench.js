// Measures the verifier in Chromium and what a page downloads; writes browser.json for `cargo xtask bench`.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { BAR, compressedSizes } from '../packaging/size.js';
import { startChromium } from './chromium.js';
import { root, servePackage } from './serve.js';

const WARM_UP = 50;
const RUNS = 300;
const BAR_RATIO = 5;
const IN_MS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3 };

const folder = process.env['WATTPROOF_BENCH_DIR'] ?? join(root, 'target/bench');

async function main() {
  const { loadTimes, verifyTimes } = await measure();
  const verify = median(verifyTimes);
  const { wasm, script } = await compressedSizes();
  const records = [
    record('verify-wasm-chromium', verify, 'ms'),
    ...ratio(verify),
    record('load-key-wasm-chromium', median(loadTimes), 'ms'),
    record('web-verifier-brotli', wasm + script, 'bytes', BAR),
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'browser.json'), `${JSON.stringify(records, null, 2)}\n`);
  for (const { name, value, unit, bar } of records) {
    console.log(`${name}: ${value} ${unit}${bar === null ? '' : ` (bar ${bar})`}`);
  }
}

async function measure() {
  const { cases, files } = readVectors();
  const good = findCase(cases, 'verified', (vector) => vector.expect.verdict === 'verified' && vector.key && vector.profile);
  const server = await servePackage();
  const chromium = await startChromium();
  try {
    const page = await chromium.browser.newPage();
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.ready);
    return await page.evaluate((input) => globalThis.measure(input), {
      key: files.keys[good.key],
      profile: files.profiles[good.profile],
      bundle: good.bundle,
      warmUp: WARM_UP,
      runs: RUNS,
    });
  } finally {
    await chromium.close();
    await server.close();
  }
}

/** The ratio to native, if that was measured in the same run. */
function ratio(verify) {
  const native = readNative()?.find(({ name }) => name === 'verify-native');
  if (native === undefined) return [];
  const scale = IN_MS[native.unit];
  if (scale === undefined) throw new Error(`native.json: verify-native has the unknown unit \`${native.unit}\``);
  return [record('verify-wasm-chromium-vs-native', verify / (native.value * scale), 'x', BAR_RATIO)];
}

function readNative() {
  try {
    return JSON.parse(readFileSync(join(folder, 'native.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function record(name, value, unit, most) {
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(4));
  return { name, value: rounded, unit, bar: most === undefined ? null : `<= ${most}` };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await main();
