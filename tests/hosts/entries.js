// The entries that every host tries, and what it tries with them. A new entry is a line here and, if its functions differ, a
// probe of its own.

import { readVectors } from '../../sdk/js/test/vectors.js';

/**
 * - `name`: as people import it
 * - `wasm`: the file that `init` can be given; null if the entry brings its own
 * - `probe`: a module in this folder, `judge(api, material)` -> the lines of what went wrong
 * - `material`: what the probe needs, as JSON
 */
export const ENTRIES = [
  { name: 'wattproof', wasm: 'wattproof_wasm_bg.wasm', probe: 'verify.js', material: oneOfEachVerdict },
  { name: 'wattproof/inline', wasm: null, probe: 'verify.js', material: oneOfEachVerdict },
];

/** The vectors, thinned out to one for each verdict and each code. */
export function oneOfEachVerdict() {
  const { cases, files } = readVectors();
  const first = new Map();
  for (const vector of cases) {
    const verdict = JSON.stringify(vector.expect);
    if (!first.has(verdict)) first.set(verdict, vector);
  }
  return { cases: [...first.values()], files, least: 15 };
}

/** All vectors. */
export function everyVector() {
  return { ...readVectors(), least: 60 };
}
