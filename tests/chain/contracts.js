// Contracts as compiled by contracts/build.js, and how they get onto a chain.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const room = fileURLToPath(new URL('../../contracts/', import.meta.url));
const compile = (...args) => execFileSync(process.execPath, [join(room, 'build.js'), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
const read = (folder, name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

/** A contract of contracts/src or contracts/test. */
export function artefact(name) {
  compile();
  return read(join(room, 'out'), name);
}

/** A contract of a source of its own; compiled in `folder`. */
export function artefactOf(source, name, folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.sol`), source);
  compile(folder, join(folder, 'out'));
  return read(join(folder, 'out'), name);
}

/** Deploys it; `{ address, abi }`. */
export async function deploy({ client }, wallet, { abi, bytecode }, args = []) {
  const hash = await wallet.deployContract({ abi, bytecode, args });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  return { address: contractAddress.toLowerCase(), abi };
}
