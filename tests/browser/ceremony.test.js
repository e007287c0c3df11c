// Contributing to a ceremony in Chromium, on a page as strict as any; snarkjs finds what came of it good.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as snarkjs from 'snarkjs';
import { tool } from '../interop/tool.js';
import { startChromium } from './chromium.js';
import { serveFiles } from './serve.js';
import { withPage } from './watch.js';

const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; img-src 'self'";
const folder = mkdtempSync(join(tmpdir(), 'wattproof-ceremony-'));
const at = (name) => join(folder, name);

let chromium;
let server;
/** What was asked of the server. */
const asked = [];

before(async () => {
  tool('make-tampered', folder);
  server = await serveFiles({ 'Content-Security-Policy': CSP }, (path, request) => {
    asked.push(`${request.method} ${path}`);
    return path === '/initial.zkey' ? readFileSync(at('initial.zkey')) : undefined;
  });
  chromium = await startChromium();
});

after(async () => {
  await chromium?.close();
  await server?.close();
  // snarkjs keeps its workers, and Node with them.
  await globalThis.curve_bn128?.terminate();
  rmSync(folder, { recursive: true, force: true });
});

/** Contributes on the page, as a file that was chosen there. */
async function contributed() {
  const { contribute, contributorLine } = await import('/pkg/ceremony/index.js');
  const file = new File([await (await fetch('/initial.zkey')).arrayBuffer()], '0.zkey');
  const sign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const phases = [];
  const onProgress = ({ phase }) => phases.at(-1) !== phase && phases.push(phase);
  const made = await contribute(file, { name: 'Hedy', entropy: crypto.getRandomValues(new Uint8Array(64)), sign, onProgress });
  const again = await contribute(made.zkey, { name: 'hedy' }).then(() => 'accepted', ({ code }) => code);
  return { ...made, zkey: Array.from(made.zkey), line: await contributorLine('Hedy', sign), phases, again };
}

test('a page contributes and signs, and tells nobody', async () => {
  let told;
  await withPage(chromium.browser, server.url, async (page) => {
    await page.waitForFunction(() => globalThis.ready);
    told = await page.evaluate(contributed);
  });
  const { zkey, contribution, hash, attestation, line, phases, again } = told;
  assert.equal(contribution, 1);
  assert.deepEqual(phases, ['read', 'contribute', 'write']);
  assert.equal(again, 'out-of-range');
  const signed = JSON.parse(attestation);
  assert.equal(line, `Hedy=${signed.public_key}`);
  assert.deepEqual([signed.contribution, signed.hash, signed.name], [1, hash, 'Hedy']);
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: bytes(signed.public_key).toString('base64url') } });
  const preimage = [Buffer.from('wattproof/contribution/1'), bytes(signed.circuit_hash), Buffer.from([0, 0, 0, 1]), bytes(hash), Buffer.from('Hedy')];
  assert.ok(verify(null, Buffer.concat(preimage), key, bytes(signed.signature)));
  writeFileSync(at('hers.zkey'), Uint8Array.from(zkey));
  assert.equal(await snarkjs.zKey.verifyFromInit(at('initial.zkey'), at('p.ptau'), at('hers.zkey'), undefined), true);
  const sent = asked.filter((line) => !line.startsWith('GET '));
  assert.deepEqual(sent, []);
});
