// `npm run campaign -w contracts`, part of `cargo xtask audit --long`: of the contracts each check, modifier and write is left out, one at
// a time, and the tests in revm must notice. Survivors fail it, unless `survivors.json` gives the reason why nothing is to be noticed. Writes
// the table of docs/SETTLEMENT.md, and with WATTPROOF_AUDIT a file of figures.
//
//   node campaign/run.js [--only PART] [--lanes N] [--list | --publish]
//
// PART is settlement, verifier or batch; N mutants are tried at a time. A run that was stopped goes on; --publish tries nothing more.

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
const KINDS = ['refusal', 'modifier', 'write', 'call', 'early end', 'part of a condition'];
/** Bounds of gas hold for contracts as they are shipped. */
const SKIPPED = ['the_pinned_gas_is', 'costs_no_more_gas_than'].flatMap((test) => ['--skip', test]);

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
    // Of a library that is not found, nothing follows.
    if (!/^(Type|Declaration|Compiler|Parser)Error: /.test(error.message) || /not found/.test(error.message)) throw error;
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

/** Of each part and kind: how many there are, how many of them a test noticed, none did, mean nothing, or were not tried yet. */
function table(all) {
  const parts = [...new Set(all.map(({ part }) => part))];
  const rows = parts.flatMap((part) => KINDS.map((kind) => {
    const of = all.filter((one) => one.part === part && one.kind === kind);
    const count = (verdict) => of.filter((one) => one.verdict === verdict).length;
    return [part, kind, of.length, count('noticed'), count('survived'), count('stillborn'), count(undefined)];
  })).filter(([, , found]) => found > 0);
  const survivors = all.filter(({ verdict }) => verdict === 'survived');
  const told = survivors.map((one) => `- \`${one.file.split('/').at(-1)}\`, ${one.kind}: \`${one.was}\`. ${reasonOf(one) ?? '**No reason yet.**'}`);
  return [
    '| contract | left out | mutants | noticed | not noticed | mean nothing | not tried yet |', '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`), '', 'Not noticed, and why:', '', ...(told.length > 0 ? told : ['- none.']),
  ].join('\n');
}

/** Puts the table between its marks. */
function publish(text) {
  const [begin, end] = ['<!-- campaign -->', '<!-- end -->'];
  const [head, rest] = readFileSync(page, 'utf8').split(begin);
  if (rest === undefined || !rest.includes(end)) throw new Error(`docs/SETTLEMENT.md has no ${begin} … ${end}`);
  writeFileSync(page, `${head}${begin}\n\n${text}\n\n${rest.slice(rest.indexOf(end))}`);
}

/** Verdicts of an earlier run over the same sources, tests and tools, so that one that was stopped goes on. */
function recalled(stamp) {
  const file = join(work, 'verdicts.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const verdicts = kept.stamp === stamp ? kept.verdicts : {};
  return {
    verdicts,
    keep(name, verdict) {
      verdicts[name] = verdict;
      writeFileSync(file, JSON.stringify({ stamp, verdicts }));
    },
  };
}

function stampOf() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'templates', 'tests', 'chain']) {
    for (const entry of readdirSync(join(home, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
    }
  }
  return hash.digest('hex');
}

async function main() {
  const options = { only: { type: 'string' }, list: { type: 'boolean' }, publish: { type: 'boolean' }, lanes: { type: 'string', default: '2' } };
  const { values } = parseArgs({ options });
  mkdirSync(work, { recursive: true });
  const { verdicts, keep } = recalled(stampOf());
  const tests = values.publish || values.list ? {} : programs();
  if (!values.publish && !values.list && verdicts.baseline === undefined) {
    // Proofs of other keys or circuits are of no use.
    rmSync(proofs, { recursive: true, force: true });
    mkdirSync(proofs, { recursive: true });
    for (const name of ['settlement', 'verifier', 'batch']) {
      if (!(await passes(tests[name], undefined, {}))) throw new Error(`${name}: the tests fail without any mutant`);
    }
    // Were the contracts themselves to fail at these settings, all mutants would seem to mean nothing.
    compile(sourcesOf(home, ['src']), { ...PLAIN, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } }, true);
    keep('baseline', 'passed');
  }
  const every = [...settlement(tests), ...verifiers(tests)].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  for (const one of every) {
    one.name = `${one.part} ${one.file}:${one.line} ${one.kind} ${one.at}: ${one.was}`;
    one.verdict = verdicts[one.name];
  }
  const waiting = every.filter(({ part, verdict }) => verdict === undefined && (values.only === undefined || part === values.only));
  if (values.list) {
    for (const { name } of waiting) console.log(name);
    return;
  }
  const turn = async (lane) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      one.verdict = await judge(one, lane);
      keep(one.name, one.verdict);
      console.log(`${waiting.length} to go, ${one.verdict}: ${one.name}`);
    }
  };
  if (values.publish) waiting.length = 0;
  else await Promise.all(Array.from({ length: Number(values.lanes) }, (_, i) => turn(laneOf(i))));
  publish(table(every));
  const open = every.filter((one) => one.verdict === 'survived' && reasonOf(one) === undefined);
  const tried = every.filter(({ verdict }) => verdict === 'noticed' || verdict === 'survived');
  const records = [
    { name: 'contracts: mutants', value: tried.length, unit: 'mutants', bar: null },
    { name: 'contracts: mutants that no test notices, without a reason', value: open.length, unit: 'mutants', bar: '<= 0' },
  ];
  if (process.env.WATTPROOF_AUDIT) writeFileSync(process.env.WATTPROOF_AUDIT, JSON.stringify(records));
  console.log(`${tried.length} mutants tried, ${open.length} survived without a reason`);
  if (open.length > 0) process.exitCode = 1;
}

await main();
