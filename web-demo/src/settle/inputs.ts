// The left side of the room: the chain, the order, the proof.

import { byId, element, fill, icon, type Child } from '../dom.js';
import { say } from '../i18n.js';
import { extract } from '../share/link.js';
import { save } from '../prove/share.js';
import { chooser } from '../verify/inputs.js';
import type { Counter } from './counter.js';
import { ChainError, type Wallet } from './node.js';
import { looksLikeOffer, readOffer, writeOffer } from './offer.js';
import { tell } from './words.js';

/** Most bytes of a file that is looked at. */
const MOST_BYTES = 1 << 20;
const USUAL_NODE = 'http://127.0.0.1:8545';

/** Where something came from, or what was wrong with it. */
interface Label {
  readonly name: string;
  readonly problem?: string | undefined;
}

export interface Acts {
  readonly connect: (address: string) => void;
  readonly use: (wallet: Wallet) => void;
  readonly disconnect: () => void;
  /** Runs what changes the counter. */
  readonly attempt: (run: () => Promise<void>) => void;
}

export class Inputs {
  readonly #counter: Counter;
  readonly #acts: Acts;
  #labels: { offer: Label | undefined; bundle: Label | undefined } = { offer: undefined, bundle: undefined };
  /** Why no chain was reached. */
  problem: unknown;
  wallets: readonly Wallet[] = [];

  constructor(counter: Counter, acts: Acts) {
    this.#counter = counter;
    this.#acts = acts;
  }

