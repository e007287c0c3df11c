// Ways to start the Wasm, each in a process of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wasm = new URL('../../../pkg/wattproof_wasm_bg.wasm', import.meta.url).href;

function run(script) {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: here, encoding: 'utf8' }).trim();
}

for (const [name, source] of [
  ['by itself', ''],
  ['a file URL', `new URL('${wasm}')`],
  ['a file URL as text', `'${wasm}'`],
  ['bytes', `await readFile(new URL('${wasm}'))`],
  ['a compiled module', `await WebAssembly.compile(await readFile(new URL('${wasm}')))`],
  [
    'a response',
    `new Response(await readFile(new URL('${wasm}')), { headers: { 'content-type': 'application/wasm' } })`,
  ],
]) {
  test(`starts from ${name}`, () => {
    const out = run(`
      import { readFile } from 'node:fs/promises';
      import { init, wasmVersion } from 'wattproof';
      await init(${source});
      console.log(wasmVersion());
    `);
    assert.match(out, /^\d+\.\d+\.\d+/);
  });
}

test('a failed start may be tried again', () => {
  const out = run(`
    import { init, wasmVersion } from 'wattproof';
    const failed = await init(new Uint8Array([1, 2, 3])).then(() => 'started', (error) => error.name + ' ' + error.cause.name);
    await init();
    console.log(failed, wasmVersion());
  `);
  assert.match(out, /^TypeError CompileError \d/);
});

test('what is no Wasm of ours is refused by name, and does not stand in the way', () => {
  const out = run(`
    import { init, loadKey, wasmVersion } from 'wattproof';
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    for (const source of [null, 7, {}, 'no URL', empty, new Response('', { status: 404 }), new Proxy({}, { get() { throw 1; } })]) {
      const error = await init(source).then(() => 'started', (error) => error);
      if (!(error instanceof TypeError && error.message.startsWith('source: '))) console.log(error);
    }
    await init();
    console.log(await loadKey('{}').catch((error) => error.code), wasmVersion());
  `);
  assert.match(out, /^malformed \d/);
});

test('nothing starts on import', () => {
  const out = run(`
    import { wasmVersion } from 'wattproof/inline';
    try { console.log(wasmVersion()); } catch (error) { console.log(error.message); }
  `);
  assert.match(out, /not started; await init/);
});
