// Vectors read kindly: whatever could be meant as numbers and points, unchecked, as verifiers that check nothing would take it.

const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

const mod = (x) => ((x % Q) + Q) % Q;

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; b = mod(b * b), e >>= 1n) {
    if (e & 1n) result = mod(result * b);
  }
  return result;
}

const inverse = (x) => power(x, Q - 2n);

/** A square root, as q is 3 modulo 4; none of what is no square. */
function root(x) {
  const y = power(x, (Q + 1n) / 4n);
  return mod(y * y) === mod(x) ? y : undefined;
}

// Elements of the quadratic extension are pairs; its square is -1.
const mul = ([a, b], [c, d]) => [mod(a * c - b * d), mod(a * d + b * c)];

/** A square root in the extension, of its norm's. */
function root2([a, b]) {
  const norm = root(a * a + b * b);
  if (norm === undefined) return undefined;
  const half = inverse(2n);
  for (const sign of [norm, mod(-norm)]) {
    const re = root((a + sign) * half);
    if (re === undefined) continue;
    const im = re === 0n ? root(-a) : mod(b * inverse(2n * re));
    if (im === undefined) continue;
    const y = [re, im];
    const [c, d] = mul(y, y);
    if (c === mod(a) && d === mod(b)) return y;
  }
  return undefined;
}

const B2 = (() => {
  const norm = inverse(9n * 9n + 1n);
  return mul([3n, 0n], [mod(9n * norm), mod(-norm)]);
})();

const less = (y) => {
  const other = y.map((c) => mod(-c));
  for (let i = y.length - 1; i >= 0; i -= 1) if (y[i] !== other[i]) return y[i] < other[i];
  return true;
};

const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);

/** The point of these bytes, coordinates as they are: x, y, or undefined where there is none. Of the identity both are 0. */
function point(bytes) {
  const flags = bytes.at(-1) & 0xc0;
  const own = Uint8Array.from(bytes);
  own[own.length - 1] &= 0x3f;
  const x = [];
  for (let i = 0; i < own.length; i += 32) x.push(little(own.subarray(i, i + 32)));
  if (flags & 0x40) return { x: x.map(() => 0n), y: x.map(() => 0n) };
  const found = x.length === 1
    ? root(x[0] ** 3n + 3n)
    : root2(mul(mul(x, x), x).map((c, i) => c + B2[i]));
  if (found === undefined) return undefined;
  const y = [found].flat();
  return { x, y: less(y) === ((flags & 0x80) === 0) ? y : y.map((c) => mod(-c)) };
}

/** Points of these lengths, one after another. */
function points(text, lengths) {
  const bytes = Buffer.from(text, 'base64url');
  const list = [];
  let at = 0;
  for (const length of lengths(bytes.length)) {
    if (at + length > bytes.length) return undefined;
    list.push(point(bytes.subarray(at, at + length)));
    at += length;
  }
  return at === bytes.length && list.every(Boolean) ? list : undefined;
}

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const number = (text) => {
  if (typeof text !== 'string' || !/^(0|[1-9]\d*)$/.test(text)) throw new TypeError('no number');
  return BigInt(text);
};

/** Proof and inputs of a bundle's text. */
export const bundle = (text) => attempt(() => {
  const { statement: s, proof } = JSON.parse(text);
  const period = number(s.period.start) + (number(s.period.end) << 64n);
  const inputs = [number(s.policy_digest), period, ...[s.context, s.anchor, s.nullifier, ...s.outputs].map(number)];
  const [a, b, c] = points(proof, () => [32, 64, 32]);
  return { a, b, c, inputs };
});

/** The points of a key file's text. */
export const key = (text) => attempt(() => {
  const lengths = (length) => [32, 64, 64, 64, ...Array.from({ length: (length - 224) / 32 }, () => 32)];
  const [alpha, beta, gamma, delta, ...inputs] = points(JSON.parse(text).key, lengths);
  return { alpha, beta, gamma, delta, inputs };
});

/** Proof and inputs as contracts take them, in hex; none where a number has no room. */
export function words({ a, b, c, inputs }) {
  const list = [a.x, a.y, [...b.x].reverse(), [...b.y].reverse(), c.x, c.y, inputs].flat();
  return list.some((x) => x >> 256n) ? undefined : list.map((x) => `0x${x.toString(16)}`);
}

const isZero = ({ x, y }) => [...x, ...y].every((c) => c === 0n);
const g1 = (p) => (isZero(p) ? ['0', '1', '0'] : [`${p.x}`, `${p.y}`, '1']);
const g2 = (p) => {
  if (isZero(p)) return [['0', '0'], ['1', '0'], ['0', '0']];
  return [p.x.map(String), p.y.map(String), ['1', '0']];
};

/** As snarkjs has them in JSON: key, public signals, proof. */
export function theirs(vk, { a, b, c, inputs }) {
  return [
    {
      protocol: 'groth16',
      curve: 'bn128',
      nPublic: vk.inputs.length - 1,
      vk_alpha_1: g1(vk.alpha),
      vk_beta_2: g2(vk.beta),
      vk_gamma_2: g2(vk.gamma),
      vk_delta_2: g2(vk.delta),
      IC: vk.inputs.map(g1),
    },
    inputs.map(String),
    { protocol: 'groth16', curve: 'bn128', pi_a: g1(a), pi_b: g2(b), pi_c: g1(c) },
  ];
}
