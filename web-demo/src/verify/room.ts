// The room of whoever checks a claim.

import { byId, element, fill, icon } from '../dom.js';
import { say } from '../i18n.js';
import type { Room } from '../room.js';
import { carries, extract } from '../share/link.js';
import { announce } from '../shell.js';
import { SLOTS, type Slot } from './check.js';
import { Desk, type Played } from './desk.js';
import { sample } from './files.js';
import { dropped, example, inputs, showInputs } from './inputs.js';
import { headline, render } from './result.js';

const desk = new Desk();
let ready: Promise<void> | undefined;
let seen = '';

/** Puts the verifier's side of a proof that was just made on the desk. */
export function play(played: Played): void {
  desk.play('playing', played);
}

export const room: Room = {
  async enter(main, hash) {
    ready ??= desk.restore();
    fill(main, ...page());
    desk.changed = show;
    document.title = say().verify.document;
    showInputs(desk);
    render(desk, acts);
    await ready;
    if (carries(hash)) await attempt(() => open(hash));
    else await desk.check();
  },
  async drop(files, target) {
    const under = target.closest<HTMLElement>('[data-slot]')?.dataset['slot'];
    await attempt(() => dropped(desk, files, SLOTS.find((slot) => slot === under) ?? 'bundle'));
  },
};

function page(): HTMLElement[] {
  const words = say().verify;
  return [
    element('div', { class: 'intro' },
      element('h1', {}, words.title),
      element('p', {}, words.lead),
      element('p', { class: 'start', id: 'start' })),
    element('div', { class: 'columns' },
      inputs(desk, { attempt }),
      element('section', { class: 'result', id: 'result', tabindex: '-1', 'aria-labelledby': 'result-title' },
        element('h2', { class: 'hidden', id: 'result-title' }, words.result),
        element('div', { id: 'verdict' }),
        element('div', { class: 'sides' },
          element('div', { class: 'side', id: 'learned' }),
          element('div', { class: 'side quiet', id: 'unseen' })))),
  ];
}

const acts = {
  allowDevKeys: () => void attempt(() => desk.allowDevKeys(true)).then(() => byId('result', HTMLElement).focus()),
  recheck: () => void desk.check(),
};

function show(): void {
  // What was begun here may end when somebody is in the other room.
  if (document.getElementById('verdict') === null) return;
  showInputs(desk);
  fill(byId('start', HTMLElement), ...start());
  render(desk, acts);
  const { title, lead } = headline(desk.outcome);
  // The same words again would only be a noise.
  if (`${title}. ${lead}` !== seen) announce((seen = `${title}. ${lead}`));
  performance.mark('wattproof.verdict', { detail: desk.outcome.kind });
}

/** Below the title: the example to begin with, or what is going on in a trial. */
function start(): HTMLElement[] {
  const words = say().verify;
  const button = (id: string, text: string, click: () => void, style = 'button') =>
    element('button', { type: 'button', class: style, id, click }, text);
  if (desk.mode === 'own') {
    return [
      button('sample-all', words.example, () => void attempt(async () => desk.play('example', await example())), 'button main'),
      element('span', { class: 'aside' }, words.exampleHint),
    ];
  }
  const leave = button('leave', words.leave, () => { desk.leave(); void desk.check(); });
  if (desk.mode === 'playing') {
    return [element('span', { class: 'notice' }, icon('swap'), element('span', {}, element('strong', {}, words.playing), ' ', words.playingHint)),
      element('a', { class: 'button', href: '#/prove', id: 'back' }, words.playingBack), leave];
  }
  const tampered = desk.bundle?.name === 'tampered.json';
  const other = tampered ? 'bundle' : 'tampered';
  return [
    button('sample-other', tampered ? words.genuine : words.tampered, () => void attempt(async () => desk.put('bundle', await sample(other), false))),
    leave,
    element('span', { class: 'aside' }, words.exampleOn),
  ];
}

async function open(hash: string): Promise<void> {
  const content = await extract(hash);
  if (content === undefined) throw new Error(say().verify.badLink);
  await desk.put('bundle' satisfies Slot, { name: say().verify.fromLink, content });
}

/** Runs what may fail for reasons outside the files, such as a broken connection; then checks. */
async function attempt(run: () => Promise<void>): Promise<void> {
  try {
    await run();
    await desk.check();
    reveal();
  } catch (error) {
    desk.show({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** On a narrow screen the result lies below the files: brings it into view once there is one. */
function reveal(): void {
  if (desk.outcome.kind === 'waiting' || document.activeElement?.id === 'bundle-text') return;
  if (matchMedia('(max-width: 60rem)').matches) byId('result', HTMLElement).scrollIntoView();
}
