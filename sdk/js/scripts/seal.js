// Writes into a Wasm file's glue which Wasm it belongs to: its SHA-256, which is compared before anything is compiled.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of an earlier build: the digest is always the last line. */
const OLD = /export const SHA256[^\n]*\n$/;

/** Seals `NAME.js` and `NAME.d.ts` to the `NAME_bg.wasm` beside them. */
export function seal(folder, name) {
  const digest = createHash('sha256').update(readFileSync(join(folder, `${name}_bg.wasm`))).digest('base64');
  append(join(folder, `${name}.js`), `export const SHA256 = '${digest}';`);
  append(join(folder, `${name}.d.ts`), 'export const SHA256: string;');
}

function append(file, line) {
  const text = readFileSync(file, 'utf8').replace(OLD, '');
  writeFileSync(file, `${text.replace(/\n*$/, '\n')}${line}\n`);
}
