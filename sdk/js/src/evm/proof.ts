import { Q, negated, root, root2, squareAt, squareAt2, type Fq2 } from './field.js';
import { refuse } from './refusal.js';

/** A proof as contracts take it: A.x, A.y, B.x (imaginary, real), B.y (imaginary, real), C.x, C.y. */
export type ProofWords = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** Top bits of a compressed point: the greater of the two y; no point at all. */
const GREATER = 0x80;
const IDENTITY = 0x40;

/** The words of a bundle's `proof`, which is 128 compressed bytes in base64url. Whether the points are in the subgroup is for the verifier. */
export function proofWords(text: unknown): ProofWords {
  const bytes = typeof text === 'string' ? fromBase64Url(text) : undefined;
  if (bytes?.length !== 128) throw refuse('bad-point', 'bundle: proof is not 128 bytes in base64url');
  const [ax, ay] = g1('proof.a', bytes.subarray(0, 32));
  const [bx, by] = g2('proof.b', bytes.subarray(32, 96));
  const [cx, cy] = g1('proof.c', bytes.subarray(96));
  return [ax, ay, bx[1], bx[0], by[1], by[0], cx, cy];
}

function g1(name: string, bytes: Uint8Array): [bigint, bigint] {
  const greater = flag(name, bytes);
  const x = element(name, bytes);
  const y = root(squareAt(x));
  if (y === undefined) throw off(name);
  return [x, y > negated(y) === greater ? y : negated(y)];
}

function g2(name: string, bytes: Uint8Array): [Fq2, Fq2] {
  const greater = flag(name, bytes);
  const x: Fq2 = [element(name, bytes.subarray(0, 32)), element(name, bytes.subarray(32))];
  const y = root2(squareAt2(x));
  if (y === undefined) throw off(name);
  const other: Fq2 = [negated(y[0]), negated(y[1])];
  // Compared by the imaginary part, and by the real one where that is zero.
  const isGreater = y[1] === other[1] ? y[0] > other[0] : y[1] > other[1];
  return [x, isGreater === greater ? y : other];
}

/** Whether the greater y is meant; takes the flags out of the bytes. */
function flag(name: string, bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  const flags = (bytes[last] ?? 0) & (GREATER | IDENTITY);
  if (flags & IDENTITY) throw off(name);
  bytes[last] = (bytes[last] ?? 0) & ~GREATER;
  return flags === GREATER;
}

/** 32 bytes, little-endian. */
function element(name: string, bytes: Uint8Array): bigint {
  const x = bytes.reduceRight((x, byte) => (x << 8n) | BigInt(byte), 0n);
  if (x >= Q) throw off(name);
  return x;
}

const off = (name: string) => refuse('bad-point', `bundle: ${name} is not a point of the curve, or the identity`);

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** By hand, as not every runtime has `atob`. Refuses other digits, and bits that stand for nothing. */
function fromBase64Url(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let [bits, held, at] = [0, 0, 0];
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = bits >> held;
    bits &= (1 << held) - 1;
  }
  return bits === 0 ? bytes : undefined;
}
