// wattproof/meter: the same readings, words and refusals as the command line.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createVerifier, ERROR_CODES, loadKey } from 'wattproof';
import {
  checkReadings,
  explainPolicy,
  importMeter,
  makeProfile,
  METER_ERROR_CODES,
  METER_FORMATS,
  openReadings,
  openWitness,
  periods,
  presets,
  selfSign,
  WattproofError,
} from 'wattproof/meter';
import * as meter from 'wattproof/meter';
import { wattproof } from './cli.js';

const data = new URL('../../../tests/data/', import.meta.url);
const read = (name) => readFileSync(new URL(name, data));
const folder = mkdtempSync(join(tmpdir(), 'wattproof-meter-'));
const put = (name, text) => writeFileSync(join(folder, name), text);
const get = (name) => readFileSync(join(folder, name), 'utf8');

function cli(...args) {
  const { code, out, err } = wattproof(folder, ...args);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return out;
}

const refusal = (code, place, words) => (error) => {
  assert.ok(error instanceof WattproofError, String(error));
  assert.equal(error.code, code, error.message);
  assert.deepEqual({ ...error.place }, place);
  assert.ok(error.remedy.length > 0 && !error.message.includes(error.remedy), error.message);
  if (words) assert.match(error.message, words);
  return true;
};

const FILES = [
  { name: 'green-button/sdge-hourly-2011-02.xml', series: 'feed', count: 672, start: 1_296_547_200n },
  { name: 'green-button/sdge-hourly-2011-03.xml', series: 'feed', count: 743, start: 1_298_966_400n },
  { name: 'csv/2011-02-rfc3339-wh.csv', series: 'import_wh', count: 672, start: 1_296_547_200n },
  { name: 'csv/2011-03-local-kwh.csv', series: 'Usage (kWh)', csv: { zone: 'America/Los_Angeles', decimal: 'comma' }, count: 743, start: 1_298_966_400n },
];

for (const { name, series, csv, count, start } of FILES) {
  test(`${name} gives what the command line gives`, async () => {
    put('file', read(name));
    cli('import', 'file', ...(csv ? ['--csv-zone', csv.zone, '--csv-decimal', csv.decimal] : []), '-o', 'readings.json');
    const options = csv ? { csv } : {};
    const imported = await importMeter(read(name), options);
    assert.equal(imported.readings, get('readings.json'));
    assert.deepEqual(await importMeter(read(name).toString(), options), imported, 'text and bytes are the same');
    assert.equal(imported.format, name.startsWith('csv') ? 'csv' : 'green-button');

    const [{ values, qualities, ...about }] = imported.series;
    assert.deepEqual(about, { name: series, quantity: 'energy', direction: 'import', unit: 'Wh', start, intervalSeconds: 3600 });
    assert.ok(values instanceof Uint32Array && qualities instanceof Uint8Array);
    assert.deepEqual([values.length, qualities.length], [count, count]);
    const file = JSON.parse(imported.readings).series[0];
    assert.deepEqual([...values], file.values);
    const runs = file.quality.flatMap(([from, n, word]) => Array.from({ length: n }, (_, i) => [from + i, word]));
    const words = ['measured', 'estimated', 'missing'];
    assert.deepEqual([...qualities].flatMap((q, i) => (q ? [[i, words[q]]] : [])), runs);
    assert.deepEqual(await openReadings(imported.readings), imported);
  });
}

/** One file of each format that `FILES` lacks, with the options that it needs, here and as the command line has them. */
const OTHERS = [
  { name: 'nem12/quality-400-30min.csv', format: 'nem12' },
  { name: 'ocmf/wrapped.xml', format: 'ocmf' },
  { name: 'ocmf/day.ocmf', format: 'ocmf', options: { registers: { intervalSeconds: 1800 } }, line: '--register-interval 1800' },
  { name: 'dsmr/autumn.txt', format: 'dsmr' },
  { name: 'sml/quarter-hours.bin', format: 'sml', options: { rounding: 'down' }, line: '--round down' },
  {
    name: 'sml/index.bin',
    format: 'sml',
    options: { format: 'sml', rounding: 'down', registers: { smlEpoch: 1_317_594_807n } },
    line: '--format sml --round down --sml-epoch 1317594807',
  },
  {
    name: 'json/tasmota.txt',
    format: 'json',
    options: { csv: { zone: 'Europe/Berlin' }, registers: { intervalSeconds: 300, toleranceSeconds: 30 } },
    line: '--csv-zone Europe/Berlin --register-interval 300 --register-tolerance 30',
  },
  { name: 'json/shelly.jsonl', format: 'json', options: { rounding: 'down' }, line: '--round down' },
  { name: 'json/home-assistant-history.json', format: 'json', options: { rounding: 'down' }, line: '--round down' },
  {
    name: 'json/home-assistant-statistics.json',
    format: 'json',
    options: { csv: { unit: 'kWh', time: 'end', value: 'sum', cumulative: true } },
    line: '--csv-unit kWh --csv-time end --csv-value sum --cumulative',
  },
];

