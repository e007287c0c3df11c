// What is in the package, and that the usual checkers find nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';
import { pack, pkg, root, temporaryFolder } from './pack.js';
import { BUDGET, compressedSizes } from './size.js';

const manifest = JSON.parse(readFileSync(join(pkg, 'package.json'), 'utf8'));

test('packing twice gives the same bytes', () => {
  const folder = temporaryFolder();
  assert.equal(pack(join(folder, 'one')).sha256, pack(join(folder, 'two')).sha256);
});

test('the package holds what it should, and no more', () => {
  const { files } = pack(temporaryFolder());
  for (const file of ['README.md', 'index.js', 'index.d.ts', 'node.js', 'inline.js', 'inline.d.ts', 'wattproof_wasm_bg.wasm']) {
    assert.ok(files.includes(file), `${file} is missing`);
  }
  assert.ok(files.some((file) => file.startsWith('LICENSE')), 'no licence');
  for (const file of files) assert.match(file, /^((meter|prove|aggregate)\/)?[\w-]+\.(js|d\.ts|wasm|json|md)$|^LICENSE/, `${file} does not belong`);
});

test('every file that the code imports is in the package', () => {
  const { files } = pack(temporaryFolder());
  for (const file of files.filter((name) => /\.(js|d\.ts)$/.test(name))) {
    // Workers and Wasm are named by URLs.
    for (const [, name] of readFileSync(join(pkg, file), 'utf8').matchAll(/(?:from|import|new URL)\s*\(?['"](\.\.?\/[^'"]+)['"]/g)) {
      const path = join(dirname(file), name);
      const wanted = file.endsWith('.d.ts') ? path.replace(/\.js$/, '.d.ts') : path;
      assert.ok(files.includes(wanted), `${file} imports ${wanted}`);
    }
  }
});

test('the manifest: ESM, no dependencies, no scripts', () => {
  assert.equal(manifest.name, 'wattproof');
  assert.equal(manifest.type, 'module');
  assert.equal(manifest.license, 'MIT OR Apache-2.0');
  assert.equal(manifest.sideEffects, false);
  assert.equal(manifest.scripts, undefined);
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies', 'bin']) {
    assert.equal(manifest[kind], undefined, kind);
  }
});

test('publint finds nothing', async () => {
  const { messages } = await publint({ pkgDir: pkg, strict: true, pack: false });
  assert.deepEqual(messages, []);
});

test('are the types wrong? no', () => {
  const { tarball } = pack(temporaryFolder());
  const attw = dirname(createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json'));
  const wasms = Object.keys(manifest.exports).filter((name) => name.endsWith('.wasm'));
  const { bin } = JSON.parse(readFileSync(join(attw, 'package.json'), 'utf8'));
  const program = join(attw, typeof bin === 'string' ? bin : bin.attw);
  const args = [program, tarball, '--profile', 'esm-only', '--no-emoji', '--exclude-entrypoints', ...wasms];
  execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
});

test('Wasm and JavaScript stay within their budget of brotli', async () => {
  const { wasm, script } = await compressedSizes();
  console.log(`brotli: Wasm ${wasm} + JavaScript ${script} = ${wasm + script} of ${BUDGET} bytes`);
  assert.ok(wasm + script <= BUDGET, `${wasm} + ${script} bytes is over ${BUDGET}`);
});
