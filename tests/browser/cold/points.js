// Our compressed points as affine coordinates, for verifiers that take nothing else.

const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const G1_BYTES = 32;
const G2_BYTES = 64;

/** A verifying key's bytes as snarkjs writes keys. */
export function keyJson(bytes) {
  const points = reader(bytes);
  const [alpha, beta, gamma, delta] = [points.g1(), points.g2(), points.g2(), points.g2()];
  const inputs = [];
  while (points.left() > 0) inputs.push(points.g1());
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: inputs.length - 1,
    vk_alpha_1: alpha,
    vk_beta_2: beta,
    vk_gamma_2: gamma,
    vk_delta_2: delta,
    IC: inputs,
  };
}

/** A proof's bytes as snarkjs writes proofs. */
export function proofJson(bytes) {
  const points = reader(bytes);
  return { protocol: 'groth16', curve: 'bn128', pi_a: points.g1(), pi_b: points.g2(), pi_c: points.g1() };
}

function reader(bytes) {
  let at = 0;
  const take = (length) => bytes.subarray(at, (at += length));
  return {
    left: () => bytes.length - at,
    g1: () => g1(take(G1_BYTES)).map(String).concat('1'),
    g2: () => [...g2(take(G2_BYTES)).map((x) => x.map(String)), ['1', '0']],
  };
}

/** x little-endian; the top bit of the last byte says that y is the greater of the two. */
function g1(bytes) {
  const { numbers: [x], greater } = parts(bytes, 1);
  const y = root(mod(x ** 3n + 3n));
  return [x, greater === y > Q - y ? y : Q - y];
}

function g2(bytes) {
  const { numbers: x, greater } = parts(bytes, 2);
  // The twist's constant: 3 / (9 + u).
  const scale = inverse(82n);
  const twist = [mod(27n * scale), mod(-3n * scale)];
  const y = root2(times(times(x, x), x).map((part, i) => mod(part + twist[i])));
  const negative = y.map((part) => mod(-part));
  const isGreater = y[1] === negative[1] ? y[0] > negative[0] : y[1] > negative[1];
  return [x, greater === isGreater ? y : negative];
}

function parts(bytes, count) {
  const copy = Uint8Array.from(bytes);
  const last = copy.length - 1;
  const greater = copy[last] >> 7 === 1;
  copy[last] &= 0x3f;
  const numbers = Array.from({ length: count }, (_, i) =>
    copy.subarray(32 * i, 32 * i + 32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  return { numbers, greater };
}

function mod(x) {
  return ((x % Q) + Q) % Q;
}

function times([a, b], [c, d]) {
  return [mod(a * c - b * d), mod(a * d + b * c)];
}

function power(x, exponent) {
  let result = 1n;
  for (let base = mod(x); exponent > 0n; exponent >>= 1n, base = mod(base * base)) {
    if (exponent & 1n) result = mod(result * base);
  }
  return result;
}

function inverse(x) {
  return power(x, Q - 2n);
}

/** The modulus is 3 modulo 4. */
function root(x) {
  const y = power(x, (Q + 1n) / 4n);
  if (mod(y * y) !== mod(x)) throw new Error('no square: not a point');
  return y;
}

/** A root of `a + b u` from that of its norm. */
function root2([a, b]) {
  const norm = root(a * a + b * b);
  for (const sign of [norm, -norm]) {
    const half = mod((a + sign) * inverse(2n));
    if (power(half, (Q - 1n) / 2n) !== 1n) continue;
    const c = root(half);
    return [c, mod(b * inverse(2n * c))];
  }
  throw new Error('no square: not a point');
}
