// Proving in Node, with a small circuit: the browser's code but for how workers start.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { after, before, test } from 'node:test';
import { createVerifier, loadKey } from 'wattproof';
import { createProver, disclose, setBudget, WattproofError } from 'wattproof/prove';
import { NONCE, policy, Workshop } from './workshop.js';

let shop;
let verifyingKey;
let provingKey;
let witness;
let profile;
let verifier;

before(async () => {
  shop = new Workshop();
  shop.write('policy.json', policy('exact'));
  shop.run('registry init --depth 2 -o registry.log');
  shop.enrol('meter', [310, 420, 530, 640]);
  shop.sign('meter', 'example-utility', NONCE, 'package.json');
  shop.setup();
  shop.profile('example-utility', NONCE, 'profile.json');
  [verifyingKey, witness, profile] = ['key.vk.json', 'package.json', 'profile.json'].map((name) => shop.text(name));
  provingKey = new Uint8Array(readFileSync(shop.path('key.pk')));
  const key = await loadKey(verifyingKey, { allowDevKeys: true });
  verifier = await createVerifier({ key, profile });
  key.dispose();
});

after(() => {
  verifier?.dispose();
  shop?.close();
});

const refusedAs = (code, message = /./) => (error) =>
  error instanceof WattproofError && error.code === code && message.test(error.message) && error.remedy.length > 0;

/** Runs with a prover that is disposed of in the end. */
async function withProver(options, use) {
  const prover = await createProver({ verifyingKey, provingKey, allowDevKeys: true, threads: 1, ...options });
  try {
    return await use(prover);
  } finally {
    await prover.dispose();
  }
}

for (const threads of [1, 2, 3, 5]) {
  test(`proofs by ${threads} worker(s) verify`, async () => {
    await withProver({ threads }, async (prover) => {
      assert.equal(prover.threads, threads);
      assert.equal(prover.info.setup.status, 'dev');
      for (let i = 0; i < 2; i += 1) {
        const { bundle, milliseconds } = await prover.prove({ witness });
        const claim = verifier.verify(bundle);
        assert.equal(claim.outputs[0].value, 1900n);
        assert.equal(claim.circuitId, prover.info.circuitId);
        assert.ok(milliseconds.total >= milliseconds.prove && milliseconds.prove > 0);
      }
    });
  });
}

// In a process of its own: the first Wasm that is compiled stays. Node 20 has relaxed SIMD behind a flag.
for (const name of ['wattproof_prove', 'wattproof_prove_fused']) {
  test(`proofs by ${name} verify`, (t) => {
    const flags = Number.parseInt(process.versions.node, 10) < 21 ? ['--experimental-wasm-relaxed-simd'] : [];
    shop.write('prove.mjs', PROVE_BY_ITSELF);
    const files = ['key.vk.json', 'key.pk', 'package.json'].map((file) => shop.path(file));
    const prove = import.meta.resolve('wattproof/prove');
    const args = [prove, import.meta.resolve(`wattproof/${name}_bg.wasm`), ...files];
    const { fuses, bundle } = JSON.parse(execFileSync(process.execPath, [...flags, shop.path('prove.mjs'), ...args], { encoding: 'utf8' }));
    if (name.endsWith('fused') && !fuses) return t.skip('this machine rounds twice');
    assert.equal(verifier.verify(bundle).outputs[0].value, 1900n);
  });
}

const PROVE_BY_ITSELF = `
import { readFileSync } from 'node:fs';
const [prove, wasm, verifying, proving, witness] = process.argv.slice(2);
const [{ createProver }, { fuses }] = await Promise.all([import(prove), import(new URL('fused.js', prove))]);
const can = fuses();
let bundle = null;
if (can || !wasm.includes('fused')) {
  const options = { verifyingKey: readFileSync(verifying, 'utf8'), provingKey: new Uint8Array(readFileSync(proving)) };
  const prover = await createProver({ ...options, wasm: new URL(wasm), allowDevKeys: true, threads: 2 });
  bundle = (await prover.prove({ witness: readFileSync(witness, 'utf8') })).bundle;
  await prover.dispose();
}
console.log(JSON.stringify({ fuses: can, bundle }));
`;

