// Which Wasm proves here: `wattproof_prove_fused` multiplies by vectors' multiply-and-add (relaxed SIMD), rounded once.

/**
 * A module of one function, `(a, c) => a a + c` by `f64x2.relaxed_madd`:
 *
 *     (module (func (export "f") (param f64 f64) (result f64)
 *       (f64x2.extract_lane 0 (f64x2.relaxed_madd
 *         (f64x2.splat (local.get 0)) (f64x2.splat (local.get 0)) (f64x2.splat (local.get 1))))))
 */
const PROBE = [
  [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  [0x01, 0x07, 0x01, 0x60, 0x02, 0x7c, 0x7c, 0x01, 0x7c],
  [0x03, 0x02, 0x01, 0x00],
  [0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  [0x0a, 0x16, 0x01, 0x14, 0x00],
  [0x20, 0x00, 0xfd, 0x14, 0x20, 0x00, 0xfd, 0x14, 0x20, 0x01, 0xfd, 0x14],
  [0xfd, 0x87, 0x02, 0xfd, 0x21, 0x00, 0x0b],
];

/**
 * Whether this engine has the instruction, and the machine rounds it once: that is up to the machine, and the same for all of it. Where
 * it is rounded twice, products would be wrong (no proof would verify).
 */
export function fuses(): boolean {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(PROBE.flat())));
    const f = exports['f'] as (a: number, c: number) => number;
    // (2^27 + 1)^2 = 2^54 + 2^28 + 1: of two roundings the first takes the one away.
    return f(2 ** 27 + 1, -(2 ** 54) - 2 ** 28) === 1;
  } catch {
    return false;
  }
}
