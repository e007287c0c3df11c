import { groth16 } from 'snarkjs';

export async function prepare({ key, proof, inputs }) {
  return () => groth16.verify(key, inputs, proof);
}
