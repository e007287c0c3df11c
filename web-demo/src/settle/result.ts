// The right side of the room: the answer and what can be done, what was agreed, what is checked, the statement, the transaction, what happened.

import { WattproofError } from 'wattproof';
import type { Hex } from 'wattproof/evm';
import type { PolicyExplanation } from 'wattproof/meter';
import { byId, element, english, fill, icon, type Child } from '../dom.js';
import { instant, number, period as periodWords, say, spoken } from '../i18n.js';
import { announce } from '../shell.js';
import type { Progress } from '../prove/engine.js';
import { tell as tellProving } from '../prove/words.js';
import type { Refusal } from './abi.js';
import { checks, type Standing } from './checks.js';
import type { Counter, Entry, Line, State } from './counter.js';
import { ChainError } from './node.js';
import { OfferError, type Offer } from './offer.js';
import { tell } from './words.js';

export interface Acts {
  readonly claim: () => void;
  /** After it was paid, to see what happens; undefined where it cannot be tried. */
  readonly again: (() => void) | undefined;
  readonly sellAgain: (() => void) | undefined;
  readonly refund: (() => void) | undefined;
  readonly switchChain: (() => void) | undefined;
  readonly stop: () => void;
}

/** A trade that is being played: how far its proof is, or why it ended. */
export interface Playing {
  readonly progress?: Progress | undefined;
  readonly problem?: unknown;
}

const TONES: Readonly<Record<State | 'playing', 'waiting' | 'verified' | 'unconfirmed' | 'refused'>> = {
  empty: 'waiting', asking: 'waiting', sending: 'waiting', playing: 'waiting', paper: 'unconfirmed', elsewhere: 'unconfirmed', nowhere: 'unconfirmed',
  failed: 'unconfirmed', payable: 'verified', paid: 'verified', misfit: 'refused', refused: 'refused',
};

/** The state in a few words, and in a sentence. */
export function headline(counter: Counter, playing: Playing | undefined): { title: string; lead: string } {
  const words = tell();
  const { outlook, offer, chain } = counter;
  const state = playing === undefined ? outlook.state : playing.problem === undefined ? 'playing' : 'failed';
  const [title, lead] = words.states[state] ?? [state, ''];
  const payee = short(offer?.payee ?? '0x');
  if (state === 'payable') return { title, lead: words.pays(number(outlook.amount ?? 0n), payee) };
  if (state === 'paid') return { title, lead: `${words.paid(number(outlook.amount ?? 0n), payee)} ${lead}` };
  if (state === 'elsewhere') return { title, lead: words.elsewhere(`${offer?.chainId}`, `${chain?.id}`) };
  return { title, lead };
}

/** Shows what is known. */
export function render(counter: Counter, playing: Playing | undefined, explanation: PolicyExplanation | undefined, acts: Acts): void {
  const { offer, outlook, history } = counter;
  fill(byId('outcome', HTMLElement), banner(counter, playing, acts));
  const sides = byId('sides', HTMLElement);
  sides.hidden = offer === undefined || playing !== undefined;
  if (offer !== undefined && playing === undefined) {
    fill(byId('terms', HTMLElement), ...terms(offer, explanation), ...conditions(counter, offer, explanation));
    fill(byId('checks', HTMLElement), ...checklist(counter, offer));
  }
  const lines = playing === undefined ? (outlook.statement ?? []) : [];
  fill(byId('statement', HTMLElement), ...(lines.length === 0 ? [] : statement(lines)), ...(outlook.calldata === undefined || playing !== undefined ? [] : transaction(outlook.calldata, outlook.gas)));
  byId('statement', HTMLElement).hidden = lines.length === 0;
  fill(byId('history', HTMLElement), ...(history.length === 0 ? [] : happened(history)));
  byId('history', HTMLElement).hidden = history.length === 0;
}

