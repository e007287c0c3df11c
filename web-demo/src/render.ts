import type { UnconfirmedClaim, VerifiedClaim, WattproofError } from 'wattproof';
import type { Outcome, Slot } from './check.js';
import { byId, element, icon } from './dom.js';
import { context, figure, period } from './words.js';

const FILE: Readonly<Record<Slot, string>> = {
  bundle: 'the proof bundle',
  profile: 'your profile',
  key: 'the verifying key',
};

const SUBJECT: Readonly<Record<Slot, string>> = {
  bundle: 'The claim does not hold.',
  profile: 'Your profile cannot be used, so nothing was checked.',
  key: 'The verifying key cannot be used, so nothing was checked.',
};

/** Shows an outcome; `allowDevKeys` is what the offered button does. */
export function render(outcome: Outcome, allowDevKeys: () => void): void {
  const { title, lead } = headline(outcome);
  byId('announcement', HTMLElement).textContent = `${title}. ${lead}`;
  byId('verdict', HTMLElement).replaceChildren(banner(outcome, title, lead, allowDevKeys));
  byId('learned', HTMLElement).replaceChildren(...learned(outcome));
  byId('unseen', HTMLElement).replaceChildren(...unseen(outcome));
}

function headline(outcome: Outcome): { title: string; lead: string } {
  switch (outcome.kind) {
    case 'waiting':
      return { title: 'Nothing checked yet', lead: `Still needed: ${outcome.missing.map((slot) => FILE[slot]).join(', ')}.` };
    case 'verified':
      return { title: 'Verified', lead: 'The readings met the terms in your profile, over the whole period.' };
    case 'unconfirmed':
      return { title: 'Proof valid, claim unconfirmed', lead: outcome.claim.text };
    case 'refused':
      return { title: 'Refused', lead: SUBJECT[outcome.slot] };
    case 'failed':
      return { title: 'Could not check', lead: outcome.message };
  }
}

function banner(outcome: Outcome, title: string, lead: string, allowDevKeys: () => void): HTMLElement {
  const sign = outcome.kind === 'failed' ? 'refused' : outcome.kind;
  const text = element('div', {}, element('p', { class: 'title' }, title), element('p', {}, lead));
  if (outcome.kind === 'refused') text.append(...reason(outcome.error, allowDevKeys));
  return element('div', { class: `banner ${sign}`, 'data-verdict': outcome.kind }, icon(sign), text);
}

function reason(error: WattproofError, allowDevKeys: () => void): HTMLElement[] {
  const parts: HTMLElement[] = [
    element('dl', { class: 'reason' },
      element('dt', {}, 'Why'),
      element('dd', {}, error.message),
      element('dt', {}, 'What to do'),
      element('dd', {}, error.remedy),
      element('dt', {}, 'Code'),
      element('dd', {}, element('code', { 'data-code': error.code }, error.code))),
  ];
  if (error.code === 'dev-key') {
    const allow = element('button', { class: 'action' }, 'Allow development keys for this trial');
    allow.type = 'button';
    allow.addEventListener('click', allowDevKeys);
    parts.push(element('p', {}, allow));
  }
  return parts;
}

function learned(outcome: Outcome): HTMLElement[] {
  const title = element('h3', {}, 'What you learn');
  switch (outcome.kind) {
    case 'verified':
      return [title, ...verified(outcome.claim)];
    case 'unconfirmed':
      return [element('h3', {}, 'What the bundle says of itself'), ...unconfirmed(outcome.claim)];
    case 'waiting':
      return [
        title,
        bullets([
          'whether the terms of the contract were met, over the whole period',
          'the figures that the contract reveals, such as a month’s total',
          'who vouches for the readings: the meter itself, a gateway, or nobody',
        ]),
      ];
    case 'refused':
      if (outcome.slot === 'bundle') return [title, element('p', {}, 'Nothing. A claim that is refused says nothing about any meter.')];
      return [title, element('p', {}, 'Nothing yet: no claim was looked at.')];
    case 'failed':
      return [title, element('p', {}, 'Nothing yet: no claim was looked at.')];
  }
}

