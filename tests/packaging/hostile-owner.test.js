// Hostile values for every argument of the entries of those who hold readings, as hostile.test.js has them for those who verify.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { NONCE, policy as policyOf, Workshop } from '../../sdk/js/test/workshop.js';
import { tool } from '../interop/tool.js';
import { inBytes, mutated, strange, text } from './hostile.js';
import { project } from './pack.js';

const LONG = process.env.WATTPROOF_LONG === '1';
const SEED = LONG ? Date.now() % 2 ** 31 : 2026;
/** Values for an argument; fewer where each starts a worker. */
const runs = (usual) => (LONG ? 50 * usual : usual);

const folder = project();
const installed = join(folder, 'node_modules/wattproof');
const load = (file, pkg = installed) => import(pathToFileURL(join(pkg, file)).href);
const meter = await load('meter-node.js');
const prove = await load('prove/node.js');
const aggregate = await load('aggregate/node.js');
const ceremony = await load('ceremony/node.js');
const { WattproofError } = meter;
const codes = new Set([...meter.ERROR_CODES, ...meter.METER_ERROR_CODES]);

const CSV = `time,Wh\n${['17:00,310', '17:15,420', '17:30,530', '17:45,640'].map((row) => `2011-03-09 ${row}\n`).join('')}`;
const csv = { zone: 'America/Los_Angeles' };
const policy = policyOf('exact').replace('"L1"', '"L0"');
const period = '2011-03-09T17';
const context = { kind: 'challenge', verifier: 'example-utility', nonce: NONCE };
const settlement = { kind: 'settlement', chainId: 1n, contract: `0x${'11'.repeat(20)}`, payee: `0x${'22'.repeat(20)}`, order: NONCE };

const HOMES = ['ann', 'bob', 'cem'];
const shop = new Workshop();
after(() => shop.close());

const good = { readings: '', witness: '', registry: '', key: '', provingKey: new Uint8Array(), ledger: '', sums: {}, zkey: new Uint8Array(), sign: {} };
let prover;

before(async () => {
  good.readings = (await meter.importMeter(CSV, { csv })).readings;
  shop.write('policy.json', policy);
  shop.setup();
  good.key = shop.text('key.vk.json');
  good.provingKey = new Uint8Array(readFileSync(shop.path('key.pk')));
  Object.assign(good, await meter.selfSign({ readings: good.readings, policy, period, context }));
  good.ledger = await prove.setBudget(undefined, 60);
  prover = await prove.createProver(proverParts());
  communitySum();
  const keys = mkdtempSync(join(tmpdir(), 'wattproof-ceremony-'));
  tool('make-tampered', keys);
  good.zkey = new Uint8Array(readFileSync(join(keys, 'initial.zkey')));
  rmSync(keys, { recursive: true, force: true });
  good.sign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
});

after(() => prover?.dispose());

/** Three homes' round, as the command line makes it. */
function communitySum() {
  shop.write('policy.json', policyOf('hidden'));
  shop.run('registry init --depth 2 -o registry.log');
  for (const name of HOMES) {
    shop.enrol(name, [310, 420, 530, 640]);
    shop.run(`aggregate key --name ${name} -o ${name}.mask.json --member-out ${name}.member.json`);
  }
  const { nonce } = shop.json(`aggregate roster ${HOMES.map((name) => `${name}.member.json`).join(' ')} --least 3 -o roster.json`);
  shop.setup();
  for (const name of HOMES) {
    shop.sign(name, 'community', nonce, 'package.json');
    shop.run(
      `prove --package package.json --key key.vk.json --roster roster.json --mask-key ${name}.mask.json
       --share ${name}.share.json -o ${name}.bundle.json`,
    );
  }
  shop.profile('community', nonce, 'profile.json');
  const all = (kind) => HOMES.map((name) => shop.text(`${name}.${kind}.json`));
  good.sums = {
    key: shop.text('key.vk.json'),
    profile: shop.text('profile.json'),
    roster: shop.text('roster.json'),
    bundles: all('bundle'),
    shares: all('share'),
    allowDevKeys: true,
  };
}

const proverParts = () => ({ verifyingKey: good.key, provingKey: good.provingKey, allowDevKeys: true, threads: 1 });

// A value that is right by chance, or the argument left out, may pass.
const file = (value) => fc.oneof({ weight: 2, arbitrary: strange }, text, inBytes(value), { weight: 3, arbitrary: mutated(value) });
/** A table has no members to change: it is cut, and a piece of it is another's. */
const table = (value) =>
  fc.oneof(
    strange,
    text,
    inBytes(value),
    fc
      .tuple(fc.nat(value.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, length, piece]) => () => value.slice(0, at) + piece + value.slice(at + length)),
  );
