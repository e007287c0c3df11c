import { createVerifier, init, loadKey } from 'wattproof';

export const start = () => init();

export async function prepare({ keyFile, profile, bundle }) {
  const key = await loadKey(keyFile, { allowDevKeys: true });
  const verifier = await createVerifier({ key, profile });
  return () => verifier.verify(bundle).verdict === 'verified';
}
