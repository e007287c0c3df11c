// `npm run campaign -w contracts`, part of `cargo xtask audit --long`: of the contracts each check, modifier and write is left out, one at
// a time, and the tests in revm must notice. Survivors fail it, unless `survivors.json` gives the reason why nothing is to be noticed. Writes
// the table of docs/SETTLEMENT.md, and with WATTPROOF_AUDIT a file of figures.
//
//   node campaign/run.js [--only PART] [--lanes N] [--list]     PART: settlement, verifier, batch; N mutants are tried at a time

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile, QUICK, sourcesOf } from '../compile.js';
import { applied, described, mutantsOf, stored } from './mutants.js';

const home = join(import.meta.dirname, '..');
const root = join(home, '..');
const work = join(root, 'target/contracts/campaign');
const proofs = join(work, 'proofs');
const page = join(root, 'docs/SETTLEMENT.md');

const AST = { outputSelection: { '*': { '': ['ast'] } } };
/** Not even optimised: the tests' chain takes longer code then. */
const PLAIN = { viaIR: false, optimizer: { enabled: false } };
/** Bounds of gas hold for contracts as they are shipped. */
const SKIPPED = ['--skip', 'gas'];

/** Which tests are asked first: those that are about that source. */
const FIRST = {
  'Calendars.sol': 'periods', 'Roots.sol': 'periods', 'Devices.sol': 'devices', 'Orders.sol': 'orders', 'Policies.sol': 'owner',
  'WattproofSettlement.sol': 'claims',
};

/** The test programs by name, compiled once. */
function programs() {
  const args = ['test', '--release', '--locked', '-p', 'wattproof-contracts', '--no-run', '--message-format=json'];
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  const built = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return Object.fromEntries(built.filter(({ executable }) => executable).map(({ target, executable }) => [target.name, executable]));
}

/** Whether tests pass; ends with the first that fails. */
function passes(program, filter, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...(filter === undefined ? [] : [filter]), ...SKIPPED], {
      cwd: home, env: { ...process.env, ...env, CARGO_MANIFEST_DIR: home, WATTPROOF_CONTRACTS_PROOFS: proofs }, stdio: ['ignore', 'pipe', 'ignore'],
    });
    let failed = false;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (failed || !/\.\.\. FAILED/.test(text)) return;
      failed = true;
      child.kill();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(!failed && code === 0));
  });
}

/** Asks each in turn until one fails. */
async function survives(asked, env) {
  for (const [program, filter] of asked) if (!(await passes(program, filter, env))) return false;
  return true;
}

function trees(sources, files) {
  const { sources: units } = compile(sources, { ...QUICK, ...AST }, true);
  return { units: files.map((file) => units[file].ast), ids: stored(Object.values(units).map(({ ast }) => ast)) };
}

