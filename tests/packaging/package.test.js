// What is in the package, and that the usual checkers find nothing.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';
import { pack, pkg, root, temporaryFolder } from './pack.js';
import { BUDGET, compressedSizes } from './size.js';

const manifest = JSON.parse(readFileSync(join(pkg, 'package.json'), 'utf8'));

test('packing twice gives the same bytes, also after the TypeScript was built again', () => {
  const folder = temporaryFolder();
  const again = join(folder, 'built');
  execFileSync(process.execPath, [join(root, 'sdk/js/scripts/build.js'), again], { stdio: ['ignore', 'ignore', 'inherit'] });
  const { sha256 } = pack(join(folder, 'one'));
  assert.equal(pack(join(folder, 'two')).sha256, sha256);
  assert.equal(pack(join(folder, 'three'), again).sha256, sha256);
});

/** What each entry resolves to under any condition: `[entry, condition, file]`. */
const targets = Object.entries(manifest.exports).flatMap(([entry, target]) =>
  (typeof target === 'string' ? [['default', target]] : Object.entries(target)).map(([condition, file]) => [entry, condition, file]),
);

test('every entry resolves under every condition, types first', () => {
  const { files } = pack(temporaryFolder());
  for (const [entry, condition, file] of targets) {
    assert.match(file, /^\.\/[\w-]+/, `${entry} ${condition}`);
    assert.ok(files.includes(file.slice(2)), `${entry} ${condition}: ${file} is not in the package`);
  }
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    const conditions = Object.keys(target);
    assert.equal(conditions[0], 'types', entry);
    assert.equal(conditions.at(-1), 'default', entry);
  }
});

/** Files that `file` names: imports, and addresses beside itself, as code and as declarations. */
function named(file) {
  // A Wasm file is of no use without its glue, which two of them share.
  if (file.endsWith('_bg.wasm')) return [file.replace(/(_fused)?_bg\.wasm$/, '.js')];
  if (!/\.(js|d\.ts)$/.test(file)) return [];
  const text = readFileSync(join(pkg, file), 'utf8');
  const beside = (name) => posix.join(posix.dirname(file), name);
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.\.?\/[^'"]+)['"]/g)].map(([, name]) =>
    beside(file.endsWith('.d.ts') ? name.replace(/\.js$/, '.d.ts') : name),
  );
  const addresses = [...text.matchAll(/new URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url/g)].map(([, name]) => beside(name));
  return [...imports, ...addresses];
}

test('the package holds what its entries need, and nothing more', () => {
  const files = new Set(pack(temporaryFolder()).files);
  const needed = new Set(['package.json', 'README.md', 'LICENSE-MIT', 'LICENSE-APACHE']);
  const queue = targets.map(([, , file]) => file.slice(2));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (needed.has(file)) continue;
    assert.ok(files.has(file), `${file} is missing`);
    needed.add(file);
    queue.push(...named(file));
  }
  assert.deepEqual([...files].filter((file) => !needed.has(file)), [], 'nobody needs these');
  assert.deepEqual([...needed].filter((file) => !files.has(file)), []);
});

test('the manifest: ESM, no dependencies, no scripts', () => {
  assert.equal(manifest.name, 'wattproof');
  assert.equal(manifest.type, 'module');
  assert.equal(manifest.license, 'MIT OR Apache-2.0');
  assert.equal(manifest.sideEffects, false);
  assert.equal(manifest.scripts, undefined);
  for (const name of Object.keys(manifest.peerDependencies)) assert.equal(manifest.peerDependenciesMeta[name].optional, true, name);
  for (const kind of ['dependencies', 'optionalDependencies', 'bundleDependencies', 'bin']) {
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
