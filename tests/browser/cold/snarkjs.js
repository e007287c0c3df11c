import { curves, groth16 } from 'snarkjs';

let started;

/** The curve, with its workers; it is kept for whoever verifies. */
export const start = () => (started ??= curves.getCurveFromName('bn128'));

export async function prepare({ key, proof, inputs }) {
  await start();
  return () => groth16.verify(key, inputs, proof);
}