/** The settlement: compiled here for each mutant, with the other contracts as they are. */
function settlement(tests) {
  const sources = sourcesOf(home, ['src']);
  const files = Object.keys(sources).filter((file) => !/\/I[A-Z]/.test(file));
  const { units, ids } = trees(sources, files);
  const [file, name] = ['src/WattproofSettlement.sol', 'WattproofSettlement'];
  const outputSelection = { [file]: { [name]: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } };
  return files.flatMap((mutated, i) => {
    const { content } = sources[mutated];
    return mutantsOf(units[i], content, ids).map((mutant) => ({
      part: 'settlement', file: mutated, ...described(content, mutant),
      prepare(lane) {
        const { contracts } = compile({ ...sources, [mutated]: { content: applied(content, mutant) } }, { ...PLAIN, outputSelection }, true);
        const { abi, evm } = contracts[file][name];
        const artefact = { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` };
        writeFileSync(join(lane, 'out', `${name}.json`), JSON.stringify(artefact));
        return {};
      },
      asked: [[tests.settlement, FIRST[mutated.split('/').at(-1)]], [tests.settlement]],
    }));
  });
}

/** The template: a generated source shows what is in it; a mutant is a text of it that every source has, and another. */
function verifiers(tests) {
  const content = readFileSync(join(root, 'target/contracts/batch/src/0.sol'), 'utf8');
  const template = readFileSync(join(home, 'templates/Verifier.sol'), 'utf8');
  const { units: [unit], ids } = trees({ 'Verifier.sol': { content } }, ['Verifier.sol']);
  const many = content.indexOf('/// @title The same key');
  const outputSelection = { '*': { '*': ['evm.bytecode.object'] } };
  return mutantsOf(unit, content, ids).flatMap((mutant) => {
    const [before, start] = whole(content, mutant);
    const local = { ...mutant, start: mutant.start - start, end: mutant.end - start };
    // Lines that are written for each input of a key are all alike: the first stands for them.
    if (!template.includes(before) && !/IC0_X \| IC0_Y/.test(before)) {
      if (/IC\d+_/.test(before)) return [];
      throw new Error(`not in the template: ${before}`);
    }
    const single = mutant.start < many;
    return [{
      part: single ? 'verifier' : 'batch', file: 'templates/Verifier.sol', ...described(content, mutant),
      prepare(lane) {
        compile({ 'Verifier.sol': { content: applied(content, mutant) } }, { ...QUICK, outputSelection }, true);
        const file = join(lane, 'mutant.json');
        writeFileSync(file, JSON.stringify([before, applied(before, local)]));
        return { WATTPROOF_CONTRACTS_MUTANT: file };
      },
      asked: single ? [[tests.verifier], [tests.batch], [tests.mutations]] : [[tests.batch], [tests.settlement, 'many']],
    }];
  });
}

/** The lines of a mutant, and as many before them as make them the only ones of their kind; where they start. */
function whole(text, { start, end }) {
  let from = text.lastIndexOf('\n', start) + 1;
  const to = (text.indexOf('\n', end) + text.length + 1) % (text.length + 1);
  while (text.indexOf(text.slice(from, to)) !== from || text.indexOf(text.slice(from, to), from + 1) !== -1) {
    from = text.lastIndexOf('\n', from - 2) + 1;
  }
  return [text.slice(from, to), from];
}

const REASONS = JSON.parse(readFileSync(join(import.meta.dirname, 'survivors.json'), 'utf8'));
const reasonOf = ({ file, was, kind }) => REASONS.find((one) => one.file === file && one.was === was && one.kind === kind)?.reason;

async function judge(one, lane) {
  let env;
  try {
    env = one.prepare(lane);
  } catch (error) {
    // Without it the source means nothing, as where a pointer into storage is never set.
    if (!/Error: /.test(error.message)) throw error;
    return 'stillborn';
  }
  return (await survives(one.asked, { ...env, WATTPROOF_CONTRACTS_CAMPAIGN: lane })) ? 'survived' : 'noticed';
}

/** A folder to work in, with the contracts as they are. */
function laneOf(i) {
  const lane = join(work, `lane-${i}`);
  rmSync(lane, { recursive: true, force: true });
  mkdirSync(join(lane, 'out'), { recursive: true });
  for (const file of readdirSync(join(home, 'out'))) writeFileSync(join(lane, 'out', file), readFileSync(join(home, 'out', file)));
  return lane;
}

function table(judged) {
  const parts = [...new Set(judged.map(({ part }) => part))];
  const kinds = ['refusal', 'part of a condition', 'modifier', 'write', 'call', 'early end'];
  const count = (of) => judged.filter(of).length;
  const rows = parts.flatMap((part) => kinds.map((kind) => {
    const of = (verdict) => count((one) => one.part === part && one.kind === kind && one.verdict === verdict);
    return [part, kind, of('noticed') + of('survived'), of('noticed'), of('survived')];
  })).filter(([, , all]) => all > 0);
  const lines = rows.map((row) => `| ${row.join(' | ')} |`);
  const survivors = judged.filter(({ verdict }) => verdict === 'survived');
  const told = survivors.map((one) => `- \`${one.file.split('/').at(-1)}\`, ${one.kind}: \`${one.was}\`. ${reasonOf(one) ?? '**No reason yet.**'}`);
  return ['| contract | left out | mutants | noticed | not |', '| --- | --- | --- | --- | --- |', ...lines, '', 'Not noticed, and why:', '', ...(told.length > 0 ? told : ['- none.'])].join('\n');
}

/** Puts the table between its marks. */
function publish(text) {
  const [begin, end] = ['<!-- campaign -->', '<!-- end -->'];
  const [head, rest] = readFileSync(page, 'utf8').split(begin);
  if (rest === undefined || !rest.includes(end)) throw new Error(`docs/SETTLEMENT.md has no ${begin} … ${end}`);
  writeFileSync(page, `${head}${begin}\n\n${text}\n\n${rest.slice(rest.indexOf(end))}`);
}

async function main() {
  const options = { only: { type: 'string' }, list: { type: 'boolean' }, lanes: { type: 'string', default: '2' } };
  const { values } = parseArgs({ options });
  // Proofs of other keys or circuits are of no use.
  rmSync(proofs, { recursive: true, force: true });
  mkdirSync(proofs, { recursive: true });
  const tests = programs();
  for (const name of values.only === undefined ? ['settlement', 'verifier', 'batch'] : [values.only]) {
    if (!values.list && !(await passes(tests[name], undefined, {}))) throw new Error(`${name}: the tests fail without any mutant`);
  }
  const all = [...settlement(tests), ...verifiers(tests)].filter(({ part }) => values.only === undefined || part === values.only);
  if (values.list) {
    for (const { part, file, line, kind, was } of all) console.log(`${part} ${file}:${line} ${kind}: ${was}`);
    console.log(all.length);
    return;
  }
  const judged = [];
  // Were the contracts themselves to fail at these settings, all mutants would seem to mean nothing.
  compile(sourcesOf(home, ['src']), { ...PLAIN, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } }, true);
  const waiting = [...all];
  const work = async (lane) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const verdict = await judge(one, lane);
      judged.push({ ...one, verdict });
      const { part, file, line, kind, was } = one;
      console.log(`${judged.length}/${all.length} ${verdict}: ${part} ${file}:${line} ${kind}: ${was}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, (_, i) => work(laneOf(i))));
  judged.sort((a, b) => all.findIndex(({ prepare }) => prepare === a.prepare) - all.findIndex(({ prepare }) => prepare === b.prepare));
  const open = judged.filter((one) => one.verdict === 'survived' && reasonOf(one) === undefined);
  publish(table(judged));
  const records = [
    { name: 'contracts: mutants', value: judged.filter(({ verdict }) => verdict !== 'stillborn').length, unit: 'mutants', bar: null },
    { name: 'contracts: mutants that no test notices, without a reason', value: open.length, unit: 'mutants', bar: '<= 0' },
  ];
  if (process.env.WATTPROOF_AUDIT) writeFileSync(process.env.WATTPROOF_AUDIT, JSON.stringify(records));
  console.log(`${judged.length} mutants, ${open.length} survived without a reason`);
  if (open.length > 0) process.exitCode = 1;
}

await main();
