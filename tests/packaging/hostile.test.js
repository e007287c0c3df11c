// Hostile values for every argument of every function. Each call ends in a TypeError that names the argument, or in a WattproofError
// with a known code; nothing is verified; and the same instance goes on telling good from forged.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { inBytes, mutated, strange, text } from './hostile.js';
import { project } from './pack.js';

/** Over all calls; the long campaign makes it 100,000 and draws other values. */
const LONG = process.env.WATTPROOF_LONG === '1';
const RUNS = LONG ? 100_000 : 10_000;
/** Fixed every day, so that a failure stays one. A failing run tells its seed. */
const SEED = LONG ? Date.now() % 2 ** 31 : 2026;

const { cases, files } = readVectors();
const good = findCase(cases, 'verified', (vector) => vector.name === 'day' && vector.expect.verdict === 'verified');
const forged = findCase(
  cases,
  'forged',
  (vector) => vector.name === 'day-output-raised' && vector.expect.code === 'proof-invalid',
);
const [keyFile, profileFile] = [files.keys[good.key], files.profiles[good.profile]];

const folder = project();
const installed = join(folder, 'node_modules/wattproof');
const load = (file, pkg = installed) => import(pathToFileURL(join(pkg, file)).href);
const api = await load('node.js');
const codes = new Set(api.ERROR_CODES);
const dev = { allowDevKeys: true };

let key;
let verifier;
let memory;

before(async () => {
  key = await api.loadKey(keyFile, dev);
  verifier = await api.createVerifier({ key, profile: profileFile });
  // Of the instance that runs: started glue hands it out again.
  ({ memory } = await (await load('wattproof_wasm.js')).default());
});

after(() => {
  assert.equal(verifier.verify(good.bundle).verdict, 'verified');
  verifier.dispose();
  key.dispose();
});

// A mutation can leave a file that means the same (a space more); those files must be as good as the original.
const hostileFile = (file) =>
  fc.oneof({ weight: 2, arbitrary: strange }, text, inBytes(file), { weight: 3, arbitrary: mutated(file) });
const options = fc.oneof(
  strange,
  strange.map((make) => () => ({ allowDevKeys: make() })),
  fc.constantFrom(
    () => ({
      get allowDevKeys() {
        throw new Error('a trap sprang');
      },
    }),
    () => ({ allowDevKey: true }),
  ),
);

/** Every public function, with one hostile argument: what is called, what it may be named, and what it may return. */
const CALLS = {
  'verify(bundle)': {
    values: hostileFile(good.bundle),
    names: /^bundle: /,
    call: (value) => verifier.verify(value),
    fits: ({ verdict, outputs }) =>
      verdict === 'verified' && outputs[0].value === BigInt(JSON.parse(good.bundle).statement.outputs[0]),
  },
  'checkBundle(key, bundle)': {
    values: hostileFile(good.bundle),
    names: /^bundle: /,
    call: (value) => api.checkBundle(key, value),
    fits: ({ verdict }) => verdict === 'unconfirmed',
  },
  'checkBundle(key)': {
    values: fc.oneof(strange, text, lookalikes()),
    names: /^key: /,
    call: (value) => api.checkBundle(value, good.bundle),
  },
  'loadKey(json)': {
    values: hostileFile(keyFile),
    names: /^key: /,
    call: async (value) => api.loadKey(value, dev),
    fits: ({ info }) => info.fingerprint === key.info.fingerprint,
  },
  'loadKey(options)': {
    values: options,
    names: /^options/,
    call: async (value) => api.loadKey(keyFile, value),
    // Without a choice development keys are refused; `true` is one.
    fits: ({ info }, value) => info.setup.status === 'dev' && value.allowDevKeys === true,
  },
  'createVerifier(parts)': {
    values: fc.oneof(strange, text),
    names: /^(createVerifier|key|profile): /,
    call: async (value) => api.createVerifier(value),
  },
  'createVerifier(key)': {
    values: fc.oneof(strange, text, lookalikes()),
    names: /^key: /,
    call: async (value) => api.createVerifier({ key: value, profile: profileFile }),
  },
  'createVerifier(profile)': {
    values: hostileFile(profileFile),
    names: /^profile: /,
    call: async (value) => api.createVerifier({ key, profile: value }),
    fits: (made) => judges(made),
  },
};

function lookalikes() {
  return fc.constantFrom(
    () => Object.create(Object.getPrototypeOf(key)),
    () => new Proxy(key, {}),
    () => ({ ...key }),
    () => verifier,
    () => Object.create(key),
  );
}

