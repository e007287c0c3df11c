// A stranger's project: the packed package, installed, and for each entry a module with one function
//
//   probe(how, wasmUrl): starts the package that way, judges, and returns the lines of what went wrong.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { project, root } from '../packaging/pack.js';
import { ENTRIES } from './entries.js';

/** Ways to start: `itself` without a call of `init`, the others with such a source. */
export const WAYS = ['itself', 'url', 'text', 'bytes', 'module', 'response'];

/** What an entry can be started with in a host that knows `ways`: one that brings its own Wasm needs no other. */
export const waysOf = (entry, ways = WAYS) =>
  entry.wasm === null ? ['itself'] : ways.filter((way) => entry.ways?.includes(way) ?? true);

/** Name of an entry's files. */
export const slug = (entry) => entry.name.replaceAll('/', '-');

/** Installs the package and writes the probes; `material(entry)` may give them more to judge. */
export function stage(material = (entry) => entry.material()) {
  const folder = project();
  const here = fileURLToPath(new URL('.', import.meta.url));
  cpSync(join(root, 'sdk/js/test/vector-runner.js'), join(folder, 'vector-runner.js'));
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/wattproof/package.json'), 'utf8'));
  const write = (name, text) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  for (const entry of ENTRIES) {
    cpSync(join(here, entry.probe), join(folder, entry.probe));
    write(`${slug(entry)}.material.js`, `export default ${JSON.stringify(material(entry))};\n`);
    const key = entry.name.replace('wattproof', '.');
    write(`${slug(entry)}.probe.js`, probe(entry, entry.name));
    // Without a bundler there are no bare names: the file that the package names for browsers.
    write(`${slug(entry)}.plain.js`, probe(entry, manifest.exports[key].default.replace('.', './node_modules/wattproof')));
  }
  return { folder, write };
}

// An entry without a choice may have no `init`, which bundlers would miss.
const start = (entry) => (waysOf(entry).length > 1 ? "if (how !== 'itself') await api.init(await SOURCES[how](wasm));" : '');

const probe = (entry, specifier) => `
  import * as api from '${specifier}';
  import { judge } from './${entry.probe}';
  import material from './${slug(entry)}.material.js';

  const SOURCES = {
    url: (url) => new URL(url),
    text: (url) => String(url),
    bytes: async (url) => (await fetch(url)).arrayBuffer(),
    module: async (url) => WebAssembly.compile(await (await fetch(url)).arrayBuffer()),
    response: (url) => fetch(url),
    given: (module) => module,
  };

  export async function probe(how, wasm) {
    try {
      ${start(entry)}
      return await judge(api, material);
    } catch (error) {
      return [String(error?.stack ?? error)];
    }
  }
`;
