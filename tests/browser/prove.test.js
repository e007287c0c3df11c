// Proving in Chromium, on a page as strict and as little isolated as any.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { NONCE, policy, Workshop } from '../../sdk/js/test/workshop.js';
import { startChromium } from './chromium.js';
import { serveFiles } from './serve.js';
import { withPage } from './watch.js';

const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; img-src 'self'";

let shop;
let chromium;
let server;
let input;
/** What was asked of the server, and whether it still has the key. */
const asked = [];
let hasKey = true;

before(async () => {
  shop = new Workshop();
  shop.write('policy.json', policy('exact'));
  shop.run('registry init --depth 2 -o registry.log');
  shop.enrol('meter', [310, 420, 530, 640]);
  shop.sign('meter', 'example-utility', NONCE, 'package.json');
  shop.setup();
  shop.profile('example-utility', NONCE, 'profile.json');
  input = { verifyingKey: shop.text('key.vk.json'), witness: shop.text('package.json'), profile: shop.text('profile.json') };
  server = await serveFiles({ 'Content-Security-Policy': CSP }, (path, request) => {
    asked.push(`${request.method} ${path}`);
    return path === '/key.pk' && hasKey ? readFileSync(shop.path('key.pk')) : undefined;
  });
  chromium = await startChromium();
});

after(async () => {
  await chromium?.close();
  await server?.close();
  shop?.close();
});

/** Proves on the page and verifies there. */
async function prove({ verifyingKey, witness, profile, threads }) {
  const [{ createProver }, { createVerifier, loadKey }] = await Promise.all([import('/pkg/prove/index.js'), import('/pkg/index.js')]);
  const phases = [];
  const onProgress = ({ phase }) => phases.at(-1) !== phase && phases.push(phase);
  const prover = await createProver({ verifyingKey, provingKey: '/key.pk', allowDevKeys: true, threads, onProgress });
  const { bundle, ledger, disclosure } = await prover.prove({ witness }, { onProgress });
  await prover.dispose();
  const key = await loadKey(verifyingKey, { allowDevKeys: true });
  const claim = (await createVerifier({ key, profile })).verify(bundle);
  return {
    phases,
    verdict: claim.verdict,
    total: String(claim.outputs[0].value),
    told: String(disclosure.revealed[0].value),
    recorded: JSON.parse(ledger).proofs.length,
    isolated: crossOriginIsolated,
  };
}

test('a page without isolation proves, fetches nothing but the program and the key, and later works offline', async () => {
  await withPage(chromium.browser, server.url, async (page) => {
    const first = await page.evaluate(prove, { ...input, threads: 2 });
    assert.deepEqual(first, {
      phases: ['fetch', 'check', 'load', 'witness', 'prove', 'verify'],
      verdict: 'verified',
      total: '1900',
      told: '1900',
      recorded: 1,
      isolated: false,
    });
    assert.equal(page.workers().length, 0, 'disposed of');
    assert.equal(asked.filter((line) => line === 'GET /key.pk').length, 1);
    const own = /^GET \/(pkg\/[\w./-]+\.(js|wasm)|key\.pk|tests\/browser\/(bare|meter)\.(html|js)|sdk\/js\/test\/vector-runner\.js|web-demo\/public\/icon\.svg)$/;
    assert.ok(asked.every((line) => own.test(line)), asked.join('\n'));
    // Chromium has relaxed SIMD; whether it rounds once is up to the machine.
    const fused = await page.evaluate(async () => (await import('/pkg/prove/fused.js')).fuses());
    const wasm = asked.filter((line) => /wattproof_prove.*\.wasm$/.test(line));
    assert.deepEqual([...new Set(wasm)], [`GET /pkg/wattproof_prove${fused ? '_fused' : ''}_bg.wasm`]);
    hasKey = false;
    for (const threads of [1, 3]) {
      const again = await page.evaluate(prove, { ...input, threads });
      assert.deepEqual([again.verdict, again.phases[0]], ['verified', 'check']);
    }
    hasKey = true;
  });
});

test('a proof is given up at once, and the next one succeeds', async () => {
  await withPage(chromium.browser, server.url, async (page) => {
    const said = await page.evaluate(async ({ verifyingKey, witness }) => {
      const { createProver } = await import('/pkg/prove/index.js');
      const prover = await createProver({ verifyingKey, provingKey: '/key.pk', allowDevKeys: true, threads: 2 });
      const stop = new AbortController();
      const onProgress = ({ phase }) => phase === 'prove' && stop.abort(new Error('enough'));
      const first = await prover.prove({ witness }, { signal: stop.signal, onProgress }).catch((error) => error.message);
      const { bundle } = await prover.prove({ witness });
      await prover.dispose();
      return [first, JSON.parse(bundle).wattproof];
    }, input);
    assert.deepEqual(said, ['enough', 'bundle/1']);
  });
});

test('refusals have their codes on the page too', async () => {
  await withPage(chromium.browser, server.url, async (page) => {
    const codes = await page.evaluate(async ({ verifyingKey, witness }) => {
      const { createProver, disclose, setBudget } = await import('/pkg/prove/index.js');
      const code = (promise) => promise.then(() => 'none', (error) => error.code ?? error.message);
      const key = new Uint8Array(await (await fetch('/key.pk')).arrayBuffer());
      key[key.length - 1] ^= 1;
      const ledger = await setBudget(undefined, 2);
      return [
        await code(createProver({ verifyingKey, provingKey: key, allowDevKeys: true, threads: 2 })),
        await code(createProver({ verifyingKey, provingKey: '/key.pk', threads: 1 })),
        await code(disclose({ witness, ledger })),
      ];
    }, input);
    assert.deepEqual(codes, ['key-digest', 'dev-key', 'over-budget']);
  });
});
