// The examples of the README and of the declarations: they compile, strictly, and run.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { ERROR_CODES } from 'wattproof';
import { importMeter, selfSign } from 'wattproof/meter';
import { findCase, readVectors } from '../js/test/vectors.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const pkg = join(here, '../../pkg');
const run = promisify(execFile);

/** Declarations whose examples are about another entry than `wattproof`; a file of a new entry is added here. */
const ENTRY_OF = {
  'inline.d.ts': 'wattproof/inline',
  'l3/index.d.ts': 'wattproof/l3',
  'meter.d.ts': 'wattproof/meter',
  'prove/index.d.ts': 'wattproof/prove',
  'prove/types.d.ts': 'wattproof/prove',
  'aggregate/index.d.ts': 'wattproof/aggregate',
  'ceremony/index.d.ts': 'wattproof/ceremony',
  'evm/index.d.ts': 'wattproof/evm',
};
/** What takes keys and signed readings that fit each other: such examples are compiled only, and what they call sdk/js/test runs. */
const NEEDS_KEYS = /\b(createProver|prover\.prove|disclose|openSums|makeProfile|contribute)\(/;

const folder = mkdtempSync(join(tmpdir(), 'wattproof-examples-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `{ name, entry, code }` of each fenced block of JavaScript or TypeScript. */
function examples() {
  const files = readdirSync(pkg, { recursive: true })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name === 'README.md' || (name.endsWith('.d.ts') && !name.startsWith('wattproof_')));
  return files.flatMap((file) => {
    // Between such marks is an example that its entry's own tests run, with files of their own.
    const text = readFileSync(join(pkg, file), 'utf8')
      .replace(/<!-- (\w+) -->[^]*?<!-- \/\1 -->/g, '')
      .replace(/^ *\* ?/gm, '');
    return [...text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```/gm)].map(([, code], i) => ({
      name: `${file.replace('.d.ts', '').replaceAll('/', '-')}-${i + 1}`,
      entry: ENTRY_OF[file] ?? 'wattproof',
      code,
    }));
  });
}

// What examples take for granted. The key is stamped as a ceremony's, so that nothing has to be allowed.
const { cases, files } = readVectors();
const good = findCase(cases, 'verified with a ceremony key', (vector) => vector.name === 'ceremony-key');
const data = (name) => readFileSync(join(here, '../../tests/data', name), 'utf8');
const meterFile = data('green-button/sdge-hourly-2011-02.xml');
const agreement = data('policies/month-sdge.json').replace('"L1"', '"L0"');
const nonce = `0x${'ab'.repeat(32)}`;
const { readings } = await importMeter(meterFile);
const context = { kind: 'challenge', verifier: 'example-utility', nonce };
const { witness } = await selfSign({ readings, policy: agreement, period: '2011-02', context });
const material = {
  ...{ keyFile: files.keys[good.key], profile: good.profile_text, bundle: good.bundle, bundles: [good.bundle], names: ['a.json'] },
  ...{ meterFile, agreement, nonce, readings, witness },
};

const CONTEXT = `
  import type { VerifyingKey, Verifier } from 'wattproof';
  import type { Prover } from 'wattproof/prove';
  import type { Hex, Keccak256, Order } from 'wattproof/evm';
  declare global {
    const keyFile: string, profile: string, bundle: string, bundles: string[], names: string[];
    const meterFile: string, agreement: string, nonce: string, readings: string, witness: string, registry: string;
    const verifyingKey: string, ledger: string, stored: string, roster: string, shares: string[];
    const prover: Prover, signal: AbortSignal;
    const key: VerifyingKey, verifier: Verifier;
    const file: { text(): Promise<string> };
    const received: Blob, entropy: Uint8Array;
    const order: Order, contract: Hex, payee: Hex, keccak256: Keccak256;
    function askForAnotherPeriod(): void;
    function show(...words: unknown[]): void;
    function record(nullifier: bigint): void;
    function store(file: string): Promise<void>;
    function send(file: string | Uint8Array): Promise<void>;
    function publish(...texts: (string | undefined)[]): void;
  }
`;

// The place of the page is a server that has the Wasm and the key where examples look for them.
const SETUP = `
  import { createVerifier, loadKey } from 'wattproof';
  const material = ${JSON.stringify(material)};
  const origin = process.argv[2];
  const fetched = globalThis.fetch;
  const refused = (...words) => console.log('REFUSED', ...words);
  const kept = async (file) => void JSON.parse(file);
  Object.assign(globalThis, material, { askForAnotherPeriod: refused, show: refused, location: { origin } });
  Object.assign(globalThis, { store: kept, send: kept, record: (nullifier) => BigInt.asUintN(256, nullifier) });
  globalThis.fetch = (what, ...rest) => fetched(typeof what === 'string' ? new URL(what, origin) : what, ...rest);
  globalThis.file = { text: async () => material.bundle };
  // An order that the bundle is for: the hash gives the context that the bundle has.
  const { context, period } = JSON.parse(material.bundle).statement;
  const [address, word] = ['0x' + '22'.repeat(20), '0x' + '33'.repeat(32)];
  const [start, end] = [BigInt(period.start), BigInt(period.end)];
  const order = {
    ...{ kind: 0, policy: word, start, end, deadline: end, token: address, payer: address, payee: address },
    ...{ escrow: 1n, price: 1n, rate: 0n, per: 1n, output: 0, salt: word },
  };
  const keccak256 = () => '0x' + (BigInt(context) << 8n).toString(16).padStart(64, '0');
  Object.assign(globalThis, { order, keccak256, contract: address, payee: address });
  if (process.argv[3] === 'started') {
    globalThis.key = await loadKey(material.keyFile);
    globalThis.verifier = await createVerifier({ key: globalThis.key, profile: material.profile });
  }
`;

const EXPORTS = Object.fromEntries(
  await Promise.all([...new Set(['wattproof', ...Object.values(ENTRY_OF)])].map(async (name) => [name, Object.keys(await import(name))])),
);

/** An example as a module: it imports what it names of the package, unless it does so itself. */
function moduleOf({ entry, code }) {
  const used = EXPORTS[entry].filter((name) => new RegExp(`(?<!\\.)\\b${name}\\b`).test(code));
  const own = code.includes("from 'wattproof") ? '' : `import { ${used.join(', ')} } from '${entry}';\n`;
  const reads = code.includes('readFile(') ? "import { readFile } from 'node:fs/promises';\n" : '';
  return `import './setup.js';\n${own}${reads}${code}export {};\n`;
}

/** Where examples say that the Wasm was put. */
const WASM = { '/assets/wattproof.wasm': 'wattproof_wasm_bg.wasm', '/assets/wattproof_l3.wasm': 'wattproof_l3_bg.wasm', '/assets/meter.wasm': 'wattproof_meter_bg.wasm' };

let server;
let origin;
const all = examples();

before(async () => {
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(pkg, join(folder, 'node_modules/wattproof'), 'junction');
  const types = dirname(createRequire(import.meta.url).resolve('@types/node/package.json'));
  symlinkSync(types, join(folder, 'node_modules/@types/node'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'profile.json'), material.profile);
  writeFileSync(join(folder, 'context.d.ts'), CONTEXT);
  writeFileSync(join(folder, 'setup.js'), SETUP);
  writeFileSync(join(folder, 'setup.d.ts'), 'export {};\n');
  for (const example of all) writeFileSync(join(folder, `${example.name}.ts`), moduleOf(example));
  server = createServer((request, response) => {
    if (request.url === '/month.vk.json') return response.end(material.keyFile);
    const wasm = WASM[request.url];
    if (wasm === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(readFileSync(join(pkg, wasm)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => server?.close());

test('examples were found, of the README too', () => {
  assert.ok(all.length >= 24, `only ${all.length}`);
  for (const entry of Object.values(ENTRY_OF)) assert.ok(all.some((example) => example.entry === entry), entry);
  assert.ok(all.some(({ name }) => name.startsWith('README')));
});

test('every example compiles', () => {
  const program = ts.createProgram(['context.d.ts', ...all.map(({ name }) => `${name}.ts`)].map((name) => join(folder, name)), {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [join(folder, 'node_modules/@types')],
  });
  const faults = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? '' : `${file.fileName.split('/').pop()}: ${file.text.slice(start, start + 60).split('\n')[0]}: `;
    return line + ts.flattenDiagnosticMessageText(messageText, ' ');
  });
  assert.deepEqual(faults, []);
});

for (const example of all.filter(({ code }) => !NEEDS_KEYS.test(code))) {
  test(`runs: ${example.name}`, async () => {
    const { outputText } = ts.transpileModule(moduleOf(example), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, `${example.name}.js`), outputText);
    // An example that starts the package by itself must find it not yet started.
    const state = /\b(init|loadKey)\(/.test(example.code) ? 'fresh' : 'started';
    const { stdout } = await run(process.execPath, [`${example.name}.js`, origin, state], { cwd: folder });
    const refusal = [...ERROR_CODES, 'REFUSED'].find((code) => stdout.split(/\s/).includes(code));
    assert.equal(refusal, undefined, stdout);
    if (example.code.includes('console.log')) assert.notEqual(stdout, '');
  });
}
