// snarkjs, from a key and a witness to a proof, as a process of its own: `prove-snarkjs.js KEY WITNESS PROOF`.

import { writeFileSync } from 'node:fs';
import { groth16 } from 'snarkjs';

const [zkey, wtns, out] = process.argv.slice(2);
const { proof } = await groth16.prove(zkey, wtns);
writeFileSync(out, JSON.stringify(proof));
// Its workers keep a process alive.
process.exit();
