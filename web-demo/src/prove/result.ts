// The right side of the room: whether it can be proved, why not, what a yes reveals, and the proof.

import { WattproofError } from 'wattproof';
import type { CheckFailure, PolicyExplanation } from 'wattproof/meter';
import { byId, element, english, fill, icon, type Child } from '../dom.js';
import { number, period as periodWords, quantity, say, spoken } from '../i18n.js';
import { fragment } from '../share/link.js';
import { bullets } from '../verify/result.js';
import type { Bench, State } from './bench.js';
import type { Disclosure } from './engine.js';
import { sharing } from './share.js';
import { tell } from './words.js';

export interface Acts {
  readonly prove: (overBudget: boolean) => void;
  readonly cancel: () => void;
  readonly again: () => void;
  /** Opens the proof as the verifier would. */
  readonly play: () => void;
  /** Where keys are loaded, for contracts whose keys the page lacks. */
  readonly keys: () => HTMLElement;
}

/** Most failures of one condition that are said one by one. */
const MOST_SAID = 4;

const TONES: Readonly<Record<State, 'waiting' | 'verified' | 'unconfirmed' | 'refused'>> = {
  empty: 'waiting', working: 'waiting', proving: 'waiting', whom: 'unconfirmed', keys: 'unconfirmed', budget: 'unconfirmed',
  policy: 'refused', readings: 'refused', fails: 'refused', refused: 'refused', ready: 'verified', proved: 'verified',
};

/** The state in a few words, and in a sentence. */
export function headline(state: State): { title: string; lead: string } {
  const [title, lead] = tell().states[state] ?? [state, ''];
  return { title, lead };
}

/** Shows what is known. */
export function render(bench: Bench, acts: Acts): void {
  const { outlook } = bench;
  fill(byId('outcome', HTMLElement), banner(bench, acts));
  const glance = byId('glance', HTMLElement);
  glance.dataset['tone'] = TONES[outlook.state];
  fill(glance, headline(outlook.state).title, icon('save'));
  glance.hidden = outlook.state === 'empty';
  fill(byId('proof', HTMLElement), ...(bench.made === undefined ? [] : [handover(bench, acts)]));
  byId('proof', HTMLElement).hidden = bench.made === undefined;
  const { explanation } = outlook;
  byId('sides', HTMLElement).hidden = explanation === undefined;
  if (explanation === undefined) return;
  fill(byId('conditions', HTMLElement), ...conditions(explanation, outlook.check?.failures ?? []));
  fill(byId('reveals', HTMLElement), ...reveals(outlook.disclosure));
}

function banner(bench: Bench, acts: Acts): HTMLElement {
  const words = tell();
  const { state, problem, keys } = bench.outlook;
  const { title, lead } = headline(state);
  const tone = TONES[state];
  const main = (id: string, text: string, click: () => void, style = 'main'): HTMLElement =>
    element('button', { type: 'button', class: `button ${style}`, id, click }, text);
  const size = keys === undefined || keys.bytes === 0 ? undefined : `${quantity((keys.bytes / 1e6).toFixed(1))} MB`;
  return element('div', { class: `banner ${tone}`, 'data-state': state }, icon(state === 'proving' || state === 'working' ? 'waiting' : tone),
    element('div', {},
      element('p', { class: 'title' }, title),
      element('p', {}, lead),
      ...(['refused', 'budget', 'readings', 'keys'].includes(state) ? reason(problem) : []),
      state === 'refused' && element('div', { class: 'actions' }, main('retry', words.retry, acts.again, '')),
      state === 'ready' && element('div', { class: 'actions' }, main('prove', words.prove, () => acts.prove(false)), size !== undefined && element('span', { class: 'aside' }, words.key.size(size))),
      state === 'budget' && element('div', { class: 'actions' }, main('over', words.over, () => acts.prove(true), ''), element('span', { class: 'aside' }, words.overHint)),
      state === 'keys' && acts.keys(),
      state === 'proving' && progress(bench, acts)));
}

function progress({ progress }: Bench, acts: Acts): HTMLElement {
  const words = tell();
  const phase = words.phases[progress?.phase ?? 'load'] ?? '';
  const bar = element('progress', { max: '1', 'aria-label': phase });
  if (progress !== undefined) bar.value = progress.fraction;
  const bytes = progress?.bytes;
  const megabytes = (count: number): string => quantity((count / 1e6).toFixed(1));
  const said = bytes === undefined ? '' : ` ${megabytes(bytes.done)}${bytes.total === null ? '' : ` / ${megabytes(bytes.total)}`} MB`;
  return element('div', { class: 'progress' },
    element('p', { id: 'phase' }, phase, element('span', { class: 'aside', id: 'bytes' }, said)), bar,
    element('button', { type: 'button', class: 'button', id: 'cancel', click: acts.cancel }, say().cancel));
}