// A profile that still can be read is another's policy at worst: the bundle is refused, or verified against what was asked.
function judges(made) {
  try {
    return made.verify(good.bundle).verdict === 'verified';
  } catch (error) {
    return error instanceof api.WattproofError;
  } finally {
    made.dispose();
  }
}

const share = Math.ceil(RUNS / Object.keys(CALLS).length);

for (const [name, { values, names, call, fits = () => false }] of Object.entries(CALLS)) {
  test(`${share} hostile values: ${name}`, async () => {
    const seen = new Map();
    const judge = async (make) => {
      const value = make();
      let made;
      try {
        made = await call(value);
      } catch (error) {
        seen.set(error.code ?? error.name, (seen.get(error.code ?? error.name) ?? 0) + 1);
        if (error instanceof api.WattproofError) {
          assert.ok(codes.has(error.code) && error.message !== '' && error.remedy !== '', error.code);
          assert.ok(error.message.length < 1_000, `a message of ${error.message.length} characters`);
        } else {
          assert.ok(error instanceof TypeError, error);
          assert.match(error.message, names);
          assert.ok(error.message.length < 1_000, `a message of ${error.message.length} characters`);
        }
        return;
      }
      seen.set('harmless', (seen.get('harmless') ?? 0) + 1);
      assert.ok(fits(made, value), 'accepted');
      made.dispose?.();
    };
    const before = memory.buffer.byteLength;
    await fc.assert(fc.asyncProperty(values, judge), { numRuns: share, seed: SEED, endOnFailure: true });
    assert.equal(verifier.verify(good.bundle).verdict, 'verified');
    assert.throws(
      () => verifier.verify(forged.bundle),
      (error) => error.code === 'proof-invalid',
    );
    const grown = memory.buffer.byteLength - before;
    console.log(`${name}: ${[...seen].map(([what, count]) => `${what} ${count}`).join(', ')}; Wasm memory +${grown / 1024} KiB`);
    assert.ok(grown <= 16 * 2 ** 20, `${grown} bytes were not given back`);
  });
}

test('init(source): hostile values before the start', async () => {
  const values = fc.oneof(
    strange.filter((make) => make() !== undefined),
    text.filter((make) => make().length < 100_000),
    inBytes('\0asm\u0001\0\0\0'),
  );
  // Modules are kept by their address.
  cpSync(installed, join(folder, 'fresh'), { recursive: true });
  const fresh = await load('node.js', join(folder, 'fresh'));
  const judge = async (make) => {
    const error = await fresh.init(make()).then(
      () => 'started',
      (thrown) => thrown,
    );
    if (error.code === 'wasm-digest') return;
    assert.ok(error instanceof TypeError, String(error));
    assert.match(error.message, /^source: /);
  };
  await fc.assert(fc.asyncProperty(values, judge), { numRuns: share, seed: SEED, endOnFailure: true });
  await fresh.init();
  assert.match(fresh.wasmVersion(), /^\d/, 'a proper start still works');
});

test('an exhausted stack stops the instance rather than confuse it', async () => {
  cpSync(installed, join(folder, 'deep'), { recursive: true });
  const deep = await load('node.js', join(folder, 'deep'));
  const inner = await deep.createVerifier({ key: await deep.loadKey(keyFile, dev), profile: profileFile });
  const outcomes = new Map();
  const judge = () => {
    let outcome;
    try {
      outcome = inner.verify(forged.bundle).verdict;
    } catch (error) {
      outcome = error.code ?? (/stopped earlier/.test(error.message) ? 'stopped' : error.name);
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    left -= 1;
  };
  // On the way back up every frame has a little more room, so that the stack ends at ever other places.
  let left = 300;
  const dig = () => {
    try {
      dig();
    } catch {
      // The deepest frame.
    }
    if (left > 0) judge();
  };
  dig();
  judge();
  for (const outcome of outcomes.keys()) assert.ok(['RangeError', 'stopped', 'proof-invalid'].includes(outcome), outcome);
  assert.ok(outcomes.has('stopped'), `the stack was never exhausted inside of the Wasm: ${[...outcomes]}`);
  inner.dispose();
});

test('a polluted Object.prototype opens no door', async () => {
  Object.defineProperty(Object.prototype, 'allowDevKeys', { value: true, configurable: true });
  try {
    await assert.rejects(api.loadKey(keyFile, {}), (error) => error.code === 'dev-key');
  } finally {
    delete Object.prototype.allowDevKeys;
  }
});

test('what the caller changes after the call has no effect', async () => {
  const bytes = new TextEncoder().encode(keyFile);
  const choice = { allowDevKeys: true };
  const loading = api.loadKey(bytes, choice);
  bytes.fill(0x20);
  choice.allowDevKeys = false;
  (await loading).dispose();
});
