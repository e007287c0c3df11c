import * as mcl from 'mcl-wasm';

let started;

export const start = () => (started ??= mcl.init(mcl.BN_SNARK1));

/** The lines of gamma and delta once; a single final exponentiation, compared with e(alpha, beta). */
export async function prepare({ key, proof, inputs }) {
  await start();
  // A proof's points are checked for the subgroup as they are read.
  mcl.verifyOrderG1(true);
  mcl.verifyOrderG2(true);
  const g1 = ([x, y]) => read(new mcl.G1(), `1 ${x} ${y}`);
  const g2 = ([[a, b], [c, d]]) => read(new mcl.G2(), `1 ${a} ${b} ${c} ${d}`);
  const [gamma, delta] = [key.vk_gamma_2, key.vk_delta_2].map((point) => new mcl.PrecomputedG2(g2(point)));
  const target = mcl.pairing(g1(key.vk_alpha_1), g2(key.vk_beta_2));
  const [constant, ...terms] = key.IC.map(g1);
  return () => {
    const scalars = inputs.map((input) => read(new mcl.Fr(), input));
    const sum = mcl.neg(mcl.add(constant, mcl.mulVec(terms, scalars)));
    const left = mcl.millerLoop(g1(proof.pi_a), g2(proof.pi_b));
    const right = mcl.precomputedMillerLoop2(sum, gamma, mcl.neg(g1(proof.pi_c)), delta);
    return mcl.finalExp(mcl.mul(left, right)).isEqual(target);
  };
}

function read(value, text) {
  value.setStr(text, 10);
  return value;
}
