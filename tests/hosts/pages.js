// Pages around the probes: without a bundler, and as each bundler makes them.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import webpack from 'webpack';
import { entriesIn } from './entries.js';
import { slug } from './stage.js';

const page = (script, type = 'module') =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>probe</title><script type="${type}" src="${script}"></script></html>\n`;

/** A module that calls the probe as the page's address says, and leaves the result in `globalThis.result`. */
const main = (probe) => `
  import { probe } from '${probe}';
  const asked = new URLSearchParams(location.search);
  globalThis.result = probe(asked.get('how'), asked.get('wasm'));
`;

/** `name/<entry>.html` and its script, without a bundler. */
export function plainPage({ write }, name, entry) {
  write(`${name}/${slug(entry)}.js`, main(`../${slug(entry)}.plain.js`));
  write(`${name}/${slug(entry)}.html`, page(`./${slug(entry)}.js`));
}

/** The page starts this worker, which answers one message: how, and the Wasm's address. */
export const worker = (entry, start) => `
  import { probe } from '../${slug(entry)}.plain.js';
  addEventListener('message', async ({ data, source }) => (source ?? self).postMessage(await probe(data.how, data.wasm)));
  ${start}
`;

/** Bundles the page of each entry into `<bundler>/`; esbuild copies no assets, so that the Wasm is put beside the script. */
export const BUNDLERS = {
  async vite({ folder, write }) {
    const input = {};
    for (const entry of entriesIn('vite')) {
      write(`vite-source/${slug(entry)}.js`, main(`../${slug(entry)}.probe.js`));
      input[slug(entry)] = write(`vite-source/${slug(entry)}.html`, page(`./${slug(entry)}.js`));
    }
    await vite.build({
      root: join(folder, 'vite-source'),
      base: './',
      configFile: false,
      logLevel: 'silent',
      build: { outDir: '../vite', assetsInlineLimit: 0, target: 'es2022', rollupOptions: { input } },
    });
  },

  async webpack({ folder, write }) {
    const entry = {};
    for (const one of entriesIn('webpack')) {
      entry[slug(one)] = write(`webpack-source/${slug(one)}.js`, main(`../${slug(one)}.probe.js`));
      write(`webpack/${slug(one)}.html`, page(`./${slug(one)}.js`, 'text/javascript'));
    }
    const compiler = webpack({
      mode: 'production',
      devtool: false,
      context: folder,
      entry,
      output: { path: join(folder, 'webpack') },
    });
    const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (error ? reject(error) : resolve(done))));
    await new Promise((resolve) => compiler.close(resolve));
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  },

  async esbuild({ folder, write }) {
    for (const entry of entriesIn('esbuild')) {
      write(`esbuild/${slug(entry)}.html`, page(`./${slug(entry)}.js`));
      await esbuild.build({
        entryPoints: [write(`esbuild-source/${slug(entry)}.js`, main(`../${slug(entry)}.probe.js`))],
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        outfile: join(folder, 'esbuild', `${slug(entry)}.js`),
        logLevel: 'silent',
      });
      if (entry.wasm) copyFileSync(join(folder, 'node_modules/wattproof', entry.wasm), join(folder, 'esbuild', entry.wasm));
    }
  },
};

/** An unpacked extension in `extension/`, with the package inside, which probes in a page of its own and in its background. */
export function extension({ folder, write }, copy) {
  const manifest = {
    manifest_version: 3,
    name: 'probe',
    version: '1',
    content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
    background: { service_worker: 'background.js', type: 'module' },
  };
  write('extension/manifest.json', JSON.stringify(manifest));
  copy(join(folder, 'node_modules/wattproof'), join(folder, 'extension/node_modules/wattproof'));
  const entries = entriesIn('extension');
  for (const entry of entries) {
    for (const file of [`${slug(entry)}.plain.js`, `${slug(entry)}.material.js`, entry.probe, 'vector-runner.js']) {
      copy(join(folder, file), join(folder, 'extension', file));
    }
    write(`extension/${slug(entry)}.js`, main(`./${slug(entry)}.plain.js`));
    write(`extension/${slug(entry)}.html`, page(`./${slug(entry)}.js`));
  }
  const imports = entries.map((entry, i) => `import { probe as probe${i} } from './${slug(entry)}.plain.js';`);
  const probes = entries.map((entry, i) => `${JSON.stringify(entry.name)}: probe${i}`);
  write('extension/background.js', `${imports.join('\n')}\nglobalThis.probes = { ${probes.join(', ')} };\n`);
}