/** Moves the bar without building it anew, so that the button to stop stays where the focus is. */
export function advance({ progress }: Bench): boolean {
  const bar = document.querySelector('progress');
  const phase = document.getElementById('phase');
  if (bar === null || phase === null || progress === undefined) return false;
  const words = tell().phases[progress.phase] ?? '';
  bar.value = progress.fraction;
  if (bar.getAttribute('aria-label') === words) return progress.bytes === undefined;
  return false;
}

function reason(problem: unknown): Child[] {
  if (problem === undefined) return [];
  if (!(problem instanceof WattproofError)) return [element('p', { class: 'problem' }, problem instanceof Error ? problem.message : String(problem))];
  const words = say().verify;
  const [failed, help] = say().refusals[problem.code] ?? [english(problem.message), english(problem.remedy)];
  return [
    element('dl', { class: 'reason', 'data-code': problem.code },
      element('dt', {}, words.why), element('dd', {}, failed),
      element('dt', {}, words.what), element('dd', {}, help)),
    element('details', {}, element('summary', {}, words.detail), element('p', {}, element('code', {}, problem.code), ': ', english(problem.message))),
  ];
}

function conditions({ conditions: all }: PolicyExplanation, failures: readonly CheckFailure[]): Child[] {
  const words = tell();
  const items = all.map(({ kind, text }, i) => {
    const own = failures.filter(({ condition }) => condition === i);
    const holds = own.length === 0;
    return element('li', { 'data-kind': kind, class: holds ? undefined : 'failing' }, icon(holds ? 'verified' : 'refused'),
      element('span', {}, element('span', { class: 'hidden' }, `${holds ? words.ok : words.bad}: `), english(text),
        !holds && element('ul', { class: 'bullets' }, ...own.slice(0, MOST_SAID).map((failure) => element('li', {}, english(failure.text))),
          own.length > MOST_SAID && element('li', {}, words.more(number(own.length - MOST_SAID))))));
  });
  return [
    element('h3', {}, icon('see'), words.conditions),
    spoken() === 'de' && element('p', { class: 'aside' }, say().verify.fullTerms),
    element('ul', { class: 'conditions' }, ...items),
  ];
}

function reveals(disclosure: Disclosure | undefined): Child[] {
  const words = tell();
  const stays = [element('h3', {}, icon('lock'), words.stays), bullets(words.staysList)];
  if (disclosure === undefined) return stays;
  const bits = (millibits: bigint | number): string => quantity((Number(millibits) / 1000).toFixed(1));
  const { revealed, steps, addsMillibits, accountMillibits, budgetBits } = disclosure;
  const [adds, account] = [bits(addsMillibits), bits(accountMillibits)];
  const meter = element('meter', { min: '0', class: 'bits', 'aria-label': words.budget.title });
  if (budgetBits !== null) Object.assign(meter, { max: budgetBits, high: budgetBits, value: Number(accountMillibits) / 1000 });
  return [
    element('h3', {}, icon('see'), words.reveals),
    ...(revealed.length === 0
      ? [element('p', { id: 'revealed' }, words.revealsNothing)]
      : revealed.map(({ name, text }) => element('p', { class: 'revealed', id: 'revealed' }, `${say().outputs[name] ?? name}: `, element('strong', {}, quantity(text))))),
    element('ul', { class: 'bullets steps' }, ...steps.map(({ text, millibits }) =>
      element('li', {}, english(text), ' ', element('span', { class: 'count' }, words.bits(bits(millibits)))))),
    budgetBits !== null && meter,
    element('p', { class: 'sum' }, budgetBits === null ? words.sum(adds, account) : words.sumOf(adds, account, number(budgetBits))),
    ...stays,
  ];
}

/** To the room that has a document of its own; the proof goes with the address. */
async function settle(bundle: string): Promise<void> {
  location.assign(new URL(`settle.html${await fragment(bundle)}`, document.baseURI));
}

function handover({ made, outlook }: Bench, acts: Acts): HTMLElement {
  const words = tell();
  const proved = made?.proved;
  if (proved === undefined) return element('div');
  const { start, end, zone } = proved.disclosure.period;
  return element('div', {},
    element('p', {}, element('strong', {}, outlook.explanation?.scope.name ?? ''), ' · ', periodWords(start, end, zone).name, ' · ',
      words.took(quantity((proved.milliseconds.total / 1000).toFixed(1)), number(proved.bundle.length))),
    sharing(proved.bundle),
    element('div', { class: 'actions other' },
      element('button', { type: 'button', class: 'button main', id: 'play', click: acts.play }, icon('swap'), words.play),
      proved.disclosure.context.kind === 'settlement' && element('button', { type: 'button', class: 'button', id: 'settle', click: () => void settle(proved.bundle) }, words.settle),
      element('button', { type: 'button', class: 'link', id: 'again', click: acts.again }, words.again)),
    element('p', { class: 'aside' }, words.playHint),
    element('p', { class: 'aside caution' }, words.dev));
}
