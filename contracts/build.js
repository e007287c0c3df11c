// Compiles the contracts: `node build.js` those of src/ and test/ into out/NAME.json, `node build.js FOLDER OUT` those of another
// folder. The compiler is the npm package `solc`, which downloads nothing. Warnings are errors. What did not change is not compiled again.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const home = dirname(fileURLToPath(import.meta.url));

/// Cancun is what OpenZeppelin needs (MCOPY) and what nearly every chain has.
const settings = {
  evmVersion: 'cancun',
  viaIR: true,
  optimizer: { enabled: true, runs: 1_000_000 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers'] } },
};

function solidityFiles(folder) {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && entry.name.endsWith('.sol'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/// The sources by the names that imports use: paths from `root`.
function sourcesOf(root, folders) {
  const files = folders.flatMap((folder) => solidityFiles(join(root, folder)));
  const name = (file) => relative(root, file).split(sep).join('/');
  return Object.fromEntries(files.map((file) => [name(file), { content: readFileSync(file, 'utf8') }]));
}

/// A source that is not ours, from the npm package that the import names.
function library(name) {
  try {
    return { contents: readFileSync(require.resolve(name), 'utf8') };
  } catch (error) {
    return { error: `${name}: ${error.message}` };
  }
}

function compile(sources) {
  const solc = require('solc');
  const input = JSON.stringify({ language: 'Solidity', sources, settings });
  const output = JSON.parse(solc.compile(input, { import: library }));
  // Warnings of the library's own files, such as that transient storage needs care, are the library's.
  const findings = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === 'error' || !sourceLocation?.file.startsWith('@openzeppelin/'),
  );
  if (findings.length > 0) {
    throw new Error(findings.map((finding) => finding.formattedMessage).join('\n'));
  }
  return output.contracts;
}

/// One file per contract of ours; two of one name would hide each other.
function artefacts(sources, contracts) {
  const made = new Map();
  for (const source of Object.keys(sources)) {
    for (const [name, { abi, evm }] of Object.entries(contracts[source] ?? {})) {
      // A generated verifier carries the interface that src/ has too.
      const bytecode = `0x${evm.bytecode.object}`;
      const deployedBytecode = `0x${evm.deployedBytecode.object}`;
      const text = JSON.stringify({ abi, bytecode, deployedBytecode, selectors: evm.methodIdentifiers }, null, 1);
      if (made.has(name) && made.get(name) !== text) {
        throw new Error(`${source}: another contract is called ${name} too; give it a name of its own`);
      }
      made.set(name, text);
    }
  }
  return made;
}

function build(root, folders, out) {
  const sources = sourcesOf(root, folders);
  const inputs = [sources, settings, require('solc/package.json').version, require('@openzeppelin/contracts/package.json').version];
  const tool = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  const stamp = createHash('sha256').update(JSON.stringify(inputs)).update(tool).digest('hex');
  const mark = join(out, '.stamp');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) return;
  const made = artefacts(sources, compile(sources));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, text] of made) writeFileSync(join(out, `${name}.json`), `${text}\n`);
  writeFileSync(mark, stamp);
  console.log(`contracts: ${made.size} compiled by solc ${require('solc').version()}`);
}

const [folder, out] = process.argv.slice(2);
try {
  if (folder === undefined) build(home, ['src', 'test'], join(home, 'out'));
  else if (out === undefined) throw new Error('usage: node build.js [FOLDER OUT]');
  else build(folder, ['.'], out);
} catch (error) {
  console.error(String(error.message ?? error));
  process.exitCode = 1;
}
