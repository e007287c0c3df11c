// How soon a page that was never open before has a verdict, and how long each further one takes: this package beside ark-groth16 as it
// is, snarkjs and mcl, all in Chromium with the same key and proof. Writes cold.json for `cargo xtask bench`; it asserts nothing but
// that each accepts the proof and refuses another.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir } from 'node:os';
import { delimiter, extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { startChromium } from './chromium.js';
import { keyJson, proofJson } from './cold/points.js';
import { root } from './serve.js';

const COLD_RUNS = Number(process.env['WATTPROOF_COLD_RUNS'] ?? 15);
const WARM_RUNS = 40;
const folder = process.env['WATTPROOF_BENCH_DIR'] ?? join(root, 'target/bench');
const work = join(root, 'target/cold');
const here = join(root, 'tests/browser/cold');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };

async function main() {
  const names = ['empty', 'wattproof', 'snarkjs', 'mcl', ...(buildArk() ? ['ark'] : [])];
  const files = await pages(names);
  const { cold, warm } = await measure(names, files);
  const empty = median(cold.empty);
  const first = (name) => median(cold[name]) - empty;
  const rounded = (value) => Number(value.toPrecision(4));
  const record = (name, value, unit, bar = null) => ({ name, value: rounded(value), unit, bar });
  const records = [record('cold-empty-page', empty, 'ms')];
  for (const name of names.slice(1)) {
    records.push(record(`cold-${name}`, first(name), 'ms'), record(`warm-${name}`, median(warm[name]), 'ms'));
    records.push(record(`download-${name}-brotli`, download(name, files), 'bytes'));
  }
  const ratio = (other, of) => of(other) / of('wattproof');
  const warmOf = (name) => median(warm[name]);
  records.push(record('warm-snarkjs-vs-wattproof', ratio('snarkjs', warmOf), 'x', '>= 3'));
  records.push(record('warm-mcl-vs-wattproof', ratio('mcl', warmOf), 'x', '>= 1.3'));
  records.push(record('cold-snarkjs-vs-wattproof', ratio('snarkjs', first), 'x', '>= 6'));
  if (names.includes('ark')) records.push(record('cold-ark-vs-wattproof', ratio('ark', first), 'x', '>= 2'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cold.json'), `${JSON.stringify(records, null, 2)}\n`);
  for (const { name, value, unit, bar } of records) console.log(`${name}: ${value} ${unit}${bar === null ? '' : ` (bar ${bar})`}`);
}

/** Each page's files by their path, bundled and minified alike. */
async function pages(names) {
  const files = new Map([['/claim.json', Buffer.from(JSON.stringify(claim()))]]);
  for (const name of names) {
    const result = await build({
      stdin: { contents: entry(name), resolveDir: here },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['browser'],
      external: ['fs', 'crypto', 'path'],
      alias: { 'ark-cold': join(work, 'ark/ark_cold.js') },
      write: false,
      logLevel: 'error',
    });
    files.set(`/${name}/index.js`, Buffer.from(result.outputFiles[0].contents));
    files.set(`/${name}/index.html`, Buffer.from('<!doctype html><link rel="icon" href="data:,"><script type="module" src="index.js"></script>'));
  }
  files.set('/wattproof/wattproof_wasm_bg.wasm', readFileSync(join(root, 'pkg/wattproof_wasm_bg.wasm')));
  if (names.includes('ark')) files.set('/ark/ark_cold_bg.wasm', readFileSync(join(work, 'ark/ark_cold_bg.wasm')));
  return files;
}

/** The first verdict counts from the navigation's start, the inputs' download included, during which the library starts; another proof must fail. */
function entry(name) {
  return `
    import { prepare, start } from './${name}.js';
    start();
    const { other, ...claim } = await (await fetch('/claim.json')).json();
    const verify = await prepare(claim);
    if ((await verify()) !== true) throw new Error('refused');
    globalThis.cold = performance.now();
    globalThis.refuses = async () => {
      const forged = await prepare({ ...claim, ...other });
      try { return (await forged()) !== true; } catch { return true; }
    };
    globalThis.warm = async (runs) => {
      const times = [];
      for (let run = 0; run < runs; run += 1) {
        const start = performance.now();
        await verify();
        times.push(performance.now() - start);
      }
      return times;
    };`;
}

/** One of the vectors in every form: our files, compressed bytes, snarkjs' JSON; `other` has A in the place of C. */
function claim() {
  const { cases, files } = readVectors();
  const good = findCase(cases, 'verified', (vector) => vector.expect.verdict === 'verified' && vector.key && vector.profile);
  const keyFile = files.keys[good.key];
  const bundle = JSON.parse(good.bundle);
  const { policy_digest, period, context, anchor, nullifier, outputs } = bundle.statement;
  const inputs = [policy_digest, String(BigInt(period.start) + (BigInt(period.end) << 64n)), context, anchor, nullifier, ...outputs];
  const keyBytes = Buffer.from(JSON.parse(keyFile).key, 'base64url');
  const proofBytes = Buffer.from(bundle.proof, 'base64url');
  const forged = Buffer.concat([proofBytes.subarray(0, 96), proofBytes.subarray(0, 32)]);
  const forms = (bytes) => ({ proof: proofJson(bytes), proofBytes: [...bytes] });
  return {
    keyFile,
    profile: files.profiles[good.profile],
    bundle: good.bundle,
    key: keyJson(keyBytes),
    keyBytes: [...keyBytes],
    inputs,
    inputBytes: inputs.flatMap((input) => Array.from({ length: 32 }, (_, i) => Number((BigInt(input) >> BigInt(8 * i)) & 0xffn))),
    ...forms(proofBytes),
    other: { bundle: JSON.stringify({ ...bundle, proof: forged.toString('base64url') }), ...forms(forged) },
  };
}

/** In turn, so that a slow moment of the machine meets all; each first verdict in a browser profile of its own. */
async function measure(names, files) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const bytes = files.get(path);
    // Isolation gives a fine clock.
    const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    response.writeHead(bytes ? 200 : 404, { ...headers, 'Content-Type': TYPES[extname(path)] ?? 'text/plain' }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const times = () => Object.fromEntries(names.map((name) => [name, []]));
  const [cold, warm] = [times(), times()];
  try {
    for (let run = 0; run < COLD_RUNS; run += 1) {
      for (const name of names) {
        const chromium = await startChromium();
        try {
          const page = await chromium.browser.newPage();
          const failed = new Promise((_, reject) => page.on('pageerror', reject));
          await page.goto(`http://127.0.0.1:${server.address().port}/${name}/index.html`);
          await Promise.race([page.waitForFunction(() => globalThis.cold), failed]);
          cold[name].push(await page.evaluate(() => globalThis.cold));
          const all = await page.evaluate((runs) => globalThis.warm(runs), WARM_RUNS);
          warm[name].push(...all.slice(WARM_RUNS / 2));
          if (run === 0 && name !== 'empty' && !(await page.evaluate(() => globalThis.refuses()))) {
            throw new Error(`${name} accepts a forged proof`);
          }
        } finally {
          await chromium.close();
        }
      }
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  return { cold, warm };
}

/** Compiles ark-groth16; where the toolchain has no Wasm target it is left out. */
function buildArk() {
  const tools = process.env['WATTPROOF_CACHE'] ?? join(homedir(), '.cache/wattproof');
  const env = { ...process.env, PATH: [process.env['PATH'], join(tools, 'tools/bin')].join(delimiter), CARGO_TARGET_DIR: work };
  const run = (program, args) => execFileSync(program, args, { cwd: join(here, 'ark'), env, stdio: ['ignore', 'ignore', 'inherit'] });
  const target = 'wasm32-unknown-unknown';
  try {
    run('cargo', ['build', '--quiet', '--release', '--locked', '--target', target]);
    const out = join(work, 'ark');
    rmSync(out, { recursive: true, force: true });
    run('wasm-bindgen', ['--target', 'web', '--out-dir', out, join(work, target, 'release/ark_cold.wasm')]);
    return existsSync(join(out, 'ark_cold_bg.wasm'));
  } catch {
    console.log('ark-groth16 could not be compiled to Wasm here: it is left out');
    return false;
  }
}

function download(name, files) {
  const own = [...files].filter(([path]) => path.startsWith(`/${name}/`) && !path.endsWith('.html'));
  return own.reduce((sum, [, bytes]) => sum + brotliCompressSync(bytes).length, 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await main();
