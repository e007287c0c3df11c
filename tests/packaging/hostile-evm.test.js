// Hostile values for every argument of `wattproof/evm`, as hostile.test.js has them for those who verify. What is let through is the call that
// the good values give, or another one that the contract will judge: never a number out of its range.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { findCase, readVectors } from '../../sdk/js/test/vectors.js';
import { inBytes, mutated, strange, text } from './hostile.js';
import { project } from './pack.js';

const LONG = process.env.WATTPROOF_LONG === '1';
const SEED = LONG ? Date.now() % 2 ** 31 : 2026;
const RUNS = LONG ? 5_000 : 150;

const installed = join(project(), 'node_modules/wattproof');
const evm = await import(pathToFileURL(join(installed, 'evm/index.js')).href);
const codes = new Set(evm.ERROR_CODES);

const { bundle } = findCase(readVectors().cases, 'for a settlement', ({ name }) => name === 'small-settlement');
const { statement } = JSON.parse(bundle);
const [address, word] = [`0x${'22'.repeat(20)}`, `0x${'33'.repeat(32)}`];
const { start, end } = statement.period;
const order = {
  ...{ kind: 0, policy: word, start: BigInt(start), end: BigInt(end), deadline: BigInt(end), token: address, payer: address, payee: address },
  ...{ escrow: 1n, price: 1n, rate: 0n, per: 1n, output: 0, salt: word },
};
/** The context that the bundle has, whatever it is asked of: a bundle for just this order. */
const keccak256 = () => `0x${(BigInt(statement.context) << 8n).toString(16).padStart(64, '0')}`;
const place = { chainId: 31_337n, contract: address, payee: address };
const input = { bundle, order, keccak256, ...place };

const GOOD = evm.encodeClaim(input);
const isCalldata = (data) => /^0x[0-9a-f]{8}([0-9a-f]{64})+$/.test(data) && data.length === GOOD.length;

/** Each argument: values, what its errors name, the call, and what may come of one that is let through. */
const CALLS = {
  'encodeClaim(input)': [strange, /^(claimCall|order|keccak256|bundle)/, (value) => evm.encodeClaim(value), () => false],
  'claimCall(bundle)': [
    fc.oneof(strange, text, inBytes(bundle), mutated(bundle)),
    /^bundle: /,
    (value) => evm.encodeClaim({ ...input, bundle: value }),
    isCalldata,
  ],
  'verifyArguments(bundle)': [
    fc.oneof(strange, text, inBytes(bundle), mutated(bundle)),
    /^bundle: /,
    (value) => evm.verifyArguments(value),
    ({ proof, inputs }) => [...proof, ...inputs].every((number) => number >= 0n && number < 2n ** 254n),
  ],
  'orderId(order)': [strange, /^order/, (value) => evm.orderId(value, keccak256), () => false],
  'orderId(keccak256)': [
    fc.oneof(strange, strange.map((make) => () => make)),
    /^keccak256/,
    (value) => evm.orderId(order, value),
    (id) => /^0x[0-9a-f]{64}$/.test(id),
  ],
  'claimContext(place)': [strange, /^place/, (value) => evm.claimContext(value, word), () => false],
  'claimContext(order)': [fc.oneof(strange, text), /^order: /, (value) => evm.claimContext(place, value), () => false],
  ...Object.fromEntries(
    Object.keys(order).map((term) => [
      `orderId(order.${term})`,
      [fc.oneof(strange, text), new RegExp(`^order\\.${term}: `), (value) => evm.orderId({ ...order, [term]: value }, keccak256), (id) => id === keccak256()],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(place).map((member) => [
      `claimContext(place.${member})`,
      [
        fc.oneof(strange, text),
        new RegExp(`^place\\.${member}: `),
        (value) => evm.claimContext({ ...place, [member]: value }, word),
        ({ chainId }) => chainId >= 0n && chainId < 2n ** 64n,
      ],
    ]),
  ),
};

for (const [name, [values, names, call, fits]] of Object.entries(CALLS)) {
  test(`hostile values: ${name}`, () => {
    let typeErrors = 0;
    const judge = (make) => {
      let outcome;
      try {
        outcome = call(make());
      } catch (error) {
        assert.ok(error instanceof Error, 'what was thrown is no error');
        assert.ok(error.message.length < 1_000, `a message of ${error.message.length} characters`);
        if (error instanceof evm.WattproofError) {
          assert.ok(codes.has(error.code) && error.message !== '' && error.remedy !== '', error.code);
          return;
        }
        assert.ok(error instanceof TypeError, error);
        assert.match(error.message, names);
        typeErrors += 1;
        return;
      }
      assert.ok(fits(outcome), String(outcome));
    };
    fc.assert(fc.property(values, judge), { numRuns: RUNS, seed: SEED, endOnFailure: true, includeErrorInReport: true });
    assert.ok(typeErrors > 0, 'no wrong type was among them');
    assert.equal(evm.encodeClaim(input), GOOD);
  });
}

test('numbers stay within the types of the contract', () => {
  const sizes = { start: 40n, end: 40n, deadline: 40n, escrow: 128n, price: 128n, rate: 128n, per: 64n };
  for (const [term, bits] of Object.entries(sizes)) {
    const id = (value) => evm.orderId({ ...order, [term]: value }, keccak256);
    assert.equal(id(2n ** bits - 1n), keccak256());
    for (const value of [2n ** bits, -1n, 2n ** 256n]) assert.throws(() => id(value), TypeError, `${term} ${value}`);
  }
  for (const [term, most] of [['kind', 2], ['output', 255]]) {
    const id = (value) => evm.orderId({ ...order, [term]: value }, keccak256);
    assert.equal(id(most), keccak256());
    for (const value of [most + 1, -1, 0.5, -0, 1n, '0']) assert.throws(() => id(value), TypeError, `${term} ${String(value)}`);
  }
});
