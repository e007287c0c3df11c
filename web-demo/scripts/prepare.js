// Before the page is built: links the npm package, takes the samples from the shared vectors, so that what the page shows is what the
// tests run, and compiles the contracts that the room for settling puts on a chain.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { link } from '../../sdk/js/scripts/link.js';
import { readVectors } from '../../sdk/js/test/vectors.js';

const folder = fileURLToPath(new URL('../public/samples', import.meta.url));
const keys = fileURLToPath(new URL('../public/keys/index.json', import.meta.url));
const contracts = fileURLToPath(new URL('../../contracts/', import.meta.url));
const verifierSource = fileURLToPath(new URL('../public/keys/Hour.sol', import.meta.url));
const verifierFolder = fileURLToPath(new URL('../../target/contracts/page', import.meta.url));
const marketFile = fileURLToPath(new URL('../../tests/data/nem12/b1e1k1q1-15min.csv', import.meta.url));
const METER_FILE = 'sdge-hourly-2011-02.xml';
const meterFile = fileURLToPath(new URL(`../../tests/data/green-button/${METER_FILE}`, import.meta.url));

function main() {
  if (!existsSync(keys)) throw new Error('web-demo/public/keys is missing: run `cargo xtask web` once, which makes development keys');
  link();
  const { cases, files } = readVectors();
  const { good, tampered } = choose(cases);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write('key.json', files.keys[good.key]);
  write('profile.json', files.profiles[good.profile]);
  write('bundle.json', good.bundle);
  write('tampered.json', tampered.bundle);
  copyFileSync(meterFile, join(folder, METER_FILE));
  copyFileSync(marketFile, join(folder, 'market.csv'));
  write('contracts.json', `${JSON.stringify(bytecodes())}\n`);
}

// What a trade puts on a chain: a verifier of the page's own key, play money, the settlement.
function bytecodes() {
  const source = join(verifierFolder, 'src');
  const compile = (...args) => execFileSync(process.execPath, [join(contracts, 'build.js'), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source, { recursive: true });
  copyFileSync(verifierSource, join(source, 'Hour.sol'));
  compile();
  compile(source, join(verifierFolder, 'out'));
  const code = (...path) => JSON.parse(readFileSync(join(...path), 'utf8')).bytecode;
  return {
    verifier: code(verifierFolder, 'out', 'HourVerifier.json'),
    token: code(contracts, 'out', 'PlainToken.json'),
    settlement: code(contracts, 'out', 'WattproofSettlement.json'),
  };
}

// The longest period that reveals a figure shows most; its tampered twin differs in the bundle only.
function choose(cases) {
  const pairs = cases
    .filter((good) => good.expect.verdict === 'verified' && good.key && good.profile && good.bundle)
    .map((good) => ({ good, tampered: twin(cases, good), length: length(good) }))
    .filter(({ tampered }) => tampered !== undefined)
    .sort((a, b) => b.length - a.length || (a.good.name < b.good.name ? -1 : 1));
  if (pairs.length === 0) throw new Error('tests/vectors has no verified case with a proof-invalid twin for the samples');
  return pairs[0];
}

// A changed figure tells more than a changed proof.
function twin(cases, good) {
  const figures = (vector) => JSON.stringify(JSON.parse(vector.bundle).statement.outputs);
  const twins = cases.filter(
    (other) =>
      other.expect.code === 'proof-invalid' &&
      other.key === good.key &&
      other.profile === good.profile &&
      typeof other.bundle === 'string',
  );
  return twins.find((other) => figures(other) !== figures(good)) ?? twins[0];
}

function length(good) {
  const { period, outputs } = JSON.parse(good.bundle).statement;
  return outputs.length === 0 ? 0 : Number(period.end) - Number(period.start);
}

main();
