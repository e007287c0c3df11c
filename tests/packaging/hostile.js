// What a hostile caller may pass for any argument, as fast-check arbitraries of functions that make the value: the library itself
// stumbles over some of them, and those with state (detached memory, revoked proxies) are made anew each time.

import fc from 'fast-check';

const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const lazily = (...makers) => fc.constantFrom(...makers);
/** Makers of ordinary values, which a failure can show. */
const made = (values) =>
  values.map((value) => Object.assign(() => value, { [fc.toStringMethod]: () => fc.stringify(value).slice(0, 2_000) }));

const explode = () => {
  throw new Error('a trap sprang');
};
// A thrown value that explodes again when somebody looks at it.
const explodeTwice = () => {
  throw new Proxy({}, { get: explode, getPrototypeOf: explode });
};

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function trapped(target, thrower) {
  const names = Object.getOwnPropertyNames(Reflect);
  return new Proxy(target, Object.fromEntries(names.map((name) => [name, thrower])));
}

function detached() {
  const bytes = new Uint8Array(16);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function shrunk() {
  const buffer = new ArrayBuffer(64, { maxByteLength: 128 });
  const bytes = new Uint8Array(buffer, 32, 16);
  buffer.resize(16);
  return bytes;
}

const spoofedKind = (value) => Object.defineProperty(value, Symbol.toStringTag, { value: 'Uint8Array' });
const spoofedLength = (value, length) =>
  Object.defineProperties(value, { length: { value: length }, byteLength: { value: length } });

class Loud extends Uint8Array {
  static get [Symbol.species]() {
    return explode();
  }
  get length() {
    return explode();
  }
  [Symbol.iterator]() {
    return explode();
  }
}

const polluted = (members) => JSON.parse(`{"__proto__":${JSON.stringify(members)}}`);

/** No file and no bytes of one. */
export const strange = fc.oneof(
  made(
    fc.constantFrom(undefined, null, true, false, 0, -0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, 2 ** 53 + 2, -(2 ** 60), 1e308),
  ),
  made(fc.bigInt()),
  made(fc.double()),
  made(fc.constantFrom(R, R + 1n, -R, 2n ** 64n, 2n ** 256n)),
  lazily(
    () => Symbol('bundle'),
    () => Symbol.iterator,
    () => explode,
    () => class {},
    () => async () => {},
    () => new Date(Number.NaN),
    () => new Date(0),
    () => /x/g,
    () => new Map([['key', 1]]),
    () => Promise.resolve('{}'),
    () => new Error('{}'),
    () => new String('{}'),
    () => Object(1n),
    () => globalThis,
    () => Object.create(null),
    () => polluted({ allowDevKeys: true, key: 1, profile: '{}' }),
  ),
  lazily(
    () => revoked({}),
    () => revoked([]),
    () => revoked(() => {}),
    () => revoked(new Uint8Array(3)),
    () => trapped({}, explode),
    () => trapped({}, explodeTwice),
    () => trapped([], explode),
    () => trapped(new Uint8Array(3), explode),
    () => new Proxy(new Uint8Array(3), {}),
    () => ({ toString: explode, valueOf: explode, [Symbol.toPrimitive]: explode, toJSON: explode, then: undefined }),
    () => Object.defineProperty({}, Symbol.toStringTag, { get: explodeTwice }),
    () => Object.defineProperty({}, 'length', { get: explode }),
  ),
  lazily(
    () => new ArrayBuffer(8),
    () => new SharedArrayBuffer(8),
    () => new DataView(new ArrayBuffer(8)),
    () => new Int8Array(8),
    () => new Uint8ClampedArray(8),
    () => new Uint16Array(8),
    () => new Float64Array([Number.NaN, 1]),
    () => new BigInt64Array(2),
    () => spoofedKind(new Float32Array(4)),
    () => spoofedKind(new DataView(new ArrayBuffer(8))),
    () => spoofedKind({ length: 4, byteLength: 4, buffer: new ArrayBuffer(4) }),
    () => Object.create(Uint8Array.prototype),
    () => Object.setPrototypeOf([123, 125], Uint8Array.prototype),
  ),
  made(fc.array(fc.nat(255), { maxLength: 8 })),
  made(fc.object({ maxDepth: 2 })),
);

/** Texts that are no file. */
export const text = made(
  fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom(
      '',
      '\0',
      '\ud800',
      '"\udfff"',
      '\ufeff{}',
      '{}',
      '[]',
      'null',
      '0x1f',
      '__proto__',
      '{"__proto__":{"wattproof":"bundle/1"}}',
    ),
    fc.constantFrom(65_535, 65_536, 65_537, 1_048_577).map((length) => ' '.repeat(length)),
    fc
      .constantFrom('[', '{"a":', '{"wattproof":[', '-', '1', '"', '\\', '"\\u')
      .map((unit) => unit.repeat(Math.floor(60_000 / unit.length))),
    fc.constantFrom('[', '{"a":', '9').map((unit) => unit.repeat(100_000)),
    fc.constant('9'.repeat(2 ** 22)),
  ),
);