/** A binary file with some bytes written over, cut, or with bytes behind its end. */
const binary = (value) =>
  fc.oneof(
    strange,
    fc
      .tuple(fc.nat(value.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([at, piece]) => () => Uint8Array.from(value, (byte, i) => piece[i - at] ?? byte)),
    fc.nat(value.length).map((at) => () => value.slice(0, at)),
    fc.uint8Array({ minLength: 1 }).map((piece) => () => Uint8Array.of(...value, ...piece)),
  );
const other = fc.oneof({ weight: 3, arbitrary: strange }, text);
const explode = () => {
  throw new Error('a trap sprang');
};
const makers = (...list) => fc.constantFrom(...list);
/** An object of which one member is hostile, or that has one too many. */
const object = (whole) =>
  fc.oneof(
    strange,
    ...Object.keys(whole).map((name) => other.map((make) => () => ({ ...whole, [name]: make() }))),
    makers(
      () => ({ ...whole, ['x'.repeat(5_000)]: 1 }),
      () => Object.defineProperty({ ...whole }, Object.keys(whole)[0], { enumerable: true, get: explode }),
    ),
  );
const array = (whole) =>
  fc.oneof(
    other,
    fc.tuple(fc.nat(whole.length - 1), other).map(([i, make]) => () => whole.with(i, make())),
    makers(
      () => new Proxy(whole, { get: explode }),
      () => Array(1),
    ),
  );
/** Things that look like a browser's own. */
const lookalikes = (Class, own) =>
  fc.oneof(
    other,
    makers(
      () => Object.create(Class.prototype),
      () => new Proxy(own, { get: explode, getPrototypeOf: explode }),
      () => ({ ...own }),
    ),
  );

const CSV_OPTIONS = {
  time: 'time', value: 'Wh', quality: 1, header: true, delimiter: ',', decimal: 'point', zone: 'UTC', unit: 'Wh', timeFormat: 'auto',
  timeLabel: 'start', intervalSeconds: 900, direction: 'import',
};
const IMPORT = { format: 'csv', rounding: 'down', csv };

/** By function and argument: the hostile values, the names with which a TypeError may begin, the call, how often. */
const CALLS = {
  'meter.importMeter(file)': [() => table(CSV), /^file: /, (value) => meter.importMeter(value, { csv }), 120],
  'meter.importMeter(options)': [() => object(IMPORT), /^options/, (value) => meter.importMeter(CSV, value), 80],
  'meter.importMeter(options.csv)': [() => object(CSV_OPTIONS), /^options\.csv/, (value) => meter.importMeter(CSV, { csv: value }), 160],
  'meter.openReadings(readings)': [() => file(good.readings), /^readings: /, (value) => meter.openReadings(value), 120],
  'meter.periods(parts)': [() => strange, /^(parts|policy): /, (value) => meter.periods(value), 24],
  'meter.periods(policy)': [() => file(policy), /^policy: /, (value) => meter.periods({ policy: value, readings: good.readings }), 80],
  'meter.periods(readings)': [() => file(good.readings), /^readings: /, (value) => meter.periods({ policy, readings: value }), 80],
  'meter.explainPolicy(policy)': [() => file(policy), /^policy: /, (value) => meter.explainPolicy(value), 120],
  'meter.explainPolicy(options)': [() => object({ period }), /^options/, (value) => meter.explainPolicy(policy, value), 60],
  'meter.checkReadings(parts)': [() => object(checked()), /^(parts|policy|readings|period): /, (value) => meter.checkReadings(value), 120],
  'meter.openWitness(witness)': [() => file(good.witness), /^witness: /, (value) => meter.openWitness(value), 80],
  'meter.selfSign(parts)': [() => object(signed()), /^(parts|readings|policy|period|context|nameplate)\b/, (value) => meter.selfSign(value), 80],
  'meter.selfSign(context)': [
    () => fc.oneof(object(context), object(settlement)),
    /^context/,
    (value) => meter.selfSign({ ...signed(), context: value }),
    80,
  ],
  'meter.makeProfile(parts)': [
    () => object(profiled()),
    /^(parts|policy|key|registry|roots|period|context|acceptL0)\b/,
    (value) => meter.makeProfile(value),
    120,
  ],
  'meter.makeProfile(roots)': [() => array([1n, 2n]), /^roots/, (value) => meter.makeProfile({ ...profiled(), roots: value }), 40],
  'prove.setBudget(ledger)': [() => file(good.ledger), /^ledger: /, (value) => prove.setBudget(value, 60), 60],
  'prove.setBudget(bits)': [() => other, /^bits: /, (value) => prove.setBudget(good.ledger, value), 40],
  'prove.disclose(input)': [() => object(disclosed()), /^(disclose|witness|ledger): /, (value) => prove.disclose(value), 60],
  'prove.disclose(witness)': [() => file(good.witness), /^witness: /, (value) => prove.disclose({ witness: value }), 60],
  'prove.createProver(options)': [
    () => strange,
    /^(createProver|verifyingKey): /,
    (value) => prove.createProver(value),
    24,
  ],
  'prove.createProver(verifyingKey)': [() => file(good.key), /^verifyingKey: /, (value) => made({ verifyingKey: value }), 12],
  'prove.createProver(provingKey)': [
    () => fc.oneof(lookalikes(Blob, new Blob(['x'])), makers(() => 'file:///no/such/key', () => 'file:\0', () => 'http://[')),
    /^provingKey: /,
    (value) => made({ provingKey: value }),
    12,
  ],
  'prove.createProver(threads)': [() => other, /^threads: /, (value) => made({ threads: typeof value === 'number' && value > 1 ? -value : value }), 16],
  'prove.createProver(allowDevKeys)': [() => other, /^allowDevKeys: /, (value) => made({ allowDevKeys: value }), 16],
  'prove.createProver(cache)': [() => other, /^cache: /, (value) => made({ cache: value }), 16],
  'prove.createProver(signal)': [() => lookalikes(AbortSignal, AbortSignal.timeout(0)), /^signal: /, (value) => made({ signal: value }), 16],
  'prove.createProver(onProgress)': [
    () => other.filter((make) => typeof make() !== 'function'),
    /^onProgress: /,
    (value) => made({ onProgress: value }),
    16,
  ],
  'prover.prove(input)': [() => object(disclosed()), /^(prove|witness|ledger|embedPolicy|overBudget): /, (value) => prover.prove(value), 24],
  'prover.prove(embedPolicy, overBudget)': [
    () => other.filter((make) => make() !== undefined),
    /^(embedPolicy|overBudget): /,
    (value) => prover.prove({ ...disclosed(), embedPolicy: value, overBudget: value }),
    16,
  ],
  'prover.prove(options)': [() => strange, /^options: /, (value) => prover.prove(disclosed(), value), 16],
  'prover.prove(options.signal)': [
    () => lookalikes(AbortSignal, new AbortController().signal),
    /^signal: /,
    (value) => prover.prove(disclosed(), { signal: value }),
    16,
  ],
  'aggregate.openSums(input)': [() => strange, /^(openSums|key): /, (value) => aggregate.openSums(value), 24],
  ...Object.fromEntries(
    ['key', 'profile', 'roster'].map((name) => [
      `aggregate.openSums(${name})`,
      [() => file(good.sums[name]), new RegExp(`^${name}: `), (value) => aggregate.openSums({ ...good.sums, [name]: value }), 24],
    ]),
  ),
  ...Object.fromEntries(
    ['bundles', 'shares'].map((name) => [
      `aggregate.openSums(${name})`,
      [() => array(good.sums[name]), new RegExp(`^${name}`), (value) => aggregate.openSums({ ...good.sums, [name]: value }), 24],
    ]),
  ),
  'ceremony.contribute(zkey)': [
    () => fc.oneof(binary(good.zkey), lookalikes(Blob, new Blob(['x']))),
    /^zkey: /,
    (value) => ceremony.contribute(value, { name: 'Ada' }),
    60,
  ],
  'ceremony.contribute(options)': [
    () => object(contributing()),
    /^(options|name|entropy|sign|signal): /,
    (value) => ceremony.contribute(good.zkey, value),
    60,
  ],
  'ceremony.contribute(onProgress)': [
    () => other.filter((make) => typeof make() !== 'function'),
    /^onProgress: /,
    (value) => ceremony.contribute(good.zkey, { ...contributing(), onProgress: value }),
    16,
  ],
  'ceremony.contribute(sign)': [
    () => lookalikes(CryptoKey, good.sign.publicKey),
    /^sign: /,
    (value) => ceremony.contribute(good.zkey, { name: 'Ada', sign: { ...good.sign, publicKey: value } }),
    16,
  ],
  'ceremony.contributorLine(name)': [() => fc.oneof(other, text), /^name: /, (value) => ceremony.contributorLine(value, good.sign), 40],
  'ceremony.contributorLine(keys)': [() => object({ ...good.sign }), /^keys: /, (value) => ceremony.contributorLine('Ada', value), 40],
  'aggregate.openSums(allowDevKeys)': [
    () => other,
    /^allowDevKeys: /,
    (value) => aggregate.openSums({ ...good.sums, allowDevKeys: value === true ? undefined : value }),
    16,
  ],
};

function checked() {
  return { policy, readings: good.readings, period };
}

function signed() {
  return { readings: good.readings, policy, period, context, nameplate: 5000n };
}

function profiled() {
  return { policy, key: good.key, registry: good.registry, roots: [1n], period, context, acceptL0: true };
}

function contributing() {
  const { signal } = new AbortController();
  return { name: 'Ada', entropy: new Uint8Array([1]), sign: { ...good.sign }, signal };
}

function disclosed() {
  return { witness: good.witness, ledger: good.ledger };
}

async function made(changes) {
  const own = await prove.createProver({ ...proverParts(), ...changes });
  await own.dispose();
  return own;
}

/** Each entry's good call. */
const GOOD = {
  meter: async () => assert.equal((await meter.checkReadings(checked())).meets, true),
  prove: async () => assert.equal((await prove.disclose(disclosed())).revealed[0].value, 1900n),
  prover: async () => assert.equal((await prover.prove(disclosed())).disclosure.revealed[0].value, 1900n),
  ceremony: async () => assert.equal((await ceremony.contribute(good.zkey, contributing())).contribution, 1),
  aggregate: async () => assert.equal((await aggregate.openSums(good.sums)).sums[0].total, 5700n),
};

for (const [name, [values, names, call, usual]] of Object.entries(CALLS)) {
  test(`hostile values: ${name}`, async () => {
    const seen = new Map();
    const judge = async (make) => {
      const outcome = await call(make()).then(
        () => 'harmless',
        (error) => {
          assert.ok(error instanceof Error, 'what was thrown is no error');
          assert.ok(error.message.length < 1_000, `a message of ${error.message.length} characters`);
          if (error instanceof WattproofError) {
            assert.ok(codes.has(error.code) && error.message !== '' && error.remedy !== '', error.code);
            return error.code;
          }
          assert.ok(error instanceof TypeError, error);
          assert.match(error.message, names);
          return 'TypeError';
        },
      );
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    };
    await fc.assert(fc.asyncProperty(values(), judge), { numRuns: runs(usual), seed: SEED, endOnFailure: true, includeErrorInReport: true });
    console.log(`${name}: ${[...seen].map(([what, count]) => `${what} ${count}`).join(', ')}`);
    assert.ok(seen.has('TypeError'), 'no wrong type was among them');
    await GOOD[/^\w+/.exec(name)[0]]();
  });
}

test('hostile sources of the Wasm, before the start', async () => {
  // Modules are kept by their address.
  cpSync(installed, join(folder, 'fresh'), { recursive: true });
  const fresh = await load('meter-node.js', join(folder, 'fresh'));
  const unstarted = await load('prove/node.js', join(folder, 'fresh'));
  const verifying = readFileSync(join(installed, 'wattproof_wasm_bg.wasm'));
  const sources = fc.oneof(
    strange.filter((make) => make() !== undefined),
    text.filter((make) => make().length < 100_000),
    inBytes('\0asm\u0001\0\0\0'),
    makers(() => verifying),
  );
  const judge = async (make) => {
    const refused = (name) => (error) =>
      error.code === 'wasm-digest' || (error instanceof TypeError && error.message.startsWith(`${name}: `));
    await assert.rejects(fresh.init(make()), refused('source'));
    const wasm = make();
    await assert.rejects(unstarted.createProver({ ...proverParts(), wasm }), refused('wasm'));
  };
  await fc.assert(fc.asyncProperty(sources, judge), { numRuns: runs(100), seed: SEED, endOnFailure: true, includeErrorInReport: true });
  await fresh.init();
  assert.ok((await fresh.presets()).length > 0, 'a proper start still works');
  await (await unstarted.createProver(proverParts())).dispose();
});

test('a polluted Object.prototype opens no door', async () => {
  const { allowDevKeys: _, ...sums } = good.sums;
  const { allowDevKeys: __, ...parts } = proverParts();
  const { acceptL0: ___, ...terms } = profiled();
  const spent = { witness: good.witness, ledger: await prove.setBudget(undefined, 0) };
  const refusedAs = (code) => (error) => error.code === code;
  const members = ['allowDevKeys', 'acceptL0', 'overBudget'];
  for (const name of members) Object.defineProperty(Object.prototype, name, { value: true, configurable: true });
  try {
    await assert.rejects(aggregate.openSums(sums), refusedAs('dev-key'));
    await assert.rejects(prove.createProver(parts), refusedAs('dev-key'));
    await assert.rejects(meter.makeProfile(terms), refusedAs('l0-not-accepted'));
    await assert.rejects(prover.prove(spent), refusedAs('over-budget'));
  } finally {
    for (const name of members) delete Object.prototype[name];
  }
});
