// The room of whoever owns readings and proves something about them.

import { init } from 'wattproof/meter';
import { byId, element, fill } from '../dom.js';
import { period as periodWords } from '../i18n.js';
import type { Room } from '../room.js';
import { announce } from '../shell.js';
import { chooser } from '../verify/inputs.js';
import { play } from '../verify/room.js';
import { Bench } from './bench.js';
import { Inputs, type Offer } from './inputs.js';
import { overlay } from './overlay.js';
import { advance, headline, render, type Acts } from './result.js';
import { tell } from './words.js';
import '../style/prove.css';

const bench = new Bench();
const offer: Offer = { refused: undefined, choices: [], csv: {} };
let inputs: Inputs | undefined;
let whole = false;
/** Of the last contract that could be read: one that cannot leaves the chart as it is. */
let zone = 'UTC';
let said = '';

export const room: Room = {
  async enter(main) {
    void init().catch(() => {});
    inputs = new Inputs(bench, offer, (run) => void attempt(run));
    fill(main, ...page());
    // Who sees the outcome needs no way there.
    new IntersectionObserver((all) => document.getElementById('glance')?.classList.toggle('seen', all.some(({ isIntersecting }) => isIntersecting)))
      .observe(byId('result', HTMLElement));
    bench.changed = show;
    document.title = tell().document;
    said = '';
    show();
  },
  async drop(files) {
    const [file] = files;
    if (file !== undefined) await attempt(() => inputs?.take(file) ?? Promise.resolve());
  },
};

function page(): HTMLElement[] {
  const words = tell();
  const example = element('button', { type: 'button', class: 'button main', id: 'example', click: () => void attempt(() => inputs?.example() ?? Promise.resolve()) }, words.example);
  return [
    element('div', { class: 'intro' },
      element('h1', {}, words.title),
      element('p', {}, words.lead),
      element('p', { class: 'start', id: 'start' }, example, element('span', { class: 'aside' }, words.exampleHint))),
    element('div', { class: 'columns' },
      inputs?.build() ?? element('div'),
      element('section', { class: 'result', id: 'result', tabindex: '-1', 'aria-labelledby': 'result-title' },
        element('h2', { class: 'hidden', id: 'result-title' }, words.result),
        element('div', { id: 'outcome' }),
        element('div', { id: 'proof', class: 'side proof' }),
        element('div', { id: 'chart', class: 'side chart' }),
        element('div', { class: 'sides', id: 'sides' },
          element('div', { class: 'side', id: 'conditions' }),
          element('div', { class: 'side quiet', id: 'reveals' })))),
    // On narrow screens the outcome lies below everything else: at a glance, and the way there.
    element('button', { type: 'button', class: 'glance', id: 'glance', click: () => byId('result', HTMLElement).scrollIntoView() }),
  ];
}

const acts: Acts = {
  prove: (overBudget) => void bench.prove(overBudget).then(() => document.getElementById('result')?.focus()),
  cancel: () => {
    bench.cancel();
    announce(tell().cancelled);
  },
  again: () => void bench.refresh(),
  play: () => {
    const { made } = bench;
    if (made === undefined) return;
    play({
      profile: { name: 'profile.json', content: made.profile },
      key: { name: 'key.json', content: made.key },
      bundle: { name: 'bundle.json', content: made.proved.bundle },
    });
    location.hash = '#/verify';
  },
  keys() {
    const words = tell().key;
    const found: { verifying?: File; proving?: File } = {};
    const take = async (): Promise<void> => {
      const { verifying, proving } = found;
      if (verifying === undefined || proving === undefined) return;
      await attempt(async () => {
        bench.ownKeys = { verifyingKey: await verifying.text(), provingKey: proving, bytes: 0 };
      });
    };
    return element('div', {}, element('p', { class: 'aside' }, words.hint), element('div', { class: 'actions' },
      chooser('own-vk', '.json', 'file', words.vk, '', async (file) => { found.verifying = file; await take(); }),
      chooser('own-pk', '.pk', 'file', words.pk, '', async (file) => { found.proving = file; await take(); })));
  },
};

/** Runs what changes the bench, and works out what follows. */
async function attempt(run: () => Promise<void>): Promise<void> {
  try {
    await run();
    await bench.refresh();
  } catch (error) {
    bench.outlook = { state: 'refused', problem: error };
    show();
  }
}

function show(): void {
  // What was begun here may end when somebody is in the other room.
  if (document.getElementById('outcome') === null) return;
  const { state } = bench.outlook;
  // The bar moves on by itself; everything else is built anew.
  if (state === 'proving' && advance(bench)) return;
  render(bench, acts);
  const { title, lead } = headline(state);
  const phase = state === 'proving' && bench.progress !== undefined ? (tell().phases[bench.progress.phase] ?? '') : '';
  const now = phase === '' ? `${title}. ${lead}` : phase;
  if (now !== said && state !== 'working') announce((said = now));
  if (state === 'proving') return;
  inputs?.show();
  if (state !== 'working') void chart();
}

/** The readings, with what the contract says about single intervals. */
async function chart(): Promise<void> {
  const words = tell().chart;
  const place = document.getElementById('chart');
  if (place === null) return;
  const { source, outlook } = bench;
  place.hidden = source === undefined;
  if (source === undefined) return;
  const all = source.kind === 'meter' ? source.meter.series : source.witness.series;
  const { explanation, check } = outlook;
  zone = explanation?.scope.calendar.zone ?? zone;
  const series = all.find(({ direction }) => explanation?.policy.includes(`"${direction}"`)) ?? all[0];
  if (series === undefined) return;
  const named = whole ? undefined : check?.period;
  const bounds = named && { start: Number(named.start), end: Number(named.end) };
  const end = series.start + BigInt(series.values.length * series.intervalSeconds);
  const name = named ? periodWords(named.start, named.end, zone).name : periodWords(series.start, end, zone).name;
  const toggle = element('button', { type: 'button', class: 'link', id: 'whole', click: () => { whole = !whole; void chart(); } }, whole ? words.one : words.all);
  const plot = element('div', { class: 'plots' });
  fill(place,
    element('div', { class: 'head' }, element('h3', {}, words.title(name)), check !== undefined && toggle, element('span', { class: 'aside' }, words.only)), plot);
  const { draw } = await import('./chart.js');
  if (!plot.isConnected) return;
  draw(plot, {
    series, zone, period: bounds,
    overlay: explanation === undefined || check === undefined
      ? { limit: () => undefined, band: () => undefined, bands: 0 }
      : overlay(explanation.policy, series, Number(check.period.start)),
    failing: new Set((check?.failures ?? []).flatMap(({ at }) => (at === null ? [] : [Number(at)]))),
  });
}

// A canvas has no style sheet: it is painted again when colours change.
const repaint = (): void => void chart();
addEventListener('themechange', repaint);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
