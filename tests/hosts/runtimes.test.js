// Without a browser: Node, a runtime that is handed a compiled module and may compile nothing, and workerd.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import * as esbuild from 'esbuild';
import { entriesIn } from './entries.js';
import { slug, stage, waysOf } from './stage.js';
import { servesWith } from './workerd.js';

const { folder, write } = stage();
const wasmFile = (entry) => join(folder, 'node_modules/wattproof', entry.wasm);

for (const entry of entriesIn('node')) {
  for (const how of waysOf(entry, ['itself', 'url', 'text', 'given'])) {
    test(`Node: ${entry.name}, ${how}`, () => {
      const url = entry.wasm && pathToFileURL(wasmFile(entry)).href;
      const wasm = how === 'given' ? `await WebAssembly.compile(readFileSync(new URL('${url}')))` : `'${url}'`;
      const file = write(
        `node-${slug(entry)}-${how}.js`,
        `import { readFileSync } from 'node:fs';
         import { probe } from './${slug(entry)}.probe.js';
         console.log(JSON.stringify(await probe('${how}', ${wasm})));`,
      );
      assert.deepEqual(JSON.parse(execFileSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' })), []);
    });
  }
}

const bundle = async (entry, options) => {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(folder, `${slug(entry)}.probe.js`)],
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    ...options,
  });
  return outputFiles;
};

for (const entry of entriesIn('bare').filter(({ wasm }) => wasm !== null)) {
  test(`a runtime without fetch, files, URL or compiling: ${entry.name} with a module`, async () => {
    const [{ text }] = await bundle(entry, { format: 'iife', globalName: 'host' });
    // A realm of its own: the module comes from outside of it, too.
    const context = vm.createContext(
      { TextDecoder, TextEncoder, module: await WebAssembly.compile(readFileSync(wasmFile(entry))) },
      { codeGeneration: { strings: false, wasm: false } },
    );
    const run = (script) => vm.runInContext(script, context);
    assert.equal(run('typeof fetch + typeof URL + typeof Response + typeof process'), 'undefined'.repeat(4));
    await assert.rejects(run('WebAssembly.compile(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))'), /disallowed/);
    run(text);
    assert.deepEqual([...(await run(`host.probe('given', module)`))], []);
  });
}

for (const entry of entriesIn('workerd').filter(({ wasm }) => wasm !== null)) {
  test(`workerd: ${entry.name}`, async (t) => {
    const outdir = join(folder, 'workerd', slug(entry));
    await bundle(entry, {
      format: 'esm',
      write: true,
      outdir,
      // As its own bundler does it.
      conditions: ['workerd', 'worker', 'browser'],
      loader: { '.wasm': 'copy' },
    });
    const lines = await servesWith(outdir, readdirSync(outdir), t);
    if (lines !== undefined) assert.deepEqual(lines, []);
  });
}
