// The verdict, what was learned, and what was not.

import type { ClaimContext, Output, UnconfirmedClaim, VerifiedClaim } from 'wattproof';
import { byId, element, english, fill, icon, type Child } from '../dom.js';
import { number, period, quantity, say, spoken } from '../i18n.js';
import type { Outcome } from './check.js';
import type { Standing } from './claims.js';
import type { Desk } from './desk.js';

export interface Acts {
  readonly allowDevKeys: () => void;
  readonly recheck: () => void;
}

type Refusal = Extract<Outcome, { kind: 'refused' }>;
type Row = readonly [term: string, text: Child, tone?: 'caution' | undefined];

/** Shows the outcome of the last check. */
export function render(desk: Desk, acts: Acts): void {
  const { outcome } = desk;
  fill(byId('verdict', HTMLElement), banner(outcome, desk, acts));
  fill(byId('learned', HTMLElement), ...learned(outcome, acts));
  fill(byId('unseen', HTMLElement), ...unseen(outcome));
}

/** The outcome in a few words, and in a sentence. */
export function headline(outcome: Outcome): { title: string; lead: string } {
  const words = say().verify;
  switch (outcome.kind) {
    case 'waiting': {
      const files = outcome.missing.map((slot) => words.file[slot]);
      const last = files.pop() ?? '';
      return { title: words.waiting, lead: words.missing(files.length === 0 ? last : `${files.join(', ')} ${words.and} ${last}`) };
    }
    case 'verified':
      return { title: words.verified, lead: words.verifiedLead };
    case 'unconfirmed':
      return { title: words.unconfirmed, lead: words.unconfirmedLead };
    case 'refused':
      return { title: words.refused, lead: words.refusedLead[outcome.slot] };
    case 'failed':
      return { title: words.broken, lead: outcome.message };
  }
}

function banner(outcome: Outcome, desk: Desk, acts: Acts): HTMLElement {
  const { title, lead } = headline(outcome);
  const sign = outcome.kind === 'failed' ? 'refused' : outcome.kind;
  return element('div', { class: `banner ${sign}`, 'data-verdict': outcome.kind }, icon(sign),
    element('div', {},
      element('p', { class: 'title' }, title),
      element('p', {}, lead),
      ...(outcome.kind === 'refused' ? reason(outcome, desk, acts) : [])));
}

function reason(refusal: Refusal, desk: Desk, acts: Acts): Child[] {
  const words = say().verify;
  const { code, message, remedy } = refusal;
  const [failed, help] = say().refusals[code] ?? [english(message), english(remedy)];
  return [
    element('dl', { class: 'reason', 'data-code': code },
      element('dt', {}, words.why),
      element('dd', {}, failed),
      element('dt', {}, words.what),
      element('dd', {}, help)),
    element('details', {}, element('summary', {}, words.detail),
      element('p', {}, element('code', {}, code), ': ', english(message))),
    code === 'dev-key' && desk.mode === 'own' &&
      element('button', { type: 'button', class: 'button main tone', id: 'allow', click: acts.allowDevKeys }, words.allow),
  ];
}

function learned(outcome: Outcome, acts: Acts): Child[] {
  const words = say().verify;
  const title = element('h3', {}, icon('see'), words.learn);
  switch (outcome.kind) {
    case 'verified':
      return [title, ...verified(outcome.claim, outcome.standing, acts)];
    case 'unconfirmed':
      return [element('h3', {}, icon('see'), words.learnOfItself), ...unconfirmed(outcome.claim, outcome.named)];
    case 'waiting':
      return [title, bullets(words.learnWaiting)];
    case 'refused':
      return [title, element('p', {}, outcome.slot === 'bundle' ? words.learnRefused : words.learnNothing)];
    case 'failed':
      return [title, element('p', {}, words.learnNothing)];
  }
}

function verified(claim: VerifiedClaim, standing: Standing, acts: Acts): Child[] {
  const words = say().verify;
  const { name, bounds } = period(claim.period.start, claim.period.end, claim.period.zone);
  const { level: { least, text }, device } = claim;
  const highest = least === 'L2' || least === 'L3';
  return [
    ...claim.outputs.map((output) => figure(output, name)),
    conditions(claim.conditions),
    facts([
      [words.period, bounds],
      [words.vouches, element('span', {}, element('strong', {}, highest ? least : say().orBetter(least)), '. ', say().level[least] ?? english(text)),
        least === 'L0' ? 'caution' : undefined],
      ...(device === undefined ? [] : [[words.device, `${device.meter} (${device.algorithm})`] as const]),
      [words.madeFor, context(claim.context)],
      [words.setup, words.setupWords[claim.setup.status], claim.setup.status === 'dev' ? 'caution' : undefined],
      before(standing, acts),
    ]),
    technical([
      [words.nullifier, `${claim.nullifier}`],
      [words.digest, `${claim.policyDigest}`],
      [device === undefined ? words.root : words.head, `${claim.root}`],
      ...(device === undefined ? [] : [[words.publicKey, device.publicKey] as const]),
      [words.circuit, claim.circuitId],
    ]),
  ];
}