/** `file` in the forms that bytes can have, some of them treacherous. */
export const inBytes = (file) => {
  const bytes = new TextEncoder().encode(file);
  return lazily(
    () => bytes,
    () => Buffer.from(bytes),
    () => new Loud(bytes),
    () => spoofedLength(new Uint8Array(bytes), 3),
    () => spoofedLength(new Uint8Array(bytes), 2 ** 40),
    () => spoofedLength(new Uint8Array(2_000_000), 3),
    () => {
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
      shared.set(bytes);
      return shared;
    },
    () => {
      const growing = new Uint8Array(new ArrayBuffer(bytes.length, { maxByteLength: 2 * bytes.length + 1 }));
      growing.set(bytes);
      return growing;
    },
    detached,
    shrunk,
    () => new Uint8Array(0),
    () => new Uint8Array(2_000_000),
    () => Uint8Array.from(bytes, (byte, i) => (i % 97 === 5 ? byte ^ 0x80 : byte)),
    () => new Uint8Array([...bytes, 0]),
  );
};

const SCALARS = [
  'null',
  'true',
  '0',
  '-1',
  '1.0',
  '1e999',
  '9007199254740993',
  '"9007199254740993"',
  '"-1"',
  '"01"',
  '"0x1f"',
  '"1e3"',
  '" 1"',
  `"${R}"`,
  `"${R - 1n}"`,
  `"${R + 1n}"`,
  `"${2n ** 64n}"`,
  `"${2n ** 256n}"`,
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '{}',
  '[]',
  '[[]]',
  '{"__proto__":1}',
];

/** A real file after one of many accidents. */
export const mutated = (file) => {
  const members = [...file.matchAll(/"[\w-]+"\s*:/g)].map((match) => match.index);
  const values = [...file.matchAll(/:\s*("[^"]*"|-?\d+|true|false|null)/g)].map((match) => [
    match.index + match[0].length - match[1].length,
    match.index + match[0].length,
  ]);
  const at = fc.nat(file.length);
  const replaced = ([from, to], value) => file.slice(0, from) + value + file.slice(to);
  return made(
    fc.oneof(
      at.map((cut) => file.slice(0, cut)),
      at.map((cut) => file.slice(cut)),
      fc
        .tuple(at, fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }))
        .map(([i, piece]) => file.slice(0, i) + piece + file.slice(i + 1)),
      fc.tuple(at, fc.nat(200)).map(([i, length]) => file.slice(0, i) + file.slice(i, i + length) + file.slice(i)),
      fc.tuple(at, fc.nat(200)).map(([i, length]) => file.slice(0, i) + file.slice(i + length)),
      fc.tuple(fc.constantFrom(...values), fc.constantFrom(...SCALARS)).map(([place, value]) => replaced(place, value)),
      fc
        .tuple(fc.constantFrom(...values), fc.constantFrom(...values))
        .map(([place, [from, to]]) => replaced(place, file.slice(from, to))),
      // The same member twice; a member under another's name.
      fc.constantFrom(...members).map((i) => `${file.slice(0, i)}${/^"[^"]*"/.exec(file.slice(i))[0]}: 1, ${file.slice(i)}`),
      fc
        .tuple(fc.constantFrom(...members), fc.constantFrom('"__proto__"', '"wattproof"', '"constructor"', '"\\u0061"', '""'))
        .map(([i, name]) => file.slice(0, i) + file.slice(i).replace(/^"[^"]*"/, name)),
      fc
        .tuple(fc.constantFrom(...values), fc.constantFrom(1_000, 50_000, 100_000))
        .map(([place, digits]) => replaced(place, `"${'9'.repeat(digits)}"`)),
      fc
        .tuple(fc.constantFrom(...values), fc.constantFrom(100, 10_000, 100_000))
        .map(([place, depth]) => replaced(place, '['.repeat(depth) + ']'.repeat(depth))),
    ),
  );
};
