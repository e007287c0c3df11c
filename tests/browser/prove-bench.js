// Proving beside snarkjs: one circuit, one claim, in turns. In Chromium with the same threads, and natively beside snarkjs in Node, each
// from files to a proof as a process of its own. Writes prove.json for `cargo xtask bench --peers`; asserts nothing but that each proves.
// What it needs is in target/demo and target/demo-keys (`cargo xtask demo`).
//
// snarkjs is given the very same key, constraints and assignment, as `wattproof snarkjs` writes them.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startChromium } from './chromium.js';
import { root, serveFiles } from './serve.js';

const RUNS = Number(process.env.WATTPROOF_RUNS ?? 7);

const folder = process.env.WATTPROOF_BENCH_DIR ?? join(root, 'target/bench');
const program = process.env.WATTPROOF_CLI ?? join(root, 'target/release/wattproof');
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
  for (const args of [['witness', '--package', witness, '-o', wtns], ['zkey', '--key', key, '-o', zkey]]) {
    execFileSync(program, ['--quiet', 'snarkjs', ...args], { cwd: root, stdio: 'inherit' });
  }
  return { verifying, witness, proving, zkey, wtns, key };
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

/** A process from its start to its end: milliseconds, and the most memory it held, in bytes. */
async function whole(command, args) {
  const start = performance.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  let peak = 0;
  const look = setInterval(() => {
    try {
      const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    } catch {
      // It ended, or this system does not tell.
    }
  }, 10);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code}`);
  return { milliseconds: performance.now() - start, peak };
}

/** The command line tool beside snarkjs in Node: package or witness and key in, proof out. Ours makes the witness too, and verifies. */
async function natively({ witness, key, zkey, wtns }) {
  const [bundle, script] = [inWork('bundle.json'), join(root, 'tests/browser/prove-snarkjs.js')];
  const runs = { ours: [], theirs: [] };
  for (let run = -1; run < RUNS; run += 1) {
    const ours = await whole(program, ['--quiet', 'prove', '--package', witness, '--key', key, '-o', bundle]);
    const theirs = await whole(process.execPath, [script, zkey, wtns, inWork('proof.json')]);
    // The first of each warms up the files.
    if (run >= 0) {
      runs.ours.push(ours);
      runs.theirs.push(theirs);
    }
  }
  const middle = (list, of) => median(list.map((run) => run[of]));
  const ratio = median(runs.theirs.map((their, i) => their.milliseconds / runs.ours[i].milliseconds));
  return [
    record('prove-process', middle(runs.ours, 'milliseconds'), 'ms'),
    record('prove-process-snarkjs', middle(runs.theirs, 'milliseconds'), 'ms'),
    record('prove-snarkjs-vs-native', ratio, 'x', '>= 8'),
    record('prove-process-memory', middle(runs.ours, 'peak') / 1e6, 'MB'),
    record('prove-process-snarkjs-memory', middle(runs.theirs, 'peak') / 1e6, 'MB'),
  ];
}

function record(name, value, unit, bar = null) {
  return { name, value: Number(value.toPrecision(4)), unit, bar };
}

async function main() {
  const files = await prepare();
  const records = await natively(files);
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
    for (const threads of new Set([1, cpus().length])) {
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
      records.push(
        record(`prove-chromium-${threads}`, same, 'ms'),
        record(`prove-chromium-${threads}-whole`, ours, 'ms'),
        record(`prove-chromium-${threads}-snarkjs`, theirs, 'ms'),
        record(`prove-chromium-${threads}-snarkjs-vs-wattproof`, theirs / same, 'x', '>= 4'),
      );
      await page.close();
    }
  } finally {
    await chromium.close();
    await server.close();
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'prove.json'), `${JSON.stringify(records, null, 2)}\n`);
  for (const { name, value, unit, bar } of records) console.log(`${name}: ${value} ${unit}${bar === null ? '' : ` (bar ${bar})`}`);
  // snarkjs's workers keep a process alive.
  process.exit();
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

await main();