function verified(claim: VerifiedClaim): HTMLElement[] {
  const { name, bounds } = period(claim.period.start, claim.period.end, claim.period.zone);
  const conditions = element('ul', { class: 'conditions' });
  for (const condition of claim.conditions) {
    conditions.append(element('li', { 'data-kind': condition.kind }, icon('verified'), element('span', {}, condition.text)));
  }
  return [
    ...claim.outputs.map((output) => {
      const { label, value, exact } = figure(output);
      return element('p', { class: 'figure', 'data-output': output.name, 'data-value': `${output.value ?? ''}` },
        element('span', { class: 'label' }, `${label}, ${name}`),
        element('span', { class: 'value' }, value),
        element('span', { class: 'exact' }, `exactly ${exact}`));
    }),
    conditions,
    facts([
      ['Period', bounds],
      ['Who vouches', `${claim.level.least} or better. ${claim.level.text}`],
      ['Made for', context(claim.context)],
      ['Key', claim.setup.text, claim.setup.status === 'dev' ? 'caution' : undefined],
      ['Claimed before?', claim.uniqueness.text, 'caution'],
    ]),
    technical([
      ['Nullifier', `${claim.nullifier}`],
      ['Policy digest', `${claim.policyDigest}`],
      ['Registry root', `${claim.root}`],
      ['Circuit', claim.circuitId],
    ]),
  ];
}

function unconfirmed({ statement, setup }: UnconfirmedClaim): HTMLElement[] {
  const { bounds } = period(statement.period.start, statement.period.end, 'UTC');
  return [
    element('p', { class: 'note' }, 'Nobody compared this with what you agreed to. Load your profile to do so.'),
    facts([
      ['Period', bounds],
      ['Figures', statement.outputs.length === 0 ? 'none' : `${statement.outputs.join(', ')} (only a profile says of what)`],
      ['Key', setup.text, setup.status === 'dev' ? 'caution' : undefined],
    ]),
    technical([
      ['Nullifier', `${statement.nullifier}`],
      ['Policy digest', `${statement.policyDigest}`],
      ['Context', `${statement.context}`],
      ['Registry root', `${statement.anchor}`],
    ]),
  ];
}

function unseen(outcome: Outcome): HTMLElement[] {
  const hidden = [
    'any single reading: how much energy, and when',
    'which meter it is; only that it is an enrolled one',
    'whose home or business it serves',
    'how near the readings came to a limit',
    'where readings are missing or estimated',
    'anything before or after the period',
  ];
  const parts: HTMLElement[] = [
    element('h3', {}, icon('eye'), 'What you do not see'),
    bullets(outcome.kind === 'verified' && outcome.claim.level.least === 'L0' ? hidden.filter((line) => !line.includes('enrolled')) : hidden),
  ];
  if (outcome.kind === 'verified') {
    parts.push(
      element('h3', {}, 'What no proof can tell'),
      element('p', {}, 'Whether the meter measured rightly. A proof speaks about readings, not about wires.'),
    );
  }
  return parts;
}

function bullets(lines: readonly string[]): HTMLElement {
  return element('ul', { class: 'bullets' }, ...lines.map((line) => element('li', {}, line)));
}

function facts(rows: readonly (readonly [string, string, (string | undefined)?])[]): HTMLElement {
  const list = element('dl', { class: 'facts' });
  for (const [term, text, tone] of rows) {
    list.append(element('dt', {}, term), element('dd', tone === undefined ? {} : { class: tone }, text));
  }
  return list;
}

function technical(rows: readonly (readonly [string, string])[]): HTMLElement {
  const list = element('dl', { class: 'numbers' });
  for (const [term, text] of rows) list.append(element('dt', {}, term), element('dd', {}, element('code', {}, text)));
  return element('details', {}, element('summary', {}, 'For your records'), list);
}
