// Compiles the contracts: `node build.js` those of src/ and test/ into out/NAME.json, `node build.js FOLDER OUT` those of another
// folder. Warnings are errors. What did not change is not compiled again.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPACT, compile, compiler, QUICK, settings, sourcesOf, versions } from './compile.js';

const home = dirname(fileURLToPath(import.meta.url));

/// One file per contract of ours; two of one name would hide each other.
function artefacts(sources, contracts) {
  const made = new Map();
  for (const source of Object.keys(sources)) {
    for (const [name, { abi, evm }] of Object.entries(contracts[source] ?? {})) {
      // A generated verifier carries the interface that src/ has too.
      const bytecode = `0x${evm.bytecode.object}`;
      const deployedBytecode = `0x${evm.deployedBytecode.object}`;
      // Where immutable values are filled in when it is deployed.
      const immutables = Object.values(evm.deployedBytecode.immutableReferences ?? {}).flat();
      const text = JSON.stringify({ abi, bytecode, deployedBytecode, immutables, selectors: evm.methodIdentifiers }, null, 1);
      if (made.has(name) && made.get(name) !== text) {
        throw new Error(`${source}: another contract is called ${name} too; give it a name of its own`);
      }
      made.set(name, text);
    }
  }
  return made;
}

function build(root, folders, out, own) {
  const sources = sourcesOf(root, folders);
  // The campaign of mutants compiles generated verifiers again and again.
  const mutant = process.env.WATTPROOF_CONTRACTS_MUTANT !== undefined;
  const changes = mutant ? QUICK : own;
  const inputs = [sources, settings, changes, versions()];
  const tool = ['build.js', 'compile.js'].map((file) => readFileSync(join(home, file), 'utf8')).join('');
  const stamp = createHash('sha256').update(JSON.stringify(inputs)).update(tool).digest('hex');
  const mark = join(out, '.stamp');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) return;
  const made = artefacts(sources, compile(sources, changes, mutant).contracts);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, text] of made) writeFileSync(join(out, `${name}.json`), `${text}\n`);
  writeFileSync(mark, stamp);
  console.log(`contracts: ${made.size} compiled by solc ${compiler()}`);
}

const [folder, out] = process.argv.slice(2);
try {
  if (folder === undefined) build(home, ['src', 'test'], join(home, 'out'), COMPACT);
  else if (out === undefined) throw new Error('usage: node build.js [FOLDER OUT]');
  else build(folder, ['.'], out, {});
} catch (error) {
  console.error(String(error.message ?? error));
  process.exitCode = 1;
}
