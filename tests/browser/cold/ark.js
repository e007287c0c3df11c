import init, { Key } from 'ark-cold';

let started;

export const start = () => (started ??= init({ module_or_path: new URL('./ark_cold_bg.wasm', import.meta.url) }));

export async function prepare({ keyBytes, proofBytes, inputBytes }) {
  await start();
  const bytes = (list) => Uint8Array.from(list);
  const key = Key.load(bytes(keyBytes));
  const [proof, inputs] = [bytes(proofBytes), bytes(inputBytes)];
  return () => key.verify(proof, inputs);
}