function banner(counter: Counter, playing: Playing | undefined, acts: Acts): HTMLElement {
  const { outlook } = counter;
  const words = tell();
  const state = playing === undefined ? outlook.state : playing.problem === undefined ? 'playing' : 'failed';
  const { title, lead } = headline(counter, playing);
  const tone = TONES[state];
  const problem = playing === undefined ? outlook.problem : playing.problem;
  const button = (id: string, text: string, click: (() => void) | undefined, style = ''): Child =>
    click !== undefined && element('button', { type: 'button', class: `button ${style}`, id, click }, text);
  return element('div', { class: `banner ${tone}`, 'data-state': state }, icon(tone),
    element('div', {},
      element('p', { class: 'title' }, title),
      element('p', {}, lead),
      ...(outlook.refusal !== undefined && state === 'refused' ? refusal(outlook.refusal) : []),
      ...(['failed', 'misfit'].includes(state) ? reason(problem) : []),
      state === 'elsewhere' && acts.switchChain !== undefined && element('div', { class: 'actions' }, button('switch', words.chain.switch(`${counter.offer?.chainId}`), acts.switchChain)),
      state === 'payable' && element('div', { class: 'actions' }, button('claim', words.claim, acts.claim, 'main')),
      ['paid', 'refused'].includes(state) && (acts.again ?? acts.sellAgain ?? acts.refund) !== undefined && element('div', { class: 'actions' },
        button('again', words.again, acts.again), button('sell-again', words.sellAgain, acts.sellAgain), button('refund', words.refund, acts.refund)),
      state === 'paid' && acts.sellAgain !== undefined && element('p', { class: 'aside' }, words.sellAgainHint),
      outlook.facts?.setup?.ceremony === false && playing === undefined && element('p', { class: 'aside caution' }, words.setupDev),
      state === 'playing' && progress(playing?.progress, acts)));
}

function progress(now: Progress | undefined, acts: Acts): HTMLElement {
  const phase = now === undefined ? '' : (tellProving().phases[now.phase] ?? '');
  const bar = element('progress', { max: '1', 'aria-label': phase === '' ? tell().states['playing']?.[0] : phase });
  if (now !== undefined) bar.value = now.fraction;
  return element('div', { class: 'progress' }, element('p', {}, phase), bar,
    element('button', { type: 'button', class: 'button', id: 'stop', click: acts.stop }, tell().stop));
}

/** The contract's error, translated. */
function refusal({ name, args }: Refusal): Child[] {
  const words = tell();
  const shown = Object.entries(args).map(([key, value]) => `${key} ${value}`).join(', ');
  return [
    element('dl', { class: 'reason', 'data-error': name }, element('dt', {}, words.why), element('dd', {}, words.refusals[name] ?? words.unknownRefusal)),
    element('details', {}, element('summary', {}, words.exact), element('p', {}, element('code', {}, `${name}(${shown})`))),
  ];
}

function reason(problem: unknown): Child[] {
  const words = tell();
  if (problem instanceof ChainError) {
    const said = ['node-error', 'no-node', 'declined'].includes(problem.code);
    return [
      element('p', { class: 'problem', 'data-code': problem.code }, words.chainProblems[problem.code] ?? ''),
      ...(problem.refusal === undefined ? [] : refusal(problem.refusal)),
      said && element('details', {}, element('summary', {}, words.exact), element('p', {}, english(problem.message))),
    ];
  }
  if (problem instanceof OfferError) return [element('p', { class: 'problem', 'data-code': 'order' }, english(problem.message))];
  if (!(problem instanceof WattproofError)) return [element('p', { class: 'problem' }, problem instanceof Error ? problem.message : String(problem))];
  const [failed, help] = say().refusals[problem.code] ?? [english(problem.message), english(problem.remedy)];
  return [
    element('dl', { class: 'reason', 'data-code': problem.code },
      element('dt', {}, say().verify.why), element('dd', {}, failed), element('dt', {}, say().verify.what), element('dd', {}, help)),
    element('details', {}, element('summary', {}, words.exact), element('p', {}, element('code', {}, problem.code), ': ', english(problem.message))),
  ];
}

function terms({ order, payee, contract, id }: Offer, explanation: PolicyExplanation | undefined): Child[] {
  const words = tell();
  const zone = explanation?.scope.calendar.zone ?? 'UTC';
  const { name, bounds } = periodWords(order.start, order.end, zone);
  const nobody = BigInt(order.payee) === 0n;
  const row = (term: string, ...text: Child[]): Child[] => [element('dt', {}, term), element('dd', {}, ...text)];
  return [
    element('h3', {}, icon('swap'), words.terms),
    element('p', {}, words.kinds[order.kind] ?? ''),
    element('dl', { class: 'facts' },
      ...row(words.facts.period, element('span', { title: bounds }, name)),
      ...row(words.facts.price, words.price(number(order.price), number(order.rate), number(order.per))),
      ...row(words.facts.escrow, number(order.escrow)),
      ...row(words.facts.payer, code(order.payer)),
      ...row(words.facts.payee, nobody ? `${words.anybody}: ` : '', code(payee)),
      ...row(words.facts.deadline, instant(order.deadline, zone)),
      ...row(words.facts.token, code(order.token)),
      ...row(words.facts.contract, code(contract)),
      ...row(words.facts.order, code(id))),
  ];
}

