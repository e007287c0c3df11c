// Ways to start the Wasm, each in a process of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const pkg = (file) => new URL(`../../../pkg/${file}`, import.meta.url).href;
const wasm = pkg('wattproof_wasm_bg.wasm');

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
    const failed = await init(new Uint8Array([1, 2, 3])).then(() => 'started', (error) => error.code);
    await init();
    console.log(failed, wasmVersion());
  `);
  assert.match(out, /^wasm-digest \d/);
});

test('what is no Wasm of ours is refused by name, and does not stand in the way', () => {
  const out = run(`
    import { init, loadKey, wasmVersion } from 'wattproof';
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    for (const source of [null, 7, {}, 'no URL', empty, new Response('', { status: 404 }), new Proxy({}, { get() { throw 1; } })]) {
      const error = await init(source).then(() => 'started', (error) => error);
      if (!(error instanceof TypeError && error.message.startsWith('source: '))) console.log(error);
    }
    await init();
    console.log(await loadKey('{}').catch((error) => error.code), wasmVersion());
  `);
  assert.match(out, /^malformed \d/);
});

/** Ways to hand over a file's bytes. */
const sources = (bytes, file) => [
  bytes,
  bytes.buffer,
  new DataView(bytes.buffer),
  new Response(bytes, { headers: { 'content-type': 'application/wasm' } }),
  pathToFileURL(file),
  pathToFileURL(file).href,
];

test('a Wasm with one bit changed is never compiled, however it comes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-bit-'));
  const { compile } = WebAssembly;
  try {
    const [main, l3, meter, prove] = await Promise.all(
      ['wattproof', 'wattproof/l3', 'wattproof/meter', 'wattproof/prove'].map((name) => import(name)),
    );
    const noKey = (wasm) => prove.createProver({ wasm, verifyingKey: '{}', provingKey: '' });
    const entries = { wasm: main.init, l3: l3.init, meter: meter.init, prove: noKey };
    for (const [name, start] of Object.entries(entries)) {
      const good = readFileSync(new URL(pkg(`wattproof_${name}_bg.wasm`)));
      let compiled = 0;
      // Node compiles Wasm of its own now and then.
      WebAssembly.compile = (bytes) => {
        if (bytes.byteLength === good.length) compiled += 1;
        return compile(bytes);
      };
      const outcome = (source) => start(source).then(() => 'started', (error) => error.code ?? String(error));
      for (const at of [0, 8, good.length >> 1, good.length - 1]) {
        const bytes = Uint8Array.from(good);
        bytes[at] ^= 1 << (at % 8);
        const file = join(folder, `${name}-${at}.wasm`);
        writeFileSync(file, bytes);
        for (const source of sources(bytes, file)) assert.equal(await outcome(source), 'wasm-digest', `${name}, byte ${at}`);
      }
      assert.equal(compiled, 0, name);
      const own = Uint8Array.from(good);
      const started = outcome(own);
      // What is written into the caller's bytes later has no effect.
      own.fill(0);
      // A prover goes on to its key, which is none.
      assert.equal(await started, name === 'prove' ? 'malformed' : 'started', name);
      assert.equal(compiled, 1, name);
    }
  } finally {
    WebAssembly.compile = compile;
    rmSync(folder, { recursive: true });
  }
});

test('without what computes digests, bytes that are handed over are refused, and modules are not', () => {
  const out = run(`
    import { readFile } from 'node:fs/promises';
    import { init, wasmVersion } from 'wattproof';
    Object.defineProperty(globalThis, 'crypto', { value: {} });
    const bytes = await readFile(new URL('${wasm}'));
    const words = [];
    for (const source of [bytes, new Response(bytes), undefined]) {
      words.push(await init(source).then(() => 'started', (error) => error.name));
    }
    await init(await WebAssembly.compile(bytes));
    console.log(words.join(), wasmVersion());
  `);
  assert.match(out, /^TypeError,TypeError,TypeError \d/);
});

test('nothing starts on import', () => {
  const out = run(`
    import { wasmVersion } from 'wattproof/inline';
    try { console.log(wasmVersion()); } catch (error) { console.log(error.message); }
  `);
  assert.match(out, /not started; await init/);
});
