// The examples of the README and of the declarations: they compile, strictly, and run.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { ERROR_CODES } from 'wattproof';
import { findCase, readVectors } from '../js/test/vectors.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const pkg = join(here, '../../pkg');
const run = promisify(execFile);

/** Declarations whose examples are about another entry than `wattproof`; a file of a new entry is added here. */
const ENTRY_OF = { 'inline.d.ts': 'wattproof/inline' };

const folder = mkdtempSync(join(tmpdir(), 'wattproof-examples-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `{ name, entry, code }` of each fenced block of JavaScript or TypeScript. */
function examples() {
  const files = readdirSync(pkg).filter((name) => name === 'README.md' || (name.endsWith('.d.ts') && !name.startsWith('wattproof_')));
  return files.flatMap((file) => {
    // Between such marks is an example that its entry's own tests run, with files of their own.
    const text = readFileSync(join(pkg, file), 'utf8')
      .replace(/<!-- (\w+) -->[^]*?<!-- \/\1 -->/g, '')
      .replace(/^ *\* ?/gm, '');
    return [...text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```/gm)].map(([, code], i) => ({
      name: `${file.replace('.d.ts', '')}-${i + 1}`,
      entry: ENTRY_OF[file] ?? 'wattproof',
      code,
    }));
  });
}

// What examples take for granted. The key is stamped as a ceremony's, so that nothing has to be allowed.
const { cases, files } = readVectors();
const good = findCase(cases, 'verified with a ceremony key', (vector) => vector.name === 'ceremony-key');
const material = { keyFile: files.keys[good.key], profile: good.profile_text, bundle: good.bundle };

const CONTEXT = `
  import type { VerifyingKey, Verifier } from 'wattproof';
  declare global {
    const keyFile: string, profile: string, bundle: string;
    const key: VerifyingKey, verifier: Verifier;
    const file: { text(): Promise<string> };
    function askForAnotherPeriod(): void;
    function show(message: string, remedy: string): void;
  }
`;

// The place of the page is a server that has the Wasm and the key where examples look for them.
const SETUP = `
  import { createVerifier, loadKey } from 'wattproof';
  const material = ${JSON.stringify(material)};
  const origin = process.argv[2];
  const fetched = globalThis.fetch;
  const refused = (...words) => console.log('REFUSED', ...words);
  Object.assign(globalThis, material, { askForAnotherPeriod: refused, show: refused, location: { origin } });
  globalThis.fetch = (what, ...rest) => fetched(typeof what === 'string' ? new URL(what, origin) : what, ...rest);
  globalThis.file = { text: async () => material.bundle };
  if (process.argv[3] === 'started') {
    globalThis.key = await loadKey(material.keyFile);
    globalThis.verifier = await createVerifier({ key: globalThis.key, profile: material.profile });
  }
`;

/** An example as a module: it imports what it names of the package, unless it does so itself. */
function moduleOf({ entry, code }) {
  const names = ['checkBundle', 'createVerifier', 'init', 'loadKey', 'wasmVersion', 'WattproofError'];
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  const own = code.includes("from 'wattproof") ? '' : `import { ${used.join(', ')} } from '${entry}';\n`;
  const reads = code.includes('readFile(') ? "import { readFile } from 'node:fs/promises';\n" : '';
  return `import './setup.js';\n${own}${reads}${code}export {};\n`;
}

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
  cpSync(join(pkg, 'wattproof_wasm_bg.wasm'), join(folder, 'wattproof.wasm'));
  server = createServer((request, response) => {
    const body = request.url === '/month.vk.json' ? material.keyFile : request.url === '/assets/wattproof.wasm' ? 'wattproof.wasm' : undefined;
    if (body === undefined) return response.writeHead(404).end();
    if (body !== 'wattproof.wasm') return response.end(body);
    response.writeHead(200, { 'Content-Type': 'application/wasm' }).end(readFileSync(join(folder, body)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});

after(() => server?.close());

test('examples were found, of the README too', () => {
  assert.ok(all.length >= 10, `only ${all.length}`);
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

for (const example of all) {
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
