// The room in which claims become money.

import { init, explainPolicy, type PolicyExplanation } from 'wattproof/meter';
import { byId, element, fill } from '../dom.js';
import { carries } from '../share/link.js';
import type { Room } from '../room.js';
import { announce } from '../shell.js';
import { call } from './abi.js';
import { Counter } from './counter.js';
import { Inputs } from './inputs.js';
import { Chain, ChainError, localNode, wallets, type Provider } from './node.js';
import type { Offer } from './offer.js';
import { ORDER_TUPLE, orderValues } from './contract.js';
import { Play, PLAYGROUNDS } from './play.js';
import { headline, render, type Acts, type Playing } from './result.js';
import { tell } from './words.js';
import '../style/prove.css';
import '../style/settle.css';

const counter = new Counter();
const inputs = new Inputs(counter, {
  connect: (address) => void reach(() => localNode(address)),
  use: ({ provider, name }) => void reach(() => provider, name),
  disconnect: () => void attempt(async () => {
    play = undefined;
    counter.chain = undefined;
  }),
  attempt: (run) => void attempt(run),
});
let play: Play | undefined;
let playing: Playing | undefined;
let stop: AbortController | undefined;
/** Whether the order on the counter is the second one of a trade. */
let second = false;
let explained: { readonly of: string; readonly explanation: PolicyExplanation } | undefined;
let said = '';

export const room: Room = {
  async enter(main, hash) {
    void init().catch(() => {});
    fill(main, ...page());
    counter.changed = show;
    document.title = tell().document;
    said = '';
    show();
    inputs.wallets = await wallets();
    if (carries(hash)) await attempt(() => inputs.take('bundle', tell().linked, hash));
    else await counter.refresh();
  },
  async drop(files, target) {
    const slot = target.closest<HTMLElement>('[data-card]')?.dataset['card'] === 'offer' ? 'offer' : 'bundle';
    await attempt(async () => {
      for (const file of files) await inputs.read(file, slot);
    });
  },
};

function page(): HTMLElement[] {
  const words = tell();
  return [
    element('div', { class: 'intro' }, element('h1', {}, words.title), element('p', {}, words.lead), element('p', { class: 'start', id: 'start' })),
    element('div', { class: 'columns' },
      inputs.build(),
      element('section', { class: 'result', id: 'result', tabindex: '-1', 'aria-labelledby': 'result-title' },
        element('h2', { class: 'hidden', id: 'result-title' }, words.result),
        element('div', { id: 'outcome' }),
        element('div', { class: 'side', id: 'history' }),
        element('div', { class: 'sides', id: 'sides' }, element('div', { class: 'side', id: 'terms' }), element('div', { class: 'side quiet', id: 'checks' })),
        element('div', { class: 'side', id: 'statement' }))),
  ];
}

/** Reaches a chain, and looks again. */
async function reach(provider: () => Provider, wallet?: string): Promise<void> {
  await attempt(async () => {
    inputs.problem = undefined;
    try {
      counter.chain = await Chain.reach(provider(), wallet);
      listen(counter.chain);
    } catch (error) {
      counter.chain = undefined;
      inputs.problem = error;
      announce(error instanceof ChainError ? (tell().chainProblems[error.code] ?? '') : String(error));
    }
  });
}

/** A wallet's chain and account are the person's to change. */
function listen({ provider, wallet }: Chain): void {
  const { on } = provider as { on?: (event: string, hear: () => void) => void };
  if (wallet === undefined || on === undefined) return;
  const again = (): void => {
    if (counter.chain?.provider === provider) void reach(() => provider, wallet);
  };
  on.call(provider, 'chainChanged', again);
  on.call(provider, 'accountsChanged', again);
}

/** Runs what changes the counter, and works out what follows. */
async function attempt(run: () => Promise<void>): Promise<void> {
  await run();
  await explain(counter.offer);
  await counter.refresh();
}

/** The policy in words, worked out once. */
async function explain(offer: Offer | undefined): Promise<void> {
  if (offer?.policy === undefined) explained = undefined;
  else if (explained?.of !== offer.policy) {
    const { policy } = offer;
    explained = await explainPolicy(policy).then((explanation) => ({ of: policy, explanation }), () => undefined);
  }
}

