// Proving in Chromium beside snarkjs: one circuit, one claim, the same threads, in turns. Prints medians and asserts nothing.
// What it needs is in target/demo and target/demo-keys (`cargo xtask demo`).
//
// snarkjs is given the very same key, constraints and assignment, as `wattproof snarkjs` writes them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startChromium } from './chromium.js';
import { root, serveFiles } from './serve.js';

const RUNS = Number(process.env.WATTPROOF_RUNS ?? 7);

const demo = join(root, 'target/demo');
const work = join(root, 'target/prove-bench');
const inWork = (name) => join(work, name);

/** The day's keys and claim; the same for snarkjs. */
async function prepare() {
  const verifying = join(demo, 'day.vk.json');
  const witness = join(demo, 'day.package.json');
  for (const file of [verifying, witness]) {
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`cargo xtask demo\` first`);
  }
  const id = JSON.parse(readFileSync(verifying, 'utf8')).circuit_id;
  const proving = join(root, 'target/demo-keys', `${id.slice(0, 16)}.pk`);
  mkdirSync(work, { recursive: true });
  const [wtns, zkey] = ['witness.wtns', 'key.zkey'].map((name) => inWork(`${id.slice(0, 16)}.${name}`));
  const key = join(root, 'target/demo-keys', `${id.slice(0, 16)}.vk.json`);
  const words = ['run', '--quiet', '--release', '--locked', '-p', 'wattproof-cli', '--', '--quiet', 'snarkjs'];
  for (const args of [['witness', '--package', witness, '-o', wtns], ['zkey', '--key', key, '-o', zkey]]) {
    execFileSync('cargo', [...words, ...args], { cwd: root, stdio: 'inherit' });
  }
  return { verifying, witness, proving, zkey, wtns };
}

/** On the page: all the runs, in turns. Times in milliseconds. */
async function measure({ threads, runs, verifyingKey, witness }) {
  const { createProver } = await import('/pkg/prove/index.js');
  const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
  const [zkey, wtns] = await Promise.all([bytes('/zkey'), bytes('/wtns')]);
  const prover = await createProver({ verifyingKey, provingKey: '/proving-key', allowDevKeys: true, threads, cache: false });
  const ours = async () => (await prover.prove({ witness })).milliseconds;
  const theirs = async () => globalThis.snarkjs.groth16.prove(zkey, wtns, undefined, { singleThread: threads === 1 });
  const times = { ours: [], phases: [], theirs: [] };
  for (let run = -1; run < runs; run += 1) {
    let start = performance.now();
    const phases = await ours();
    const our = performance.now() - start;
    start = performance.now();
    const { proof, publicSignals } = await theirs();
    const their = performance.now() - start;
    // The first of each warms up.
    if (run < 0) {
      const { groth16, zKey } = globalThis.snarkjs;
      const key = await zKey.exportVerificationKey(zkey);
      if (!(await groth16.verify(key, publicSignals, proof))) throw new Error('the proof by snarkjs does not verify');
      continue;
    }
    times.ours.push(our);
    times.theirs.push(their);
    times.phases.push(phases);
  }
  await prover.dispose();
  return times;
}

async function main() {
  const files = await prepare();
  const served = {
    '/proving-key': files.proving,
    '/zkey': files.zkey,
    '/wtns': files.wtns,
    '/snarkjs.js': join(root, 'node_modules/snarkjs/build/snarkjs.min.js'),
  };
  const server = await serveFiles({}, (path) => (served[path] === undefined ? undefined : readFileSync(served[path])));
  const chromium = await startChromium();
  try {
    // snarkjs has a worker for each processor, or none: these are the numbers that can be compared.
    for (const threads of [1, cpus().length]) {
      const page = await chromium.browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.url);
      await page.addScriptTag({ url: '/snarkjs.js' });
      const input = { threads, runs: RUNS, verifyingKey: readFileSync(files.verifying, 'utf8'), witness: readFileSync(files.witness, 'utf8') };
      const times = await page.evaluate(measure, input);
      const [ours, theirs] = [median(times.ours), median(times.theirs)];
      // snarkjs is handed its witness ready-made, and verifies nothing: the same work is `prove` alone.
      const same = median(times.phases.map(({ prove }) => prove));
      const phase = (name) => Math.round(median(times.phases.map((phases) => phases[name])));
      console.log(
        `${threads} thread(s), ${RUNS} runs each: wattproof ${Math.round(ours)} ms (witness ${phase('witness')}, ` +
          `prove ${phase('prove')}, verify ${phase('verify')}), snarkjs ${Math.round(theirs)} ms; ` +
          `snarkjs over prove ${(theirs / same).toFixed(2)}`,
      );
      await page.close();
    }
  } finally {
    await chromium.close();
    await server.close();
  }
  // snarkjs's workers keep a process alive.
  process.exit();
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await main();
