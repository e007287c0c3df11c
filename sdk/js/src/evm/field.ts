// Square roots in the base field of BN254, to find the y that a compressed point leaves out. Public numbers only, so that time may tell.

/** The base field's order, 3 modulo 4. */
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** An element `[c0, c1]`, c0 + c1 u with u² = −1. */
export type Fq2 = readonly [bigint, bigint];

const mod = (x: bigint): bigint => ((x % Q) + Q) % Q;

function power(x: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let base = mod(x), rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * base) % Q;
    base = (base * base) % Q;
  }
  return result;
}

/** A square root, or undefined if there is none. */
export function root(x: bigint): bigint | undefined {
  const y = power(x, (Q + 1n) / 4n);
  return mod(y * y - x) === 0n ? y : undefined;
}

const inverse = (x: bigint): bigint => power(x, Q - 2n);

const multiply = ([a, b]: Fq2, [c, d]: Fq2): Fq2 => [mod(a * c - b * d), mod(a * d + b * c)];

/** A square root, or undefined if there is none. */
export function root2([a, b]: Fq2): Fq2 | undefined {
  if (b === 0n) {
    const real = root(a);
    // −1 is no square here, so that of a and −a one is.
    const imaginary = real === undefined ? root(-a) : undefined;
    return real !== undefined ? [real, 0n] : imaginary !== undefined ? [0n, imaginary] : undefined;
  }
  const norm = root(mod(a * a + b * b));
  if (norm === undefined) return undefined;
  const half = inverse(2n);
  const real = root(mod((a + norm) * half)) ?? root(mod((a - norm) * half));
  if (real === undefined) return undefined;
  return [real, mod(b * half * inverse(real))];
}

/** The y² of the point of G1 with this x: x³ + 3. */
export const squareAt = (x: bigint): bigint => mod(x * x * x + 3n);

/** The curve of G2 is y² = x³ + 3 / (9 + u). */
const TWIST: Fq2 = [
  19485874751759354771024239261021720505790618469301721065564631296452457478373n,
  266929791119991161246907387137283842545076965332900288569378510910307636690n,
];

/** The y² of the point of G2 with this x. */
export function squareAt2(x: Fq2): Fq2 {
  const [c0, c1] = multiply(multiply(x, x), x);
  return [mod(c0 + TWIST[0]), mod(c1 + TWIST[1])];
}

/** −x. */
export const negated = (x: bigint): bigint => mod(-x);