for (const { name, format, options, line = '' } of OTHERS) {
  test(`${name} ${line} gives what the command line gives`, async () => {
    put('file', read(name));
    cli('import', 'file', ...line.split(' ').filter(Boolean), '-o', 'readings.json');
    const imported = await importMeter(read(name), options);
    assert.equal(imported.readings, get('readings.json'));
    assert.equal(imported.format, format);
    assert.ok(imported.series.length > 0 && imported.series.every(({ values }) => values.length > 0));
    assert.deepEqual(await openReadings(imported.readings), imported);
  });
}

test('every format has a file here, and can be asked for by its name', async () => {
  const told = await Promise.all([...FILES, ...OTHERS].map(async ({ name, csv, options }) => (await importMeter(read(name), options ?? { csv })).format));
  assert.deepEqual([...METER_FORMATS].sort(), [...new Set(told)].sort());
  // Asked for by name, each is read as what it is not: a refusal, never a format that is unknown.
  for (const format of METER_FORMATS) {
    await assert.rejects(importMeter(' ', { format }), (error) => error instanceof WattproofError);
  }
});

test('the Wasm takes every option that there is', async () => {
  const csv = {
    time: 'when',
    value: 1,
    quality: 'how',
    header: true,
    delimiter: ';',
    decimal: 'comma',
    zone: '+01:00',
    unit: 'kWh',
    timeFormat: 'local',
    timeLabel: 'end',
    intervalSeconds: 900,
    direction: 'generation',
    cumulative: false,
  };
  const registers = { intervalSeconds: 900, toleranceSeconds: 10, smlEpoch: 0n };
  const file = 'when;what;how\n2026-03-01 00:15;1,5;measured\n2026-03-01 00:30;0,0025;estimated\n';
  const { series } = await importMeter(file, { format: 'csv', rounding: 'down', series: 'what', csv, registers });
  const [{ values, qualities, ...about }] = series;
  assert.deepEqual(about, { name: 'what', quantity: 'energy', direction: 'generation', unit: 'Wh', start: 1_772_319_600n, intervalSeconds: 900 });
  assert.deepEqual([[...values], [...qualities]], [[1500, 2], [0, 1]]);
  const counted = await importMeter('t,Wh\n0,5\n900,12\n1800,30\n', { csv: { time: 't', cumulative: true } });
  assert.deepEqual([...counted.series[0].values], [7, 18]);
});