const acts = (): Acts => {
  const { offer, chain, outlook } = counter;
  const mine = play !== undefined && outlook.state !== 'sending';
  const wasPaid = counter.history.some(({ what, receipt }) => what === 'claim' && receipt?.ok === true);
  return {
    claim: () => void counter.claim('claim').then(() => byId('result', HTMLElement).focus()),
    again: outlook.state === 'paid' ? () => void attempt(async () => {}).then(() => note('again')) : undefined,
    sellAgain: mine && wasPaid && !second ? () => void sellAgain() : undefined,
    refund: mine && wasPaid && !second && !counter.history.some(({ what }) => what === 'refund') ? () => void refund() : undefined,
    switchChain: chain?.wallet === undefined || offer === undefined ? undefined : () => void switchChain(chain, offer.chainId),
    stop: () => stop?.abort(),
  };
};

/** The wallet asks the person; what it then says, the room hears by `reach`. */
async function switchChain(chain: Chain, id: bigint): Promise<void> {
  try {
    await chain.switchTo(id);
    await reach(() => chain.provider, chain.wallet);
  } catch (problem) {
    announce(problem instanceof ChainError ? (tell().chainProblems[problem.code] ?? '') : String(problem));
  }
}

/** Writes a refusal that was provoked into what happened. */
function note(what: string): void {
  const { refusal } = counter.outlook;
  if (refusal !== undefined) counter.note({ what, refusal });
}

async function begin(chain: Chain): Promise<void> {
  stop = new AbortController();
  counter.history.length = 0;
  counter.put({ offer: undefined, bundle: undefined });
  second = false;
  playing = {};
  const told = new Play(chain, {
    step: (entry) => counter.note(entry),
    progress: (progress) => {
      playing = { progress };
      show();
    },
  });
  show();
  try {
    const { offer, bundle } = await told.begin(stop.signal);
    counter.history.push({ what: 'proof' });
    play = told;
    playing = undefined;
    inputs.label('offer', { name: tell().played });
    inputs.label('bundle', { name: tell().played });
    await attempt(async () => counter.put({ offer, bundle }));
    byId('result', HTMLElement).focus();
  } catch (problem) {
    playing = stop.signal.aborted ? undefined : { problem };
    show();
  }
}

/** A second order for the hour that was paid, and the first one's claim on it. */
async function sellAgain(): Promise<void> {
  if (play === undefined) return;
  try {
    const offer = await play.open();
    second = true;
    await attempt(async () => counter.attempt(offer));
    note('twice');
  } catch (problem) {
    playing = { problem };
    show();
  }
}

async function refund(): Promise<void> {
  const { chain, offer } = counter;
  const from = chain?.accounts[0];
  if (chain === undefined || offer === undefined || from === undefined) return;
  try {
    const receipt = await chain.send({ from, to: offer.contract, data: call(`refund(${ORDER_TUPLE})`, orderValues(offer.order)) });
    counter.note({ what: 'refund', receipt });
  } catch (problem) {
    const refusal = problem instanceof ChainError ? problem.refusal : undefined;
    if (refusal !== undefined) counter.note({ what: 'refund', refusal });
    else playing = { problem };
    show();
  }
}

function show(): void {
  inputs.show();
  fill(byId('start', HTMLElement), ...start());
  render(counter, playing, explained?.explanation, acts());
  const { title, lead } = headline(counter, playing);
  const { refusal } = counter.outlook;
  const why = refusal === undefined || playing !== undefined ? '' : ` ${tell().refusals[refusal.name] ?? ''}`;
  const now = `${title}. ${lead}${why}`;
  if (now !== said && counter.outlook.state !== 'asking') announce((said = now));
}

/** Below the title: the trade to play, or the way back. */
function start(): HTMLElement[] {
  const words = tell();
  const { chain } = counter;
  if (play !== undefined || playing?.problem !== undefined) {
    return [element('button', { type: 'button', class: 'button', id: 'leave', click: () => void attempt(async () => leave()) }, words.leave)];
  }
  const may = chain !== undefined && PLAYGROUNDS.includes(chain.id);
  const button = element('button', { type: 'button', class: 'button main', id: 'play', disabled: !may || playing !== undefined, 'aria-describedby': 'play-hint',
    click: () => { if (chain !== undefined) void begin(chain); } }, words.play);
  const hint = chain === undefined ? `${words.playHint} ${words.playNeeds}` : may ? words.playHint : words.playElsewhere;
  return [button, element('span', { class: 'aside', id: 'play-hint' }, hint)];
}

function leave(): void {
  play = undefined;
  playing = undefined;
  second = false;
  counter.history.length = 0;
  for (const slot of ['offer', 'bundle'] as const) inputs.label(slot, undefined);
  counter.put({ offer: undefined, bundle: undefined });
}