/** The policy in words, if it is the one that the contract has. */
function conditions({ outlook }: Counter, { policy }: Offer, explanation: PolicyExplanation | undefined): Child[] {
  const words = tell();
  if (policy === undefined) return [element('p', { class: 'aside' }, words.conditionsUnknown)];
  if (explanation === undefined) return [];
  const digest = outlook.facts?.policy.digest;
  if (digest !== undefined && digest !== explanation.digest) return [element('p', { class: 'notice warn' }, words.conditionsOther)];
  return [
    element('h3', {}, icon('see'), words.conditions),
    spoken() === 'de' && element('p', { class: 'aside' }, say().verify.fullTerms),
    bulletList(explanation.conditions.map(({ text }) => english(text))),
  ];
}

const bulletList = (items: Child[]): HTMLElement => element('ul', { class: 'bullets' }, ...items.map((item) => element('li', {}, item)));

const SIGNS = { holds: 'verified', fails: 'refused', unknown: 'waiting' } as const satisfies Record<Standing, string>;

function checklist({ outlook, bundle }: Counter, offer: Offer): Child[] {
  const words = tell();
  const items = checks(offer, bundle, outlook.facts).map(({ name, standing }) => {
    const [title, more] = name === 'device' ? words.device : (words.check[name] ?? [name, '']);
    return element('li', { class: standing, 'data-check': name, 'data-standing': standing }, icon(SIGNS[standing]),
      element('span', {}, element('span', { class: 'hidden' }, `${words.marks[standing]}: `), title, more !== '' && element('small', {}, more)));
  });
  return [element('h3', {}, icon('verified'), words.checks), element('p', { class: 'aside' }, words.checksHint), element('ol', { class: 'checks' }, ...items)];
}

function statement(lines: readonly Line[]): Child[] {
  const words = tell();
  const rows = lines.map(({ name, contract, bundle }) => {
    const differs = contract !== undefined && bundle !== undefined && contract !== bundle;
    const value = contract ?? bundle;
    const taken = ['anchor', 'nullifier', 'output'].includes(name);
    return element('tr', { 'data-line': name, class: differs ? 'differs' : undefined },
      element('th', { scope: 'row' }, words.lines[name], element('small', {}, taken ? words.fromBundle : words.own)),
      element('td', {}, value === undefined ? words.marks.unknown : element('code', {}, shown(name, value)),
        differs && element('p', { class: 'problem' }, `${words.differs}: `, element('code', {}, shown(name, bundle)))));
  });
  return [
    element('h3', {}, icon('lock'), words.statement), element('p', { class: 'aside' }, words.statementHint),
    element('table', { class: 'statement' }, element('tbody', {}, ...rows)),
  ];
}

function shown(name: Line['name'], value: bigint): string {
  if (name === 'period') return `${value & ((1n << 64n) - 1n)} – ${value >> 64n}`;
  return name === 'output' ? value.toString() : `0x${value.toString(16).padStart(64, '0')}`;
}

/** What calldata costs before anything runs: sixteen for a byte, four for a zero, and the transaction itself. */
const CALL_GAS = 21_000;

function transaction(data: Hex, gas: bigint | undefined): Child[] {
  const words = tell();
  const bytes = data.slice(2).match(/../g) ?? [];
  const upfront = bytes.reduce((sum, byte) => sum + (byte === '00' ? 4 : 16), CALL_GAS);
  const text = element('textarea', { id: 'calldata', rows: '6', readonly: true, spellcheck: 'false', 'aria-label': words.calldata });
  text.value = data;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(data);
      announce(words.copied);
    } catch {
      text.select();
    }
  };
  return [
    element('h3', {}, icon('code'), words.calldata),
    element('p', { id: 'gas' }, words.calldataText(number(bytes.length), number(upfront)), gas !== undefined && ` ${words.gasText(number(gas))}`),
    element('details', { class: 'paste' }, element('summary', {}, words.show), text,
      element('div', { class: 'actions' }, element('button', { type: 'button', class: 'button', id: 'copy', click: () => void copy() }, words.copy))),
  ];
}

function happened(history: readonly Entry[]): Child[] {
  const words = tell();
  const items = history.map(({ what, receipt, refusal }) => {
    const good = refusal === undefined && receipt?.ok !== false;
    const more = refusal !== undefined ? `${words.reverted}: ${refusal.name}` : receipt === undefined ? '' : good ? words.gas(number(receipt.gas)) : words.reverted;
    return element('li', { class: good ? 'holds' : 'fails', 'data-step': what }, icon(good ? 'verified' : 'refused'),
      element('span', {}, words.steps[what] ?? what, element('small', {}, more)));
  });
  return [element('h3', {}, icon('file'), words.happened), element('ol', { class: 'checks' }, ...items)];
}

const code = (hex: Hex): HTMLElement => element('code', {}, hex);
const short = (hex: string): string => `${hex.slice(0, 8)}…${hex.slice(-4)}`;