  build(): HTMLElement {
    const words = tell();
    return element('div', { class: 'inputs' },
      element('h2', { class: 'group' }, words.where),
      this.#card('chain', words.chain.title, words.chain.hint, element('div', { id: 'chain-body' }), this.#how()),
      element('h2', { class: 'group' }, words.what),
      this.#card('offer', words.offer.title, words.offer.hint, ...this.#taking('offer', '.json,application/json')),
      this.#card('bundle', words.bundle.title, words.bundle.hint, ...this.#taking('bundle', '.json,application/json'),
        element('p', { class: 'hint' }, element('a', { class: 'link', href: './#/prove', id: 'to-prove' }, words.bundle.prove))));
  }

  #card(name: string, title: string, hint: string, ...rest: Child[]): HTMLElement {
    return element('section', { class: 'card', 'data-card': name, 'aria-labelledby': `${name}-title` },
      element('h3', { id: `${name}-title` }, element('span', { class: 'step', 'aria-hidden': 'true' }), title),
      element('p', { class: 'hint' }, hint), element('p', { class: 'state', id: `${name}-state` }), ...rest);
  }

  #how(): HTMLElement {
    const words = tell().chain;
    return element('details', { id: 'how' }, element('summary', {}, words.how), element('p', {}, words.howText),
      element('p', {}, element('code', {}, words.howNode)), element('p', {}, element('code', {}, words.howDemo)), element('p', { class: 'hint' }, words.howDemoText));
  }

  /** By file, by text. */
  #taking(slot: 'offer' | 'bundle', accept: string): Child[] {
    const words = tell()[slot];
    const area = element('textarea', { id: `${slot}-text`, rows: '5', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
    area.addEventListener('change', () => this.#acts.attempt(() => this.take(slot, tell().pasted, area.value)));
    return [
      element('div', { class: 'actions' }, chooser(`${slot}-file`, accept, 'file', words.choose, '', async (file) =>
        this.#acts.attempt(() => this.read(file, slot)))),
      element('details', { class: 'paste' }, element('summary', {}, words.paste), element('label', { class: 'hidden', for: `${slot}-text` }, words.label), area),
    ];
  }

  /** Reads a file; where it belongs is told by what it is. */
  async read(file: File, slot: 'offer' | 'bundle'): Promise<void> {
    const text = await file.slice(0, MOST_BYTES).text();
    await this.take(looksLikeOffer(text) ? 'offer' : slot, file.name, text);
  }

  /** Takes an order's or a bundle's text; empty, it is removed. */
  async take(slot: 'offer' | 'bundle', name: string, text: string): Promise<void> {
    if (text.trim() === '') {
      this.label(slot, undefined);
      this.#counter.put({ [slot]: undefined });
      return;
    }
    try {
      if (slot === 'offer') this.#counter.put({ offer: readOffer(text) });
      else this.#counter.put({ bundle: await bundleIn(text) });
      this.label(slot, { name });
    } catch (error) {
      this.#counter.put({ [slot]: undefined });
      this.label(slot, { name, problem: error instanceof Error ? error.message : String(error) });
    }
  }

  label(slot: 'offer' | 'bundle', label: Label | undefined): void {
    this.#labels[slot] = label;
  }

  /** Shows what lies where. */
  show(): void {
    const words = tell();
    const { chain, offer } = this.#counter;
    const mark = (name: string, state: string): void => {
      const card = byId(`${name}-title`, HTMLElement).closest<HTMLElement>('[data-card]');
      if (card !== null) card.dataset['state'] = state;
    };
    mark('chain', chain !== undefined ? 'loaded' : this.problem === undefined ? 'empty' : 'refused');
    byId('how', HTMLElement).hidden = chain !== undefined;
    this.#chain();
    for (const slot of ['offer', 'bundle'] as const) {
      const label = this.#labels[slot];
      mark(slot, label === undefined ? 'empty' : label.problem === undefined ? 'loaded' : 'refused');
      fill(byId(`${slot}-state`, HTMLElement), ...(label === undefined ? [] : [
        element('span', { class: 'name' }, label.problem === undefined ? words.loaded(label.name) : words.refused(label.name)),
        label.problem !== undefined && element('span', { class: 'problem', lang: 'en' }, label.problem),
        slot === 'offer' && offer !== undefined && element('button', { type: 'button', class: 'link', id: 'offer-save', click: () => save('order.json', writeOffer(offer)) }, words.offer.save),
        element('button', { type: 'button', class: 'link', id: `${slot}-forget`, click: () => this.#acts.attempt(() => this.take(slot, '', '')) },
          words.remove, element('span', { class: 'hidden' }, say().verify.forFile(words[slot].title))),
      ]));
      byId(`${slot}-file-text`, HTMLElement).textContent = label === undefined ? words[slot].choose : say().verify.replace;
    }
  }

  #chain(): void {
    const words = tell().chain;
    const place = byId('chain-body', HTMLElement);
    const { chain } = this.#counter;
    if (chain !== undefined) {
      const [from] = chain.accounts;
      fill(byId('chain-state', HTMLElement), element('span', { class: 'name' }, `${words.connected(`${chain.id}`)}${chain.wallet === undefined ? '' : ` (${chain.wallet || words.byWallet})`}`),
        element('button', { type: 'button', class: 'link', id: 'chain-forget', click: this.#acts.disconnect }, words.forget));
      fill(place, from !== undefined && element('p', { class: 'hint account' }, words.account(from)));
      return;
    }
    const { problem } = this;
    fill(byId('chain-state', HTMLElement), problem !== undefined && element('span', { class: 'name', 'data-code': problem instanceof ChainError ? problem.code : undefined },
      problem instanceof ChainError ? (tell().chainProblems[problem.code] ?? '') : String(problem)));
    // What is being typed stays as it is.
    const before = document.getElementById('node') as HTMLInputElement | null;
    const input = element('input', { type: 'url', id: 'node', spellcheck: 'false', autocomplete: 'off' });
    input.value = before?.value ?? USUAL_NODE;
    const form = element('form', { class: 'connect', submit: (event) => { event.preventDefault(); this.#acts.connect(input.value.trim()); } },
      element('p', { class: 'field' }, element('label', { for: 'node' }, words.address), input),
      element('div', { class: 'actions' },
        element('button', { type: 'submit', class: 'button', id: 'connect' }, words.connect),
        ...this.wallets.map((wallet, i) => element('button', { type: 'button', class: 'button', id: `wallet-${i}`, click: () => this.#acts.use(wallet) }, icon('lock'), words.wallet(wallet.name)))));
    form.noValidate = true;
    fill(place, form);
  }
}

/** A bundle's text, or the one in a link. */
async function bundleIn(text: string): Promise<string> {
  if (!/^\s*\S*#bundle=/.test(text)) return text;
  const found = await extract(text.trim());
  if (found === undefined) throw new Error(tell().badLink);
  return new TextDecoder().decode(found);
}
