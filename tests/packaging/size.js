// What a page downloads to verify: the Wasm and the minified JavaScript of the first entry, as brotli sends them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { pkg } from './pack.js';

/** Where Wasm and JavaScript together are meant to get, in bytes; `cargo xtask bench` reports the distance. */
export const BAR = 45_000;

/**
 * Most bytes that the tests let pass, above the bar, which is not reached yet. Where the standard library's source can be had it is
 * built along and the package has 62.6 KB; with the toolchain's own it has 68.9 KB, for which this leaves room.
 */
export const BUDGET = 70_000;

/** Bytes of both, compressed. */
export async function compressedSizes() {
  const entry = await build({ entryPoints: [join(pkg, 'index.js')], bundle: true, minify: true, format: 'esm', write: false });
  return {
    wasm: compressed(readFileSync(join(pkg, 'wattproof_wasm_bg.wasm'))),
    script: compressed(entry.outputFiles[0].contents),
  };
}

function compressed(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}
