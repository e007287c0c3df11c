// `npm run deploy -w contracts -- OPTIONS`: puts a key's verifiers and a settlement on a chain, and prints where they are, as JSON.
// docs/CONTRACTS.md says what it refuses. The deployer's key comes from the environment, as arguments are seen by every program.

import { parseArgs } from 'node:util';
import { deploy, Refused } from './deploy.js';

const USAGE = `usage: npm run deploy -w contracts -- --rpc URL --key KEY.vk.json --owner ADDRESS
  [--name NAME]               of the contracts: NAMEVerifier (Wattproof)
  [--min-contributors N]      the settlement's, for keys registered later (3)
  [--root-grace SECONDS]      the settlement's; at most the registry's (604800)
  [--claim-window SECONDS]    the settlement's (864000)
  [--forgeable-key-on-test-chain CHAIN_ID]
environment: WATTPROOF_DEPLOYER_KEY, a private key of 32 bytes in hex; WATTPROOF_CLI, the program, if it is not on PATH`;

try {
  const options = {
    rpc: { type: 'string' }, key: { type: 'string' }, owner: { type: 'string' },
    name: { type: 'string', default: 'Wattproof' },
    'min-contributors': { type: 'string', default: '3' },
    'root-grace': { type: 'string', default: '604800' },
    'claim-window': { type: 'string', default: '864000' },
    'forgeable-key-on-test-chain': { type: 'string' },
  };
  const { values } = parseArgs({ options });
  const { rpc, key, owner, name } = values;
  if (!rpc || !key || !owner) throw new Refused('usage', USAGE);
  const deployed = await deploy({
    rpc, key, owner, name,
    minContributors: values['min-contributors'], rootGrace: values['root-grace'], claimWindow: values['claim-window'],
    forgeableOn: values['forgeable-key-on-test-chain'],
    deployer: process.env.WATTPROOF_DEPLOYER_KEY, program: process.env.WATTPROOF_CLI ?? 'wattproof',
    tell: (text) => console.error(text),
  });
  console.log(JSON.stringify(deployed, null, 2));
} catch (error) {
  const misread = /^ERR_PARSE_ARGS/.test(error.code ?? '');
  const refused = misread || error instanceof Refused;
  console.error(refused ? `refused [${misread ? 'usage' : error.code}]: ${error.message}` : error);
  process.exitCode = refused ? 1 : 2;
}
