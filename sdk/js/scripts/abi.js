// Writes src/evm/abi.ts from the contracts as compiled (`npm run build -w contracts`): their interfaces exist once, in Solidity.

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const out = fileURLToPath(new URL('../../../contracts/out/', import.meta.url));
const file = fileURLToPath(new URL('../src/evm/abi.ts', import.meta.url));

const artefact = (name) => JSON.parse(readFileSync(`${out}${name}.json`, 'utf8'));

/** The ABI without what only compilers need. */
const plain = (abi) => JSON.parse(JSON.stringify(abi, (key, value) => (key === 'internalType' ? undefined : value)));

const lines = (abi) => plain(abi).map((entry) => `  ${JSON.stringify(entry)},\n`).join('');

const errorsOf = (abi) => abi.filter(({ type }) => type === 'error');

/** The text of src/evm/abi.ts. */
export function abiSource() {
  const settlement = artefact('WattproofSettlement');
  const verifier = artefact('IWattproofBatchVerifier');
  const selector = (name) => Object.entries(settlement.selectors).find(([signature]) => signature.startsWith(`${name}(`))[1];
  return `// Made by sdk/js/scripts/abi.js from the contracts; a test compares.

const SETTLEMENT = [
${lines([...settlement.abi, ...errorsOf(verifier.abi)])}] as const;

const VERIFIER = [
${lines(verifier.abi)}] as const;

/** The type of {@link settlementAbi}: literal, so that viem and abitype know its functions. */
export type SettlementAbi = typeof SETTLEMENT;

/** The type of {@link verifierAbi}, as literal. */
export type VerifierAbi = typeof VERIFIER;

/** The ABI of \`WattproofSettlement\`: every function and event, every error of its own and of verifiers. */
export const settlementAbi: SettlementAbi = SETTLEMENT;

/** The ABI of verifiers that \`wattproof export solidity\` writes. Those that are not of batches lack \`verifyBatch\` and \`findInvalid\`. */
export const verifierAbi: VerifierAbi = VERIFIER;

/** First bytes of a call. */
export const SELECTORS = { claim: '0x${selector('claim')}', claimByDevice: '0x${selector('claimByDevice')}' } as const;
`;
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) writeFileSync(file, abiSource());