test('text and bytes, a policy in the bundle, and two proofs at once', async () => {
  await withProver({ verifyingKey: new TextEncoder().encode(verifyingKey), provingKey: new Blob([provingKey]), threads: 2 }, async (prover) => {
    const input = { witness: new TextEncoder().encode(witness), embedPolicy: true };
    const [one, two] = await Promise.all([prover.prove(input), prover.prove({ witness })]);
    assert.equal(verifier.verify(one.bundle).verdict, 'verified');
    assert.equal(verifier.verify(two.bundle).verdict, 'verified');
    assert.deepEqual(JSON.parse(one.bundle).policy.scope.name, 'evening-cap');
    assert.equal(JSON.parse(two.bundle).policy, undefined);
    assert.notEqual(one.bundle, two.bundle, 'proofs are blinded');
  });
});

test('what a proof tells is said before, and recorded with it', async () => {
  const before = await disclose({ witness });
  assert.equal(before.revealed[0].value, 1900n);
  assert.equal(before.earlier, 0);
  assert.equal(before.budgetBits, null);
  assert.ok(before.addsMillibits > 0n);
  assert.equal(before.addsMillibits, before.accountMillibits);
  assert.equal(before.steps.reduce((sum, step) => sum + BigInt(step.millibits), 0n), before.addsMillibits);
  assert.equal(before.context.nonce, NONCE);
  await withProver({}, async (prover) => {
    const { bundle, disclosure, ledger } = await prover.prove({ witness });
    assert.deepEqual(disclosure, before);
    const claim = verifier.verify(bundle);
    assert.deepEqual([claim.nullifier, claim.root, claim.policyDigest], [before.nullifier, before.root, before.policyDigest]);
    assert.deepEqual(claim.outputs, before.revealed);
    const again = await disclose({ witness, ledger });
    assert.deepEqual([again.earlier, again.addsMillibits], [1, 0n], 'known before');
    // The same ledger as the command line keeps.
    shop.write('ledger.json', ledger);
    const told = shop.json('disclosures show ledger.json');
    assert.equal(BigInt(told.proofs[0].millibits), before.addsMillibits);
    assert.equal(BigInt(told.proofs[0].meter) > 0n, true);
  });
});

test('past the budget nothing is proved, unless it is allowed by name', async () => {
  const ledger = await setBudget(undefined, 3);
  assert.equal(JSON.parse(ledger).budget_bits, 3);
  await assert.rejects(disclose({ witness, ledger }), refusedAs('over-budget'));
  await withProver({}, async (prover) => {
    await assert.rejects(prover.prove({ witness, ledger }), refusedAs('over-budget'));
    const allowed = await prover.prove({ witness, ledger, overBudget: true });
    assert.equal(allowed.disclosure.budgetBits, 3);
    assert.equal(verifier.verify(allowed.bundle).verdict, 'verified');
    const without = await setBudget(allowed.ledger, null);
    assert.equal(JSON.parse(without).budget_bits, undefined);
    assert.equal(JSON.parse(without).proofs.length, 1);
  });
});

test('readings that do not meet the policy are refused with the reason', async () => {
  shop.enrol('spender', [310, 2420, 530, 640]);
  shop.sign('spender', 'example-utility', NONCE, 'spender.package.json');
  const failing = shop.text('spender.package.json');
  await assert.rejects(disclose({ witness: failing }), refusedAs('condition-fails'));
  await withProver({ threads: 2 }, async (prover) => {
    await assert.rejects(prover.prove({ witness: failing }), refusedAs('condition-fails'));
    await assert.rejects(prover.prove({ witness: witness.slice(0, 100) }), refusedAs('malformed', /^witness: /));
    await assert.rejects(prover.prove({ witness, ledger: '{}' }), refusedAs('malformed', /^ledger: /));
    assert.equal(verifier.verify((await prover.prove({ witness })).bundle).verdict, 'verified', 'it stays usable');
  });
});