test('signatures are checked with the key that is given, and with no other', async () => {
  const file = read('ocmf/day.ocmf');
  const pem = read('ocmf/secp256r1.pem');
  const { notes, checked } = await importMeter(file);
  assert.equal(checked, null);
  assert.ok(notes.some((note) => note.includes('not checked')));
  const der = Buffer.from(pem.toString().split('\n').slice(1, -2).join(''), 'base64');
  const keys = [pem, pem.toString(), der, der.toString('hex'), der.toString('base64'), read('ocmf/secp256r1.crt')];
  for (const publicKey of keys) {
    const imported = await importMeter(file, { publicKey });
    put('day.ocmf', file);
    put('key', publicKey);
    const told = JSON.parse(cli('--json', 'import', 'day.ocmf', '--public-key', 'key', '-o', 'readings.json')).checked;
    assert.equal(imported.readings, get('readings.json'));
    assert.deepEqual(imported.checked, {
      algorithm: 'ECDSA-secp256r1-SHA256',
      keySha256: told.key_sha256,
      records: 12,
      payloadsSha256: told.payloads_sha256,
    });
    assert.ok(Object.isFrozen(imported.checked));
  }
  const { checked: none, ...rest } = await importMeter(file, { publicKey: pem });
  assert.deepEqual({ ...rest, checked: null }, await openReadings(rest.readings));
  assert.equal(none.records, 12);

  const changed = file.toString().replace('"RV":500.0', '"RV":400.0');
  await assert.rejects(importMeter(changed, { publicKey: pem }), refusal('bad-signature', { line: 1, field: 'SD' }));
  await assert.rejects(importMeter(file, { publicKey: read('ocmf/secp256k1.pem') }), refusal('other-algorithm', { line: 10, field: 'SA' }));
  await assert.rejects(importMeter(read('ocmf/secp192r1.ocmf'), { publicKey: read('ocmf/secp192r1.pem') }), refusal('unsupported-algorithm', {}, /secp192r1/));
  await assert.rejects(importMeter('time,Wh\n0,1\n900,1\n', { publicKey: pem }), refusal('not-signed', {}));
  for (const publicKey of ['', 'no key', new Uint8Array(100), pem.toString().slice(0, 90), new Uint8Array(65_536).fill(0x30)]) {
    await assert.rejects(importMeter(file, { publicKey }), refusal('bad-public-key', {}, /^options\.publicKey: /));
  }
  await assert.rejects(importMeter(file, { publicKey: new Uint8Array(65_537) }), (error) => error.code === 'too-large');
  await assert.rejects(importMeter(file, { publicKey: { kty: 'EC' } }), /^TypeError: options\.publicKey: expected the file's text or bytes/);
});

for (const curve of ['secp256r1', 'secp256k1', 'brainpool256r1', 'secp384r1', 'brainpool384r1']) {
  test(`signatures on ${curve}`, async () => {
    const { checked } = await importMeter(read(`ocmf/${curve}.ocmf`), { publicKey: read(`ocmf/${curve}.pem`) });
    assert.deepEqual([checked.algorithm, checked.records], [`ECDSA-${curve}-SHA256`, 1]);
  });
}

test('a market file names its registers and both sides, and one of them can be chosen', async () => {
  const file = read('nem12/b1e1k1q1-15min.csv');
  const { format, series, report } = await importMeter(file);
  assert.equal(format, 'nem12');
  assert.deepEqual(
    series.map(({ name, direction, values }) => [name, direction, values.length]),
    [
      ['NEM1202026/E1/15', 'import', 384],
      ['NEM1202026/B1/15', 'export', 384],
    ],
  );
  assert.deepEqual(
    report.series.map(({ marketDirection, conversion, estimated, total }) => [marketDirection, conversion, estimated, total]),
    [
      ['export', { from: 'KWH', exponent: 3 }, 384, 576_000n],
      ['import', { from: 'KWH', exponent: 3 }, 384, 576_000n],
    ],
  );
  assert.deepEqual(report.leftOut.map(({ name }) => name), ['NEM1202026/Q1/15', 'NEM1202026/K1/15']);
  assert.equal(Object.isFrozen(report.series), true);
  const one = await importMeter(file, { series: 'NEM1202026/B1' });
  assert.deepEqual(one.series.map(({ name }) => name), ['NEM1202026/B1/15']);
  await assert.rejects(importMeter(file, { series: 'NEM12' }), refusal('no-such-series', {}, /NEM1202026\/E1\/15/));
  await assert.rejects(importMeter(file, { series: 1 }), /^TypeError: options\.series: /);
  const broken = read('nem12/invalid/Example_NEM12_15min_200_30min_300.csv');
  await assert.rejects(importMeter(broken), refusal('interval-count', { line: 3, field: 'IntervalValue' }));
});

test('periods are the whole cells of the calendar', async () => {
  const { readings } = await importMeter(read('green-button/sdge-hourly-2011-02.xml'));
  const month = await periods({ policy: read('policies/month-sdge.json'), readings });
  assert.deepEqual(month, [{ name: '2011-02', start: 1_296_547_200n, end: 1_298_966_400n }]);
  const days = await periods({ policy: read('policies/day-sdge.json'), readings });
  const names = days.map(({ name }) => name);
  assert.ok(names.includes('2011-02-14') && days.length >= 27, names.join());
  for (const { name, start } of days.slice(0, 3)) {
    const { period } = await checkReadings({ policy: read('policies/day-sdge.json'), readings, period: name });
    assert.deepEqual([period.name, period.start], [name, start]);
  }
});

test('a check names each interval that fails, as the command line does', async () => {
  const { readings } = await importMeter(read('green-button/sdge-hourly-2011-02.xml'));
  const policy = read('policies/month-sdge.json').toString();
  const parts = { policy, readings, period: '2011-02' };
  assert.deepEqual(await checkReadings(parts), {
    meets: true,
    period: { name: '2011-02', start: 1_296_547_200n, end: 1_298_966_400n },
    failures: [],
  });

  const strict = JSON.parse(policy);
  strict.conditions.find(({ kind }) => kind === 'limit').value = '2000';
  const { meets, failures } = await checkReadings({ ...parts, policy: JSON.stringify(strict) });
  assert.equal(meets, false);
  put('strict.json', JSON.stringify(strict));
  put('readings.json', readings);
  const args = ['--policy', 'strict.json', '--readings', 'readings.json', '--period', '2011-02'];
  const told = JSON.parse(wattproof(folder, '--json', 'policy', 'check', ...args).out).failures;
  assert.ok(told.length > 0);
  assert.deepEqual(failures.map(({ text }) => text), told.map(({ text }) => text));
  const { conditions } = await explainPolicy(JSON.stringify(strict));
  const { start, values, intervalSeconds } = (await openReadings(readings)).series[0];
  for (const failure of failures) {
    assert.equal(conditions[failure.condition].kind, 'limit');
    assert.deepEqual([failure.kind, failure.reason, failure.bound], ['limit', 'above', 2000n]);
    const at = Number((failure.at - start) / BigInt(intervalSeconds));
    assert.equal(failure.actual, BigInt(values[at]));
    assert.match(failure.text, new RegExp(failure.atLocal));
  }
});

test('every preset explains itself, and compiles as on the command line', async () => {
  const all = await presets();
  assert.equal(all.length, readdirSync(new URL('../../../intake/presets/', import.meta.url)).length);
  for (const { name, title, summary, text } of all) {
    assert.ok(title.length > 0 && summary.length > 0, name);
    const said = await explainPolicy(text);
    assert.ok(said.conditions.length > 1 && said.outputs.every(({ unit }) => typeof unit === 'string'), name);
    assert.ok(said.circuit.constraints > 1000, name);
    put('agreement.toml', text);
    const told = JSON.parse(cli('--json', 'policy', 'explain', 'agreement.toml'));
    assert.equal(said.digest, BigInt(told.policy_digest), name);
    assert.deepEqual([said.circuit.name, said.circuit.constraints], [told.circuit, told.constraints], name);
    assert.equal(said.forOnePeriod, told.for_one_period, name);
    const again = await explainPolicy(said.policy);
    assert.equal(again.digest, said.digest, name);
  }
});

test('bad files are refused with their place', async () => {
  const csv = (text, options) => importMeter(text, { csv: { unit: 'Wh', ...options } });
  await assert.rejects(csv('time,value\n2011-02-01 00:00,1\n'), refusal('no-zone', { line: 2, field: 'time' }));
  await assert.rejects(csv('time,value\n1296547200,x\n'), refusal('not-a-number', { line: 2, field: 'value' }, /^file: line 2: value: /));
  await assert.rejects(csv('a,b\n1,2\n'), refusal('no-column', { line: 1, field: 'time' }));
  await assert.rejects(importMeter(''), refusal('empty-file', {}));
  await assert.rejects(importMeter(Uint8Array.of(0x61, 0xff)), refusal('not-utf8', { byte: 1 }));
  await assert.rejects(importMeter('<html></html>'), (error) => refusal('not-green-button', error.place)(error) && error.place.line === 1);
  await assert.rejects(csv('x', { zone: 'Mars/Olympus' }), refusal('bad-zone', {}, /^options\.csv\.zone: /));
  await assert.rejects(openReadings('{}'), refusal('malformed', {}, /^readings: /));

  const [{ text }] = await presets();
  const line = text.split('\n').findIndex((each) => each.startsWith('[[conditions]]')) + 1;
  const wrong = text.replace('kind = "completeness"', 'kind = "completness"');
  await assert.rejects(explainPolicy(wrong), (error) => {
    assert.equal(error.code, 'bad-policy');
    assert.ok(error.place.line > line && error.place.column > 0, JSON.stringify(error.place));
    assert.match(error.place.path, /^conditions\[0\]/);
    assert.match(error.remedy, /completeness/);
    return true;
  });
  await assert.rejects(explainPolicy(text, { period: 'February' }), refusal('bad-period', {}));
  await assert.rejects(explainPolicy(text, { period: '2011-02-01' }), refusal('period-off-calendar', {}));
  await assert.rejects(explainPolicy('{"wattproof":"policy/2"}'), refusal('unknown-version', {}));
  const { readings } = await importMeter(read('green-button/sdge-hourly-2011-02.xml'));
  const relay = read('policies/relay-bandwidth.json');
  await assert.rejects(checkReadings({ policy: relay, readings, period: '2011-02' }), refusal('readings-do-not-fit', {}));
});

test('arguments are refused by name', async () => {
  await assert.rejects(importMeter(undefined), /^TypeError: file: .* not undefined/);
  await assert.rejects(importMeter('x', { zone: 'UTC' }), /^TypeError: options: unknown member `zone`/);
  await assert.rejects(importMeter('x', { csv: { unit: 'J' } }), /^TypeError: options\.csv\.unit: /);
  await assert.rejects(importMeter('x', { csv: { time: 1.5 } }), /^TypeError: options\.csv\.time: /);
  await assert.rejects(periods({ policy: 'x' }), /^TypeError: readings: /);
  await assert.rejects(explainPolicy('x', { period: 3 }), /^TypeError: options\.period: /);
  await assert.rejects(checkReadings(null), /^TypeError: parts: expected an object, not null/);
  await assert.rejects(selfSign({ readings: 'x', policy: 'x', period: 'x' }), /^TypeError: context: /);
  const parts = { policy: 'x', key: 'x', period: 'x', context: { kind: 'challenge', verifier: 'v', nonce: 'n' } };
  await assert.rejects(makeProfile({ ...parts, roots: [1] }), /^TypeError: roots\[0\]: expected a bigint/);
  await assert.rejects(makeProfile({ ...parts, acceptL0: 'yes' }), /^TypeError: acceptL0: expected a boolean/);
});

const POLICY = `
wattproof = "agreement/1"
zone = "America/Los_Angeles"
period = "hour"
circuit = "custom"
least_level = "L0"
scope = { authority = "example-utility", name = "evening-cap" }
meter = { interval = "PT15M", value_bits = 16, registry_depth = 2 }
[channels.import]
[[conditions]]
kind = "limit"
channel = "import"
bound = "at-most"
value = "8 kW"
[[conditions]]
kind = "volume"
channel = "import"
max = "8 kWh"
reveal = "exact"
`;
const QUARTERS = `time,Wh\n${['17:00,310', '17:15,420', '17:30,530', '17:45,640'].map((row) => `2011-03-09 ${row}\n`).join('')}`;
const context = { kind: 'challenge', verifier: 'example-utility', nonce: `0x${'ab'.repeat(32)}` };

test('readings that their owner signs are proved and verified, at L0 only', async () => {
  const { readings } = await importMeter(QUARTERS, { csv: { zone: 'America/Los_Angeles' } });
  const parts = { readings, policy: POLICY, period: '2011-03-09T17', context };
  const { witness, registry, root } = await selfSign(parts);
  assert.notEqual((await selfSign(parts)).root, root, 'each claim has a device of its own');

  const opened = await openWitness(witness);
  assert.deepEqual([opened.level, opened.check.meets, opened.context], ['L0', true, context]);
  assert.equal(opened.period.name, '2011-03-09T17');
  assert.deepEqual([...opened.series[0].values], [310, 420, 530, 640]);

  put('witness.json', witness);
  put('policy.toml', POLICY);
  assert.match(cli('policy', 'check', '--package', 'witness.json'), /meet every condition/);
  const { verifying_key: keyFile } = JSON.parse(cli('--json', 'setup', '--policy', 'policy.toml', '-o', 'keys'));
  cli('prove', '--package', 'witness.json', '--keys', 'keys', '-o', 'bundle.json');

  const key = get(keyFile);
  const terms = { policy: POLICY, key, registry, period: '2011-03-09T17', context };
  await assert.rejects(makeProfile(terms), refusal('l0-not-accepted', {}));
  const profile = await makeProfile({ ...terms, acceptL0: true });
  const { registry: _, ...rest } = terms;
  assert.equal(await makeProfile({ ...rest, roots: [root], acceptL0: true }), profile);
  const verifier = await createVerifier({ key: await loadKey(key, { allowDevKeys: true }), profile });
  const claim = verifier.verify(get('bundle.json'));
  assert.deepEqual([claim.verdict, claim.level.least, claim.root], ['verified', 'L0', root]);
  assert.deepEqual(claim.outputs.map(({ value }) => value), [1900n]);

  const settlement = { kind: 'settlement', chainId: 1n, contract: `0x${'11'.repeat(20)}`, payee: `0x${'22'.repeat(20)}`, order: `0x${'33'.repeat(32)}` };
  assert.deepEqual((await openWitness((await selfSign({ ...parts, context: settlement })).witness)).context, settlement);
});

test('what its owner signs is no more than L0, and says what is missing', async () => {
  const { readings } = await importMeter(QUARTERS, { csv: { zone: 'America/Los_Angeles' } });
  const parts = { readings, policy: POLICY, period: '2011-03-09T17', context };
  const vouched = POLICY.replace('"L0"', '"L1"');
  await assert.rejects(selfSign({ ...parts, policy: vouched }), refusal('not-enrolled', {}, /least_level = "L0"/));
  await assert.rejects(selfSign({ ...parts, period: '2011-03-09T18' }), refusal('broken-chain', {}));
  await assert.rejects(selfSign({ ...parts, context: { ...context, nonce: '0x12' } }), (error) => error.code === 'malformed');
  const strict = await selfSign({ ...parts, policy: POLICY.replace('8 kW"', '2 kW"') });
  const { check } = await openWitness(strict.witness);
  assert.deepEqual(check.failures.map(({ kind, actual, bound }) => [kind, actual, bound]), [
    ['limit', 530n, 500n],
    ['limit', 640n, 500n],
  ]);
});

test('the example of the package works', async () => {
  const page = readFileSync(new URL('../../../pkg/README.md', import.meta.url), 'utf8');
  const [, names, body] = /<!-- meter -->\n```js\nimport \{ (.*) \} from 'wattproof\/meter';\n(.*?)```/s.exec(page);
  const said = [];
  const given = {
    meterFile: read('green-button/sdge-hourly-2011-02.xml'),
    agreement: read('policies/month-sdge.json').toString().replace('"L1"', '"L0"'),
    nonce: context.nonce,
    console: { log: (...words) => said.push(words) },
    meter,
  };
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction(...Object.keys(given), `const { ${names} } = meter;\n${body}\nreturn witness;`);
  assert.equal((await openWitness(await run(...Object.values(given)))).check.meets, true);
  assert.equal(said[0][0], 'Wh');
  assert.equal(said[0][1].length, 672);
});

test('no bytes make the Wasm trap', async () => {
  const samples = FILES.map(({ name }) => read(name).subarray(0, 4096));
  const random = generator(0x5eed);
  for (let round = 0; round < 400; round++) {
    const bytes = Uint8Array.from(round % 4 === 0 ? { length: random(300) } : samples[random(samples.length)], (b) => b ?? random(256));
    for (let i = random(6); i >= 0 && bytes.length > 0; i--) bytes[random(bytes.length)] = random(256);
    const cut = bytes.subarray(0, random(3) === 0 ? random(bytes.length + 1) : bytes.length);
    await settled(importMeter(cut, { csv: { zone: 'America/Los_Angeles', unit: 'Wh' } }));
  }
  const texts = [POLICY, read('policies/day-sdge.json').toString(), ...(await presets()).map(({ text }) => text)];
  const { readings } = await importMeter(QUARTERS, { csv: { zone: 'UTC' } });
  for (let round = 0; round < 300; round++) {
    const text = mutated(texts[round % texts.length], random);
    await settled(explainPolicy(text));
    await settled(checkReadings({ policy: text, readings: mutated(readings, random), period: '2011-03-09T17' }));
  }
  const { series } = await importMeter(read(FILES[0].name));
  assert.equal(series[0].values.length, 672, 'and it still works');
});

/** Either it works, or it is refused as anything else is. */
async function settled(promise) {
  await promise.catch((error) => {
    if (!(error instanceof WattproofError)) throw error;
    assert.ok([...ERROR_CODES, ...METER_ERROR_CODES].includes(error.code));
  });
}

function mutated(text, random) {
  const letters = [...text];
  const at = random(letters.length);
  letters.splice(at, random(4), ...['', '"', '9', '-', '[', '}', '\n', 'é', '1e9'][random(9)]);
  return letters.join('');
}

function generator(seed) {
  let state = BigInt(seed);
  return (below) => {
    state ^= state >> 12n;
    state = (state ^ (state << 25n)) & 0xffff_ffff_ffff_ffffn;
    state ^= state >> 27n;
    return Number(((state * 0x2545_f491_4f6c_dd1dn) & 0xffff_ffff_ffff_ffffn) >> 33n) % below;
  };
}
