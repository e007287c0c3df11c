// `npm run campaign -w contracts`, part of `cargo xtask audit --long`: of the contracts each check, modifier and write is left out, one at
// a time, and the tests in revm must notice. Survivors fail it, unless `survivors.json` gives the reason why nothing is to be noticed. Writes
// the table of docs/SETTLEMENT.md, and with WATTPROOF_AUDIT a file of figures.
//
//   node campaign/run.js [--only PART] [--list]     PART: settlement, verifier, batch

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
function* settlement(tests) {
  const sources = sourcesOf(home, ['src']);
  const files = Object.keys(sources).filter((file) => !/\/I[A-Z]/.test(file));
  const { units, ids } = trees(sources, files);
  const contract = { 'src/WattproofSettlement.sol': { WattproofSettlement: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } };
  const out = join(work, 'out');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const file of readdirSync(join(home, 'out'))) writeFileSync(join(out, file), readFileSync(join(home, 'out', file)));
  for (const [i, file] of files.entries()) {
    const { content } = sources[file];
    const name = file.split('/').at(-1);
    for (const mutant of mutantsOf(units[i], content, ids)) {
      const prepare = () => {
        const mutated = { ...sources, [file]: { content: applied(content, mutant) } };
        const { contracts } = compile(mutated, { ...QUICK, outputSelection: contract }, true);
        const { abi, evm } = contracts['src/WattproofSettlement.sol'].WattproofSettlement;
        const artefact = { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` };
        writeFileSync(join(out, 'WattproofSettlement.json'), JSON.stringify(artefact));
      };
      const asked = [[tests.settlement, FIRST[name]], [tests.settlement]];
      yield { part: 'settlement', file, ...described(content, mutant), prepare, asked, env: { WATTPROOF_CONTRACTS_OUT: out } };
    }
  }
}

/** The template: a generated source shows what is in it; a mutant is a text of it that every source has, and another. */
function* verifiers(tests) {
  const content = readFileSync(join(root, 'target/contracts/batch/src/0.sol'), 'utf8');
  const template = readFileSync(join(home, 'templates/Verifier.sol'), 'utf8');
  const sources = { 'Verifier.sol': { content } };
  const { units: [unit], ids } = trees(sources, ['Verifier.sol']);
  const many = content.indexOf('/// @title The same key');
  const file = join(work, 'mutant.json');
  for (const mutant of mutantsOf(unit, content, ids)) {
    const from = whole(content, mutant);
    const [before, start] = from;
    const local = { ...mutant, start: mutant.start - start, end: mutant.end - start };
    const part = mutant.start < many ? 'verifier' : 'batch';
    // Lines that are written for each input of a key are all alike: the first stands for them.
    if (!template.includes(before) && !/IC0_X \| IC0_Y/.test(before)) {
      if (/IC\d+_/.test(before)) continue;
      throw new Error(`not in the template: ${before}`);
    }
    const prepare = () => {
      compile({ 'Verifier.sol': { content: applied(content, mutant) } }, { ...QUICK, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } }, true);
      writeFileSync(file, JSON.stringify([before, applied(before, local)]));
    };
    const asked = part === 'verifier'
      ? [[tests.verifier], [tests.batch], [tests.mutations]]
      : [[tests.batch], [tests.settlement, 'many']];
    yield { part, file: 'templates/Verifier.sol', ...described(content, mutant), prepare, asked, env: { WATTPROOF_CONTRACTS_MUTANT: file } };
  }
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

async function judge(one) {
  try {
    one.prepare();
  } catch (error) {
    // Without it the source means nothing, as where an immutable number is never set.
    if (!/Error: |error/.test(error.message)) throw error;
    return 'stillborn';
  }
  return (await survives(one.asked, one.env)) ? 'survived' : 'noticed';
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
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' }, start: { type: 'string' } } });
  // Proofs of other keys or circuits are of no use.
  rmSync(proofs, { recursive: true, force: true });
  mkdirSync(proofs, { recursive: true });
  const tests = programs();
  if (!values.list) {
    for (const name of ['settlement', 'verifier', 'batch']) {
      if (!(await passes(tests[name], undefined, {}))) throw new Error(`${name}: the tests fail without any mutant`);
    }
  }
  const all = [...settlement(tests), ...verifiers(tests)].filter(({ part }) => values.only === undefined || part === values.only);
  if (values.list) {
    for (const { part, file, line, kind, was } of all) console.log(`${part} ${file}:${line} ${kind}: ${was}`);
    console.log(all.length);
    return;
  }
  const judged = [];
  for (const one of all) {
    const verdict = await judge(one);
    judged.push({ ...one, verdict });
    const { part, file, line, kind, was } = one;
    console.log(`${judged.length}/${all.length} ${verdict}: ${part} ${file}:${line} ${kind}: ${was}`);
    writeFileSync(join(work, `${values.only ?? 'all'}.json`), JSON.stringify(judged.map(({ prepare, asked, env, ...rest }) => rest), null, 1));
  }
  const open = judged.filter((one) => one.verdict === 'survived' && reasonOf(one) === undefined);
  if (values.only === undefined) publish(table(judged));
  const records = [
    { name: 'contracts: mutants', value: judged.filter(({ verdict }) => verdict !== 'stillborn').length, unit: 'mutants', bar: null },
    { name: 'contracts: mutants that no test notices, without a reason', value: open.length, unit: 'mutants', bar: '<= 0' },
  ];
  if (process.env.WATTPROOF_AUDIT) writeFileSync(process.env.WATTPROOF_AUDIT, JSON.stringify(records));
  console.log(`${judged.length} mutants, ${open.length} survived without a reason`);
  if (open.length > 0) process.exitCode = 1;
}

await main();
