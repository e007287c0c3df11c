// The compiler, which is the npm package `solc` and downloads nothing, and where sources come from.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';

const require = createRequire(import.meta.url);

/// Cancun is what OpenZeppelin needs (MCOPY) and what nearly every chain has.
export const settings = {
  evmVersion: 'cancun',
  viaIR: true,
  optimizer: { enabled: true, runs: 1_000_000 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.deployedBytecode.immutableReferences', 'evm.methodIdentifiers'] } },
};

/// For what is deployed once and called now and then: a claim costs 0.2 % more gas, 580, and the settlement keeps 4 KB below the limit of 24,576.
export const COMPACT = { optimizer: { enabled: true, runs: 2_000 } };

/// Without the pipeline by way of Yul compiling takes seconds, not half a minute; the code is dearer, and the same otherwise.
export const QUICK = { viaIR: false, optimizer: { enabled: true, runs: 1 } };

/// What else the outcome depends on.
export const versions = () => [require('solc/package.json').version, require('@openzeppelin/contracts/package.json').version];

/// The compiler's own name for itself.
export const compiler = () => require('solc').version();

function solidityFiles(folder) {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && entry.name.endsWith('.sol'));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/// The sources by the names that imports use: paths from `root`.
export function sourcesOf(root, folders) {
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

/// What the compiler says, with `changes` to the settings. Warnings are errors, unless `lenient`.
export function compile(sources, changes = {}, lenient = false) {
  const solc = require('solc');
  const input = JSON.stringify({ language: 'Solidity', sources, settings: { ...settings, ...changes } });
  const output = JSON.parse(solc.compile(input, { import: library }));
  // Warnings of the library's own files, such as that transient storage needs care, are the library's.
  const findings = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === 'error' || (!lenient && !sourceLocation?.file.startsWith('@openzeppelin/')),
  );
  if (findings.length > 0) {
    throw new Error(findings.map((finding) => finding.formattedMessage).join('\n'));
  }
  return output;
}
