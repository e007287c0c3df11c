// Finds the vectors on disk.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../tests/vectors', import.meta.url));

/** Every case, in the order of file names, and the files that cases name. */
export function readVectors() {
  return {
    cases: Object.values(read('cases')).map((text) => JSON.parse(text)),
    files: { keys: read('keys'), profiles: read('profiles') },
  };
}

/** The first case that `matches`; its absence is an error. */
export function findCase(cases, what, matches) {
  const found = cases.find(matches);
  if (found === undefined) throw new Error(`tests/vectors has no case that is ${what}`);
  return found;
}

function read(kind) {
  const names = readdirSync(join(folder, kind)).filter((name) => name.endsWith('.json'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, kind, name), 'utf8')]));
}
