import { createVerifier, loadKey } from 'wattproof';

export async function prepare({ keyFile, profile, bundle }) {
  const key = await loadKey(keyFile, { allowDevKeys: true });
  const verifier = await createVerifier({ key, profile });
  return () => verifier.verify(bundle).verdict === 'verified';
}
