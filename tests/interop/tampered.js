// Which keys that we refuse snarkjs accepts: the table in docs/CEREMONY.md.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as snarkjs from 'snarkjs';
import { silent } from './stage.js';
import { tool } from './tool.js';

const DOCUMENT = new URL('../../docs/CEREMONY.md', import.meta.url);
const HEAD = '| what was done to the key | ours refuses for | snarkjs |\n| --- | --- | --- |\n';
/** It has to hash 2^63 times: waited for in a process of its own. */
const ENDLESS = 'a beacon that nobody can check';

/** Makes the keys, and gives what was done to each; `judge` asks snarkjs. */
export function tampered() {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-tampered-'));
  const at = (name) => join(folder, name);
  tool('make-tampered', folder);
  return {
    list: JSON.parse(readFileSync(at('list.json'), 'utf8')),
    judge: ({ file, what }) => (what === ENDLESS ? waited : verdict)(at('initial.zkey'), at('p.ptau'), at(file)),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** In a word, what snarkjs says of a key. */
export async function verdict(initial, ptau, zkey) {
  // It prints some refusals past the logger.
  const { log } = console;
  console.log = () => {};
  try {
    return (await snarkjs.zKey.verifyFromInit(initial, ptau, zkey, silent)) ? 'ACCEPTS' : 'refuses';
  } catch {
    return 'fails';
  } finally {
    console.log = log;
  }
}

function waited(...files) {
  const script = `import { verdict } from ${JSON.stringify(import.meta.url)}; console.log(await verdict(...process.argv.slice(1))); process.exit();`;
  const options = { encoding: 'utf8', timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] };
  try {
    return execFileSync(process.execPath, ['--input-type=module', '--eval', script, ...files], options).trim();
  } catch (error) {
    if (error.code === 'ETIMEDOUT') return 'does not end';
    throw error;
  }
}

const row = ({ what, ours, theirs }) => `| ${what} | \`${ours}\` | ${theirs} |`;

/** The rows of the table as it stands, by what was done. */
export function written() {
  const [, rest] = readFileSync(DOCUMENT, 'utf8').split(HEAD);
  const rows = rest.slice(0, rest.indexOf('\n\n')).trim().split('\n');
  return new Map(rows.map((line) => [line.split(' | ')[0].slice(2), line]));
}

export const same = (one) => written().get(one.what) === row(one);

/** Asks snarkjs about all, and writes the table anew. */
export async function write() {
  const { list, judge, close } = tampered();
  const rows = [];
  for (const one of list) rows.push(row({ ...one, theirs: await judge(one) }));
  close();
  const [before, rest] = readFileSync(DOCUMENT, 'utf8').split(HEAD);
  writeFileSync(fileURLToPath(DOCUMENT), before + HEAD + rows.join('\n') + rest.slice(rest.indexOf('\n\n')));
}
