// The entries that every host tries, and what it tries with them. A new entry is a line here and, if its functions differ, a
// probe of its own.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { tool } from '../interop/tool.js';

/**
 * - `name`: as people import it
 * - `wasm`: the file that it starts; null if the entry brings its own
 * - `workers`: whether it starts workers by their address, which no page does under trusted types without a policy of its own
 * - `ways`: how it can be started, of those in `stage.js`; all by default
 * - `only`: the hosts it is tried in; all by default
 * - `probe`: a module in this folder, `judge(api, material)` -> the lines of what went wrong
 * - `material`: what the probe needs, as JSON
 */
export const ENTRIES = [
  { name: 'wattproof', wasm: 'wattproof_wasm_bg.wasm', probe: 'verify.js', material: oneOfEachVerdict },
  {
    name: 'wattproof/l3',
    wasm: 'wattproof_l3_bg.wasm',
    probe: 'verify.js',
    material: () => ({ ...oneOfEachVerdict(), l3: true }),
    // Not esbuild, which leaves the address of the Wasm as it is: relative to a folder that its bundle is not in.
    only: ['page', 'vite', 'webpack', 'worker', 'node', 'bare', 'workerd', 'closed'],
  },
  { name: 'wattproof/inline', wasm: null, probe: 'verify.js', material: oneOfEachVerdict },
  {
    name: 'wattproof/meter',
    wasm: 'wattproof_meter_bg.wasm',
    probe: 'readings.js',
    material: meterFiles,
    only: ['page', 'vite', 'webpack', 'esbuild', 'worker', 'node', 'bare', 'workerd', 'closed'],
  },
  {
    name: 'wattproof/prove',
    wasm: 'wattproof_prove_bg.wasm',
    probe: 'disclosure.js',
    material: () => ({}),
    workers: true,
    ways: ['itself'],
    only: ['page', 'vite', 'webpack', 'node'],
  },
  {
    name: 'wattproof/aggregate',
    wasm: 'wattproof_prove_bg.wasm',
    probe: 'sums.js',
    material: noRoster,
    ways: ['itself'],
    only: ['page', 'vite', 'webpack', 'node'],
  },
  {
    name: 'wattproof/ceremony',
    wasm: 'wattproof_prove_bg.wasm',
    probe: 'contribution.js',
    material: initialKey,
    workers: true,
    ways: ['itself'],
    only: ['page', 'vite', 'webpack', 'node'],
  },
  {
    name: 'wattproof/evm',
    wasm: null,
    probe: 'calls.js',
    material: settlementClaim,
    only: ['page', 'vite', 'webpack', 'esbuild', 'worker', 'service worker', 'extension', 'firefox', 'node'],
  },
];

/** The entries that are tried in `host`. */
export const entriesIn = (host) => ENTRIES.filter(({ only }) => only?.includes(host) ?? true);

/** A file that can be read, and one that does not say its zone. */
function meterFiles() {
  const read = (name) => readFileSync(new URL(`../data/csv/${name}`, import.meta.url), 'utf8');
  return { good: read('2011-02-rfc3339-wh.csv'), count: 672, sum: 406_345, bad: 'time,Wh\n2011-02-01 00:00,300\n', code: 'no-zone' };
}

/** The files of a round whose roster is none, so that the Wasm has to say so. */
function noRoster() {
  const { cases, files } = readVectors();
  const { key, profile, bundle } = findCase(cases, 'verified', ({ expect }) => expect.verdict === 'verified');
  return { key: files.keys[key], profile: files.profiles[profile], bundle };
}

/** The initial key of a toy's ceremony. */
function initialKey() {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-ceremony-'));
  try {
    tool('make-tampered', folder);
    return { key: readFileSync(join(folder, 'initial.zkey')).toString('base64') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The proof of `small-settlement` as `wattproof snarkjs proof --calldata` has it. */
const WORDS = [
  '15694013304516337421168681698303182156086774881838920903850371229130482050551',
  '6232740246984437095045552845925150213212962568031904979907162996396499624387',
  '9777407140555587599672544792054940261070458109719298389470406346611690832851',
  '13364665635673849995960850075032947440691756827027456234956670797948957926266',
  '20422382253924588346695734317524851793942502957196925548911286666757661441461',
  '13120470869895779405311308534686717581940130476883351234655756774515141346457',
  '20557894223928629910921995673633153437448717506643375629944934378255796437278',
  '14991523934039195939534179195054708916871532344096805581764657273035355526613',
].join();

/** A bundle of the vectors that is for a settlement, its proof's words as Rust has them, and an order of its period; bigints as texts. */
function settlementClaim() {
  const { cases } = readVectors();
  const { bundle } = findCase(cases, 'for a settlement', ({ name }) => name === 'small-settlement');
  const { start, end } = JSON.parse(bundle).statement.period;
  const [address, word] = [`0x${'22'.repeat(20)}`, `0x${'33'.repeat(32)}`];
  const order = {
    ...{ kind: 0, policy: word, start: `${start}n`, end: `${end}n`, deadline: `${end}n`, token: address, payer: address, payee: address },
    ...{ escrow: '1n', price: '1n', rate: '0n', per: '1n', output: 0, salt: word },
  };
  return { bundle, words: WORDS, order };
}

/** The vectors, thinned out to one for each verdict and each code. */
export function oneOfEachVerdict() {
  const { cases, files } = readVectors();
  const first = new Map();
  for (const vector of cases) {
    const verdict = JSON.stringify(vector.expect);
    if (!first.has(verdict)) first.set(verdict, vector);
  }
  return { cases: [...first.values()], files, least: 15 };
}

/** All vectors. */
export function everyVector() {
  return { ...readVectors(), least: 60 };
}