test('a proof that is given up leaves the prover usable', async () => {
  await withProver({ threads: 2 }, async (prover) => {
    const reason = new Error('enough');
    for (const phase of ['witness', 'prove', 'verify']) {
      const stop = new AbortController();
      const onProgress = (progress) => progress.phase === phase && stop.abort(reason);
      const rejected = await prover.prove({ witness }, { signal: stop.signal, onProgress }).then(() => 'proved', (error) => error);
      // In the last phase the proof may be there first.
      assert.ok(rejected === reason || phase === 'verify', `${phase}: ${rejected}`);
    }
    await assert.rejects(prover.prove({ witness }, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
    const stop = new AbortController();
    const [first, second] = [prover.prove({ witness }), prover.prove({ witness }, { signal: stop.signal })];
    stop.abort(reason);
    await assert.rejects(second, (error) => error === reason);
    assert.equal(verifier.verify((await first).bundle).verdict, 'verified', 'the one before is not given up');
    assert.equal(verifier.verify((await prover.prove({ witness })).bundle).verdict, 'verified');
  });
});

test('disposed provers say so', async () => {
  const prover = await createProver({ verifyingKey, provingKey, allowDevKeys: true, threads: 2 });
  const underWay = assert.rejects(prover.prove({ witness }), /^TypeError: prover: used after dispose/);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await prover.dispose();
  await prover.dispose();
  await underWay;
  await assert.rejects(prover.prove({ witness }), /^TypeError: prover: used after dispose/);
  assert.equal(prover.dispose, prover[Symbol.asyncDispose]);
});

test('keys that do not belong together, or that one party made, are refused', async () => {
  const altered = provingKey.slice();
  altered[altered.length - 5] ^= 1;
  const make = (options) => createProver({ verifyingKey, provingKey, allowDevKeys: true, threads: 2, ...options });
  await assert.rejects(make({ provingKey: altered }), refusedAs('key-digest'));
  await assert.rejects(make({ provingKey: provingKey.subarray(0, 1000) }), refusedAs('key-digest'));
  await assert.rejects(make({ provingKey: new Uint8Array(0) }), refusedAs('key-digest'));
  await assert.rejects(make({ allowDevKeys: false }), refusedAs('dev-key'));
  await assert.rejects(make({ verifyingKey: '{}' }), refusedAs('malformed'));
  const another = JSON.parse(witness);
  another.policy.conditions.pop();
  await withProver({}, async (prover) => {
    await assert.rejects(prover.prove({ witness: JSON.stringify(another) }), WattproofError);
  });
});

test('arguments are refused by name', async () => {
  const make = (options) => createProver({ verifyingKey, provingKey, ...options });
  await assert.rejects(createProver(), /^TypeError: createProver: expected an object/);
  await assert.rejects(make({ allowDevKey: true }), /unknown member `allowDevKey`/);
  await assert.rejects(make({ provingKey: 7 }), /^TypeError: provingKey: .* a number/);
  await assert.rejects(make({ verifyingKey: {} }), /^TypeError: verifyingKey: .*not the parsed object/);
  for (const threads of [0, 1.5, 65, '2']) await assert.rejects(make({ threads }), /^TypeError: threads: /);
  await assert.rejects(make({ allowDevKeys: 1 }), /^TypeError: allowDevKeys: /);
  await assert.rejects(make({ signal: {} }), /^TypeError: signal: /);
  await assert.rejects(make({ onProgress: 'x' }), /^TypeError: onProgress: /);
  await assert.rejects(make({ signal: AbortSignal.abort(new Error('early')) }), /early/);
  await assert.rejects(disclose({ witness, budget: 3 }), /unknown member `budget`/);
  await assert.rejects(disclose({}), /^TypeError: witness: /);
  await assert.rejects(setBudget(undefined, -1), /^TypeError: bits: /);
  await assert.rejects(setBudget(undefined, '3'), /^TypeError: bits: /);
  await withProver({}, async (prover) => {
    await assert.rejects(prover.prove({ witness, force: true }), /unknown member `force`/);
    await assert.rejects(prover.prove(witness), /^TypeError: prove: expected an object/);
  });
});

/** A server of the key; `answer` is given each request and response, and counts as the file server if it returns false. */
async function withServer(answer, use) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range ?? 'whole');
    if (answer(request, response, requests.length) !== false) return;
    response.writeHead(200, { 'content-length': provingKey.length }).end(provingKey);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${server.address().port}/day.pk`, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Sends the range that is asked for and breaks the connection after some of it. */
function broken(request, response, most) {
  const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? 'bytes=0-')[1]);
  const range = `bytes ${begin}-${provingKey.length - 1}/${provingKey.length}`;
  const head = { 'content-length': provingKey.length - begin, ...(begin > 0 ? { 'content-range': range } : {}) };
  response.writeHead(begin > 0 ? 206 : 200, head);
  const piece = provingKey.subarray(begin, begin + most);
  response.write(piece, () => (begin + piece.length < provingKey.length ? response.destroy() : response.end()));
}

test('a broken download is taken up where it broke', async () => {
  const third = Math.ceil(provingKey.length / 3) + 1;
  await withServer((request, response) => broken(request, response, third), async (url, requests) => {
    const seen = [];
    await withProver({ provingKey: url, onProgress: (progress) => seen.push(progress) }, async (prover) => {
      assert.equal(verifier.verify((await prover.prove({ witness })).bundle).verdict, 'verified');
    });
    assert.equal(requests.length, 3);
    assert.equal(requests[0], 'whole');
    assert.match(requests[1], /^bytes=[1-9]/);
    const fetched = seen.filter(({ phase }) => phase === 'fetch').map(({ bytes }) => bytes);
    assert.deepEqual(fetched.at(-1), { done: provingKey.length, total: provingKey.length });
    assert.ok(fetched.every(({ done }, i) => i === 0 || done >= fetched[i - 1].done), 'never goes back');
    assert.deepEqual([...new Set(seen.map(({ phase }) => phase))], ['fetch', 'check', 'load']);
    assert.ok(seen.every(({ fraction }) => fraction >= 0 && fraction <= 1));
  });
});

test('a server without ranges is asked again from the start; errors that pass are waited for', async () => {
  const answer = (request, response, count) => {
    if (count === 1) {
      response.writeHead(200, { 'content-length': provingKey.length });
      response.write(provingKey.subarray(0, 1000), () => response.destroy());
    } else if (count === 2) response.writeHead(503).end();
    else return false;
  };
  await withServer(answer, async (url, requests) => {
    await withProver({ provingKey: new URL(url) }, (prover) => prover.prove({ witness }));
    assert.equal(requests.length, 3);
  });
});

test('a key that cannot be fetched is told as such', async () => {
  const fails = (url) => assert.rejects(withProver({ provingKey: url }, () => {}), refusedAs('fetch-failed', /^provingKey: /));
  await withServer((_, response) => response.writeHead(404).end(), async (url, requests) => {
    await fails(url);
    assert.equal(requests.length, 1, 'what is not there is not asked for again');
  });
  await fails('http://127.0.0.1:9/none.pk');
  const reason = new Error('no more');
  await withServer((request, response) => void response.writeHead(200).write('x'), async (url) => {
    const stop = new AbortController();
    const onProgress = ({ bytes }) => bytes?.done > 0 && stop.abort(reason);
    await assert.rejects(withProver({ provingKey: url, signal: stop.signal, onProgress }, () => {}), (error) => error === reason);
  });
});

test('another file at the address is refused', async () => {
  const other = provingKey.slice();
  other[100] ^= 1;
  await withServer((_, response) => response.end(other), async (url) => {
    await assert.rejects(withProver({ provingKey: url }, () => {}), refusedAs('key-digest'));
  });
});

test('a file URL is read', async () => {
  await withProver({ provingKey: pathToFileURL(shop.path('key.pk')) }, (prover) => prover.prove({ witness }));
  await withProver({ provingKey: pathToFileURL(shop.path('key.pk')).href }, (prover) => prover.prove({ witness }));
});

/** The least of a browser's cache. */
class Shelf {
  entries = new Map();
  opened = [];

  async open(name) {
    this.opened.push(name);
    return {
      match: async (url) => this.entries.get(url)?.clone(),
      put: async (url, response) => void this.entries.set(url, new Response(await response.blob())),
      delete: async (url) => this.entries.delete(url),
    };
  }
}

test('a key is fetched once, checked each time, and works offline from the cache', async () => {
  const shelf = new Shelf();
  globalThis.caches = shelf;
  try {
    await withServer(() => false, async (url, requests) => {
      await withProver({ provingKey: url, cache: false }, () => {});
      assert.equal(shelf.entries.size, 0, 'not unless wanted');
      await withProver({ provingKey: url }, () => {});
      assert.equal(requests.length, 2);
      assert.deepEqual([...shelf.entries.keys()], [`https://proving-key.invalid/${JSON.parse(verifyingKey).proving_key_sha256}`]);
      // From another address, which does not answer.
      await withProver({ provingKey: 'http://127.0.0.1:9/gone.pk' }, async (prover) => {
        assert.equal(verifier.verify((await prover.prove({ witness })).bundle).verdict, 'verified');
      });
      // Spoiled in the cache: noticed, and fetched anew.
      const [address] = shelf.entries.keys();
      shelf.entries.set(address, new Response(provingKey.slice(0, -1)));
      await withProver({ provingKey: url }, (prover) => prover.prove({ witness }));
      assert.equal(requests.length, 3);
      assert.equal((await shelf.entries.get(address).clone().arrayBuffer()).byteLength, provingKey.length);
      // A cache that refuses stops nobody.
      shelf.open = async () => Promise.reject(new Error('forbidden'));
      await withProver({ provingKey: url }, () => {});
    });
    assert.match(shelf.opened[0], /-1$/);
  } finally {
    delete globalThis.caches;
  }
});
