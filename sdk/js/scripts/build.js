// Turns wasm-pack's output and src/ into the npm package in pkg/:
//
//   wasm-pack's NAME{.js,_bg.wasm,.d.ts}, sealed  +  src/*.ts  ->  pkg/
//
// and links node_modules/wattproof to it, so that the page and the tests import the package by its name. With a folder for an
// argument the package is built in there instead, from the same Wasm.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { link } from './link.js';
import { GLUE, GLUED, manifest, TWINS } from './manifest.js';
import { seal } from './seal.js';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const root = join(sdk, '..', '..');
const home = join(root, 'pkg');
const pkg = resolve(process.argv[2] ?? home);

function main() {
  if (pkg !== home) bring();
  for (const file of GLUE) {
    if (!existsSync(join(pkg, file))) {
      throw new Error(`pkg/${file} is missing: build the Wasm first (\`cargo xtask package\` does both)`);
    }
  }
  if (!existsSync(join(pkg, 'README.md'))) throw new Error('pkg/README.md is missing: it is part of the repository');
  clean();
  for (const name of GLUED) seal(pkg, name, [name, ...(TWINS[name] ?? [])]);
  compile();
  inlineWasm();
  copyLicences();
  const version = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')).version;
  writeFileSync(join(pkg, 'package.json'), `${JSON.stringify(manifest(version), null, 2)}\n`);
  if (pkg === home) link();
}

function bring() {
  mkdirSync(pkg, { recursive: true });
  for (const file of [...GLUE, 'README.md']) copyFileSync(join(home, file), join(pkg, file));
}

// Leftovers of an earlier build must not slip into the package.
function clean() {
  const keep = new Set([...GLUE, 'README.md']);
  for (const file of readdirSync(pkg)) {
    if (!keep.has(file)) rmSync(join(pkg, file), { recursive: true });
  }
}

function compile() {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = ['--project', join(sdk, 'tsconfig.json'), '--outDir', pkg];
  execFileSync(process.execPath, [join(typescript, 'bin', 'tsc'), ...args], { stdio: 'inherit' });
}

function inlineWasm() {
  const base64 = readFileSync(join(pkg, 'wattproof_wasm_bg.wasm')).toString('base64');
  writeFileSync(join(pkg, 'wattproof_wasm_base64.js'), `export const WASM_BASE64 =\n  '${base64}';\n`);
}

function copyLicences() {
  const licences = readdirSync(root).filter((file) => file.startsWith('LICENSE'));
  if (licences.length === 0) throw new Error('no LICENSE file at the root of the repository');
  for (const file of licences) copyFileSync(join(root, file), join(pkg, file));
}

main();
