// Writes into glue which Wasm files it belongs to: their SHA-256, as `integrity` of `fetch` has it. What is started must have one of them, before it is compiled.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of an earlier build: the digest is always the last line. */
const OLD = /export const SHA256[^\n]*\n$/;

/** Seals `NAME.js` and `NAME.d.ts` to the Wasm files beside them that have this glue. */
export function seal(folder, name, wasms) {
  const digest = (wasm) => 'sha256-' + createHash('sha256').update(readFileSync(join(folder, `${wasm}_bg.wasm`))).digest('base64');
  append(join(folder, `${name}.js`), `export const SHA256 = [${wasms.map((wasm) => `'${digest(wasm)}'`).join(', ')}];`);
  append(join(folder, `${name}.d.ts`), 'export const SHA256: readonly string[];');
}

function append(file, line) {
  const text = readFileSync(file, 'utf8').replace(OLD, '');
  writeFileSync(file, `${text.replace(/\n*$/, '\n')}${line}\n`);
}
