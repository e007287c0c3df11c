// What a browser downloads to verify: the package's browser entry, all it imports, and the Wasm.
// Prints one JSON object with bytes, raw and after brotli.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const folder = process.argv[1];
const first = (target) =>
  typeof target === 'string' ? target : target && first(target.browser ?? target.default);
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const entry = first(manifest.exports?.['.'] ?? manifest.exports) ?? manifest.main ?? 'index.js';

// Static imports and `new URL(…, import.meta.url)`; a dynamic import is for another platform.
const names = [
  /\b(?:from|import)\s*["'](\.[^"']+)["']/g,
  /new URL\(\s*["']([^"']+)["']\s*,\s*import\.meta\.url/g,
];
const seen = new Map();
const visit = (path) => {
  if (seen.has(path)) return;
  const bytes = readFileSync(path);
  seen.set(path, bytes);
  if (!path.endsWith('.js')) return;
  for (const name of names) {
    for (const [, relative] of bytes.toString().matchAll(name)) visit(join(dirname(path), relative));
  }
};
visit(join(folder, entry));

const size = { raw: 0, brotli: 0, wasm: 0, files: seen.size };
for (const [path, bytes] of seen) {
  size.raw += bytes.length;
  if (path.endsWith('.wasm')) size.wasm += bytes.length;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  size.brotli += brotliCompressSync(bytes, { params }).length;
}
console.log(JSON.stringify(size));
