// The package's ES modules import names from `blakejs` that Node does not find there; its CommonJS build works.

import { createRequire } from 'node:module';

export const { derivePublicKey, signMessage, verifySignature } = createRequire(import.meta.url)('@zk-kit/eddsa-poseidon');
