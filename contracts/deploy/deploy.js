// From a verifying key to contracts on a chain. Whatever can be refused is refused before anything is sent; what lies on the chain then is
// compared with what was compiled.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createPublicClient, createWalletClient, http, isAddress, zeroAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const home = join(import.meta.dirname, '..');

/** Why nothing was deployed, or why what was is not to be used. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Deploys verifier, batch verifier and settlement; gives their addresses and what they are. */
export async function deploy(parts) {
  const { rpc, key, owner, name, deployer, program } = parts;
  if (!isAddress(owner, { strict: false }) || owner === zeroAddress) throw new Refused('owner', `--owner: ${owner} is no address`);
  const account = accountOf(deployer);
  const rules = rulesOf(parts);
  const client = createPublicClient({ transport: http(rpc) });
  const chainId = await client.getChainId().catch((error) => {
    throw new Refused('no-node', `--rpc: ${error.shortMessage ?? error.message}`);
  });
  const forgeable = testChain(parts.forgeableOn, chainId);
  const folder = mkdtempSync(join(tmpdir(), 'wattproof-deploy-'));
  try {
    const exported = write(folder, program, resolve(key), name, forgeable);
    check(exported, rules, forgeable);
    return await put({ parts, account, rules, client, chainId, forgeable, exported, contracts: compile(folder, name) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Refuses what `wattproof` exports and this does not deploy. */
function check({ setup }, rules, forgeable) {
  const trial = setup.status !== 'ceremony' || setup.first_phase === 'private';
  if (!trial && setup.contributions < rules.minContributors) {
    throw new Refused('too-few-contributors', `the key has ${setup.contributions} contributors; --min-contributors is ${rules.minContributors}`);
  }
  // The flag allows keys that can be forged, and is not to be left in a command by habit.
  if (forgeable && !trial) throw new Refused('needless-flag', 'the key is of a ceremony: leave --forgeable-key-on-test-chain away');
}

/** Puts them on the chain, and compares. */
async function put({ parts, account, rules, client, chainId, forgeable, exported, contracts }) {
  const { rpc, owner, tell } = parts;
  const { fingerprint, circuit_id: circuit } = exported;
  const chain = { id: chainId, name: 'chain', nativeCurrency: { name: '', symbol: '', decimals: 18 }, rpcUrls: { default: { http: [rpc] } } };
  const wallet = createWalletClient({ account, transport: http(rpc), chain });
  const make = async (artefact, args = []) => {
    const hash = await wallet.deployContract({ abi: artefact.abi, bytecode: artefact.bytecode, args });
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Refused('reverted', `the transaction ${hash} reverted`);
    await compareCode(client, receipt.contractAddress, artefact);
    tell(`deployed at ${receipt.contractAddress}, ${receipt.gasUsed} gas`);
    const { contractAddress: address } = receipt;
    return { address: address.toLowerCase(), ask: (functionName) => client.readContract({ address, abi: artefact.abi, functionName }) };
  };
  const [verifier, batchVerifier] = [await make(contracts.verifier), await make(contracts.batch)];
  for (const each of [verifier, batchVerifier]) {
    await expect(each, 'fingerprint', `0x${fingerprint}`);
    await expect(each, 'circuit', `0x${circuit}`);
  }
  const settlement = await make(contracts.settlement, [owner, forgeable, rules.minContributors, rules.rootGrace, rules.claimWindow]);
  // The code is compared but for these.
  await expect(settlement, 'owner', owner);
  await expect(settlement, 'allowDevelopment', forgeable);
  for (const [what, value] of Object.entries(rules)) await expect(settlement, what, value);
  return {
    chain_id: String(chainId), verifier: verifier.address, batch_verifier: batchVerifier.address, settlement: settlement.address,
    owner: owner.toLowerCase(), fingerprint, circuit_id: circuit, allows_development_keys: forgeable,
  };
}

function accountOf(deployer) {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(deployer ?? '')) throw new Refused('no-deployer', 'WATTPROOF_DEPLOYER_KEY is not a private key of 32 bytes in hex');
  try {
    return privateKeyToAccount(`0x${deployer.replace(/^0x/, '')}`);
  } catch {
    // The library's words may repeat it.
    throw new Refused('no-deployer', 'WATTPROOF_DEPLOYER_KEY is no private key');
  }
}

function rulesOf({ minContributors, rootGrace, claimWindow }) {
  const number = (option, text, least, most) => {
    const value = /^\d{1,12}$/.test(text) ? Number(text) : -1;
    if (value < least || value > most) throw new Refused('usage', `--${option}: not a number from ${least} to ${most}`);
    return value;
  };
  return {
    minContributors: number('min-contributors', minContributors, 1, 0xffff_ffff),
    rootGrace: BigInt(number('root-grace', rootGrace, 1, 2 ** 32)),
    claimWindow: BigInt(number('claim-window', claimWindow, 1, 2 ** 32)),
  };
}

/** Whether forgeable keys will do: only where the chain was named, so that a wrong address of a node deploys nothing. */
function testChain(named, chainId) {
  if (named === undefined) return false;
  if (named !== String(chainId)) throw new Refused('wrong-chain', `--forgeable-key-on-test-chain names chain ${named}; the node is on ${chainId}`);
  return true;
}

/** The key's contracts, as source. `wattproof export solidity` is who refuses keys: of no ceremony, of nobody, unsound, of other circuits. */
function write(folder, program, key, name, forgeable) {
  const args = ['--json', 'export', 'solidity', '--key', key, '--name', name, '-o', join(folder, 'Verifier.sol'), ...(forgeable ? ['--allow-development'] : [])];
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new Refused('no-program', `${program}: ${error.message}; WATTPROOF_CLI names it`);
  if (status !== 0) throw new Refused('key', `${stderr || stdout}`.trim());
  return JSON.parse(stdout);
}

function compile(folder, name) {
  const build = (...more) => execFileSync(process.execPath, [join(home, 'build.js'), ...more], { stdio: ['ignore', 'ignore', 'inherit'] });
  const out = join(folder, 'out');
  build();
  build(folder, out);
  const read = (where, contract) => JSON.parse(readFileSync(join(where, `${contract}.json`), 'utf8'));
  return { verifier: read(out, `${name}Verifier`), batch: read(out, `${name}BatchVerifier`), settlement: read(join(home, 'out'), 'WattproofSettlement') };
}

/** What lies on the chain, byte for byte but for immutable values. */
async function compareCode(client, address, { deployedBytecode, immutables }) {
  const found = await client.getCode({ address });
  const masked = (code = '0x') => {
    const bytes = Buffer.from(code.slice(2), 'hex');
    for (const { start, length } of immutables) bytes.fill(0, start, start + length);
    return bytes;
  };
  if (!masked(found).equals(masked(deployedBytecode))) throw new Refused('other-code', `at ${address} lies other code than was compiled: do not use it`);
}

async function expect({ address, ask }, what, value) {
  const found = await ask(what);
  if (String(found).toLowerCase() !== String(value).toLowerCase()) throw new Refused('other-code', `${address}: ${what} is ${found}, not ${value}: do not use it`);
}
