// The packed package, installed into an empty project, runs in Node and through bundlers.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { project, root } from './pack.js';

const folder = project();

// One project serves all: a page's module that judges a good bundle and reports by console.
const script = (entry) => `
  import { createVerifier, loadKey, WattproofError, wasmVersion } from '${entry}';
  const code = await loadKey('{}').then(() => 'loaded', (error) => error instanceof WattproofError && error.code);
  console.log(JSON.stringify({ version: wasmVersion(), code, verifier: typeof createVerifier }));
`;

function check(output) {
  const { version, code, verifier } = JSON.parse(output);
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.ok(['malformed', 'unknown-version'].includes(code), `an empty key was not refused: ${code}`);
  assert.equal(verifier, 'function');
}

function node(file) {
  return execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
}

function write(name, text) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

test('the install brought one package', () => {
  assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['wattproof']);
});

for (const entry of ['wattproof', 'wattproof/inline']) {
  test(`Node imports ${entry}`, () => {
    check(node(write(`node-${entry.length}.js`, script(entry))));
  });
}

// The same for meter files: a module that imports one and says what it holds.
const meterScript = `
  import { importMeter, WattproofError } from 'wattproof/meter';
  const { series } = await importMeter('time,Wh\\n2011-02-01T00:00:00Z,1\\n2011-02-01T01:00:00Z,2\\n');
  const code = await importMeter('').then(() => 'imported', (error) => error instanceof WattproofError && error.code);
  console.log(JSON.stringify({ values: [...series[0].values], code }));
`;
const checkMeter = (output) => assert.deepEqual(JSON.parse(output), { values: [1, 2], code: 'empty-file' });

test('Node imports wattproof/meter', () => checkMeter(node(write('node-meter.js', meterScript))));

test('esbuild bundles wattproof/meter; the Wasm is copied beside it', async () => {
  const outdir = join(folder, 'bundled/meter');
  const options = { bundle: true, format: 'esm', platform: 'node', outdir, logLevel: 'silent' };
  const { warnings } = await esbuild.build({ entryPoints: [write('meter.js', meterScript)], ...options });
  assert.deepEqual(warnings, []);
  const name = 'wattproof_meter_bg.wasm';
  cpSync(join(folder, 'node_modules/wattproof', name), join(outdir, name));
  checkMeter(node(join(outdir, 'meter.js')));
});

test('Vite builds a page with the meter\'s Wasm as one asset', async () => {
  write('meter-page/index.html', '<!doctype html><script type="module" src="./main.js"></script>');
  write('meter-page/main.js', meterScript);
  const root = join(folder, 'meter-page');
  const build = { assetsInlineLimit: 0, target: 'es2022' };
  await vite.build({ root, configFile: false, logLevel: 'silent', build });
  const assets = readdirSync(join(root, 'dist/assets'));
  assert.deepEqual(assets.filter((file) => file.endsWith('.wasm')).length, 1, assets.join(' '));
});

test('Node requires it from CommonJS by import()', () => {
  check(node(write('common.cjs', `import('./node-9.js');`)));
});