/** Conditions as the package words them, which is in English. */
export function conditions(list: readonly { readonly kind: string; readonly text: string }[]): HTMLElement {
  const items = list.map(({ kind, text }) => element('li', { 'data-kind': kind }, icon('verified'), english(text)));
  const all = element('ul', { class: 'conditions' }, ...items);
  if (spoken() === 'en') return all;
  return element('div', {}, element('p', { class: 'aside' }, say().verify.fullTerms), all);
}

function figure(output: Output, name: string): HTMLElement {
  const label = say().outputs[output.name] ?? output.name;
  return element('p', { class: 'figure', 'data-output': output.name, 'data-value': `${output.value ?? ''}` },
    element('span', { class: 'label' }, `${label}, ${name}`),
    element('span', { class: 'value' }, quantity(output.text)),
    // An amount of money says all its digits already.
    output.value !== null && !output.unit.startsWith('minor units') && element('span', { class: 'exact' }, say().exactly(`${number(output.value)} ${output.unit}`)));
}

function before(standing: Standing, acts: Acts): Row {
  const words = say().verify;
  switch (standing.kind) {
    case 'accepted':
      return [words.before, words.beforeAccepted(standing.when.toLocaleDateString(spoken() === 'de' ? 'de-DE' : 'en-GB', { dateStyle: 'long' }))];
    case 'new': {
      const accept = () => void standing.accept().then(acts.recheck, acts.recheck);
      return [words.before, element('span', {}, words.beforeUnknown, ' ',
        element('button', { type: 'button', class: 'link', id: 'accept', click: accept }, words.accept))];
    }
    case 'trial':
      return [words.before, words.beforeTrial];
    default:
      return [words.before, words.beforeStorage, 'caution'];
  }
}

function context(of: ClaimContext): string {
  const words = say().context;
  return of.kind === 'challenge' ? words.challenge(of.verifier) : words.settlement(of.chainId, short(of.order), short(of.payee));
}

function short(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex;
}

function unconfirmed({ statement, setup }: UnconfirmedClaim, named: boolean): Child[] {
  const words = say().verify;
  const { bounds } = period(statement.period.start, statement.period.end, 'UTC');
  return [
    facts([
      [words.period, bounds],
      [words.figures, statement.outputs.length === 0 ? words.figuresNone : words.figuresBare(statement.outputs.map(number).join('; '))],
      [words.setup, words.setupWords[setup.status], setup.status === 'dev' ? 'caution' : undefined],
    ]),
    technical([
      [words.nullifier, `${statement.nullifier}`],
      [words.digest, `${statement.policyDigest}`],
      [words.contextDigest, `${statement.context}`],
      [named ? words.head : words.root, `${statement.anchor}`],
    ]),
  ];
}

function unseen(outcome: Outcome): Child[] {
  const words = say().verify;
  // At L0 there is no meter to see; at L3 its key is there for all to see.
  const unseen = outcome.kind === 'verified' ? !['L0', 'L3'].includes(outcome.claim.level.least) : outcome.kind !== 'unconfirmed' || !outcome.named;
  const hidden = [words.unseenList[0] ?? '', ...(unseen ? [words.unseenMeter] : []), ...words.unseenList.slice(1)];
  return [
    element('h3', {}, icon('eye'), words.unseen),
    bullets(outcome.kind === 'unconfirmed' ? [words.unseenUnconfirmed, ...hidden] : hidden),
    ...(outcome.kind === 'verified' ? [element('h3', {}, words.cannot), element('p', {}, words.cannotText)] : []),
  ];
}

export function bullets(lines: readonly string[]): HTMLElement {
  return element('ul', { class: 'bullets' }, ...lines.map((line) => element('li', {}, line)));
}

export function facts(rows: readonly Row[]): HTMLElement {
  const list = element('dl', { class: 'facts' });
  for (const [term, text, tone] of rows) list.append(element('dt', {}, term), element('dd', { class: tone }, text));
  return list;
}

function technical(rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = element('dl', { class: 'numbers' });
  for (const [term, text] of rows) list.append(element('dt', {}, term), element('dd', {}, element('code', {}, text)));
  return element('details', {}, element('summary', {}, say().verify.records), list);
}