test('esbuild bundles the inline entry into one file that runs', async () => {
  const outfile = join(folder, 'bundled/inline.js');
  await esbuild.build({
    entryPoints: [write('inline.js', script('wattproof/inline'))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    outfile,
    logLevel: 'silent',
  });
  check(node(outfile));
});

test('esbuild bundles the first entry; the Wasm is copied beside it', async () => {
  const outdir = join(folder, 'bundled/copied');
  const { warnings } = await esbuild.build({
    entryPoints: [write('first.js', script('wattproof'))],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outdir,
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  cpSync(join(folder, 'node_modules/wattproof/wattproof_wasm_bg.wasm'), join(outdir, 'wattproof_wasm_bg.wasm'));
  check(node(join(outdir, 'first.js')));
});

test('Vite builds a page with the Wasm as one asset', async () => {
  write('page/index.html', '<!doctype html><script type="module" src="./main.js"></script>');
  write('page/main.js', script('wattproof'));
  await vite.build({
    root: join(folder, 'page'),
    configFile: false,
    logLevel: 'silent',
    build: { assetsInlineLimit: 0, target: 'es2022' },
  });
  const assets = readdirSync(join(folder, 'page/dist/assets'));
  const wasm = assets.filter((name) => name.endsWith('.wasm'));
  assert.equal(wasm.length, 1, assets.join(' '));
  const bytes = readFileSync(join(folder, 'page/dist/assets', wasm[0]));
  assert.ok(bytes.equals(readFileSync(join(folder, 'node_modules/wattproof/wattproof_wasm_bg.wasm'))));
  const code = assets.filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(folder, 'page/dist/assets', name), 'utf8'));
  assert.ok(code.some((text) => text.includes(wasm[0])), 'no script names the Wasm');
  assert.ok(!code.some((text) => text.includes('node:fs')), 'the Node entry went into the page');
});

test('unused parts fall away', async () => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: `import { ERROR_CODES } from 'wattproof'; console.log(ERROR_CODES.length);`, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  assert.ok(outputFiles[0].contents.length < 2_000, `${outputFiles[0].contents.length} bytes for a list of names`);
});

test('a strict TypeScript project compiles against it, libraries checked', () => {
  write(
    'typed.ts',
    `import { checkBundle, createVerifier, loadKey, WattproofError, type ErrorCode, type VerifiedClaim } from 'wattproof';
     import { loadKey as inlineLoad } from 'wattproof/inline';
     import { checkReadings, importMeter, type CheckFailure, type MeterErrorCode } from 'wattproof/meter';
     export async function failing(file: Uint8Array, policy: string): Promise<readonly CheckFailure[] | MeterErrorCode> {
       const { readings, series } = await importMeter(file, { csv: { zone: 'UTC', unit: 'kWh', time: 0 } });
       const values: Uint32Array | undefined = series[0]?.values;
       if (values === undefined) return 'no-readings';
       return (await checkReadings({ policy, readings, period: '2011-02' })).failures;
     }
     export async function run(key: string, profile: Uint8Array, bundle: string): Promise<VerifiedClaim | ErrorCode> {
       using loaded = await loadKey(key, { allowDevKeys: true });
       using verifier = await createVerifier({ key: loaded, profile });
       try {
         const claim = verifier.verify(bundle);
         const total: bigint = claim.outputs.reduce((sum, output) => sum + (output.value ?? 0n), 0n);
         if (claim.context.kind === 'settlement' && claim.context.chainId + total > 0n) return claim;
         return claim;
       } catch (error) {
         if (error instanceof WattproofError) return error.code;
         throw error;
       }
     }
     export const same: typeof loadKey = inlineLoad;
     // @ts-expect-error a parsed object is not a file
     export const wrong = (verifierKey: Parameters<typeof checkBundle>[0]) => checkBundle(verifierKey, {});
     // @ts-expect-error not a code
     export const code: ErrorCode = 'oops';
    `,
  );
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const types = dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
  for (const [module, resolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ]) {
    // A page, a program for Node, and a runtime that has neither's types.
    for (const [lib, kinds] of [
      ['ES2022,DOM,ESNext.Disposable', ''],
      ['ES2022,ESNext.Disposable', 'node'],
      ['ES2022,ESNext.Disposable', ''],
    ]) {
      const options = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false', '--noEmit'];
      options.push('--target', 'ES2022', '--module', module, '--moduleResolution', resolution, '--lib', lib);
      options.push('--typeRoots', types, '--types', kinds);
      try {
        execFileSync(process.execPath, [tsc, ...options, 'typed.ts'], { cwd: folder, encoding: 'utf8' });
      } catch (error) {
        assert.fail(`${resolution}, ${lib}, ${kinds}: ${error.stdout}`);
      }
    }
  }
});

test('the workspace link is this package', async () => {
  const own = await import(pathToFileURL(join(root, 'pkg/node.js')).href);
  assert.equal((await import('wattproof')).loadKey, own.loadKey);
});
