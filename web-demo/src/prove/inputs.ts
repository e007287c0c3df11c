// The left side of the room: readings, contract, question, budget.

import { WattproofError } from 'wattproof';
import { importMeter, openReadings, type CsvOptions, type MeterReadings } from 'wattproof/meter';
import { byId, element, english, fill, icon, type Child } from '../dom.js';
import { number, period as periodWords, say } from '../i18n.js';
import { chooser } from '../verify/inputs.js';
import { draw, witnessSource, type Bench, type Source } from './bench.js';
import { editor, type Editor } from './editor.js';
import { ledger, limit, summary } from './ledger.js';
import { fitting, type Choice } from './presets.js';
import { save } from './share.js';
import { tell } from './words.js';

/** What lies before the bench: a file that could not be used, and the contracts that fit the one that could. */
export interface Offer {
  refused: { readonly name: string; readonly error: unknown; readonly file: Uint8Array } | undefined;
  choices: readonly Choice[];
  /** How the owner said that a table is to be read. */
  csv: CsvOptions;
}

/** Refusals of tables that the owner can help with. */
const OPEN_QUESTIONS: ReadonlySet<string> = new Set(['no-zone', 'not-a-number', 'no-unit', 'not-whole', 'skipped-time', 'ambiguous-time']);
const EXAMPLE_ZONE = 'America/Los_Angeles';
/** Most bytes of a file: a year of minutes in XML and more. */
const MOST_BYTES = 268_435_456;

export class Inputs {
  readonly #bench: Bench;
  readonly #offer: Offer;
  readonly #attempt: (run: () => Promise<void>) => void;
  #editor: Editor | undefined;

  constructor(bench: Bench, offer: Offer, attempt: (run: () => Promise<void>) => void) {
    this.#bench = bench;
    this.#offer = offer;
    this.#attempt = attempt;
  }

  build(): HTMLElement {
    const words = tell();
    this.#editor = editor((text) => this.#attempt(async () => {
      this.#bench.policy = text;
      this.#bench.preset = undefined;
    }));
    const card = (name: string, title: string, hint: string, ...rest: Child[]): HTMLElement =>
      element('section', { class: 'card', 'data-card': name, 'aria-labelledby': `${name}-title` },
        element('h3', { id: `${name}-title` }, name === 'budget' ? icon('lock') : element('span', { class: 'step', 'aria-hidden': 'true' }), title),
        element('p', { class: 'hint' }, hint), ...rest);
    return element('div', { class: 'inputs' },
      element('h2', { class: 'group' }, words.yours),
      card('readings', words.readings.title, words.readings.hint,
        element('div', { id: 'readings-state' }),
        element('div', { class: 'actions' }, chooser('readings-file', '.xml,.csv,.zip,.json,application/zip,text/csv,application/xml,application/json', 'file', words.readings.choose, '', async (file) => this.#attempt(() => this.take(file))))),
      card('contract', words.contract.title, words.contract.hint,
        element('div', { id: 'contract-state' }),
        element('details', { id: 'contract-editor' }, element('summary', {}, words.contract.edit),
          this.#editor.root,
          element('div', { class: 'actions' }, chooser('policy-file', '.toml,.json', 'file', words.contract.open, '', async (file) => this.#attempt(() => this.#open(file)))))),
      card('whom', words.whom.title, words.whom.hint, element('div', { id: 'whom-state' })),
      card('budget', words.budget.title, words.budget.hint, element('div', { id: 'budget-state' })));
  }

  /** Shows what lies on the bench. */
  show(): void {
    const { source, outlook } = this.#bench;
    const settled = outlook.state !== 'working';
    fill(byId('readings-state', HTMLElement), ...this.#readings(source));
    byId('readings-file-text', HTMLElement).textContent = source === undefined ? tell().readings.choose : tell().readings.replace;
    fill(byId('contract-state', HTMLElement), ...this.#contract(source));
    const details = byId('contract-editor', HTMLDetailsElement);
    details.hidden = source?.kind !== 'meter';
    this.#editor?.set(this.#bench.policy);
    if (settled) {
      this.#editor?.mark(outlook.state === 'policy' || outlook.state === 'readings' ? outlook.problem : undefined);
      if (outlook.state === 'policy') details.open = true;
    }
    const mark = (name: string, state: string): void => {
      const card = byId(`${name}-title`, HTMLElement).closest<HTMLElement>('[data-card]');
      if (card !== null) card.dataset['state'] = state;
    };
    mark('readings', source === undefined ? (this.#offer.refused === undefined ? 'empty' : 'refused') : 'loaded');
    mark('contract', source === undefined ? 'empty' : outlook.state === 'policy' ? 'refused' : outlook.explanation === undefined ? 'empty' : 'loaded');
    mark('whom', source === undefined ? 'empty' : source.kind === 'witness' || this.#bench.contextIsFine ? 'loaded' : 'refused');
    this.#whom(source);
    void this.#budget(source);
  }

  #readings(source: Source | undefined): Child[] {
    const words = tell().readings;
    const { refused } = this.#offer;
    if (refused !== undefined) return [element('p', { class: 'state' }, element('span', { class: 'name' }, `${words.bad} (${refused.name})`)), ...this.#refusal(refused)];
    if (source === undefined) return [];
    const series = source.kind === 'meter' ? source.meter.series : source.witness.series;
    const lines = series.map(({ quantity, direction, values, qualities, intervalSeconds }) => {
      const count = (quality: number): number => qualities.reduce((sum, each) => sum + (each === quality ? 1 : 0), 0);
      const [estimated, missing] = [count(1), count(2)];
      return element('li', {}, element('span', { lang: 'en' }, `${quantity}, ${direction}`), `: ${words.from(number(values.length), number(intervalSeconds / 60))}; `,
        missing + estimated === 0 ? words.whole : words.gaps(number(missing), number(estimated)));
    });
    const notes = source.kind === 'meter' ? source.meter.notes : [];
    return [
      element('p', { class: 'state' }, element('span', { class: 'name' }, words.loaded(source.name)),
        element('button', { type: 'button', class: 'link', id: 'readings-forget', click: () => this.#attempt(async () => this.#bench.take(undefined)) }, words.forget)),
      element('ul', { class: 'plain' }, ...lines),
      source.kind === 'witness'
        ? element('p', { class: 'hint' }, tell().signed(source.witness.level))
        : element('div', { class: 'notice warn l0' }, element('div', {}, element('strong', {}, tell().l0.title), element('p', {}, tell().l0.text))),
      notes.length > 0 && element('details', {}, element('summary', {}, words.notes), element('ul', { class: 'bullets' }, ...notes.map((note) => element('li', {}, english(note))))),
    ];
  }

  /** Why a file was refused; for a table that does not say everything itself, the questions that are open. */
  #refusal({ name, error, file }: NonNullable<Offer['refused']>): Child[] {
    if (!(error instanceof WattproofError)) return [element('p', { class: 'problem' }, error instanceof Error ? error.message : String(error))];
    const why = element('p', { class: 'problem' }, english(`${error.message} ${error.remedy}`));
    if (!OPEN_QUESTIONS.has(error.code)) return [why];
    const words = tell().readings.csv;
    const { csv } = this.#offer;
    const field = (id: string, label: string, value: string, options: readonly (readonly [string, string])[]): [HTMLSelectElement, HTMLElement] => {
      const select = element('select', { id }, ...options.map(([option, text]) => element('option', { value: option }, text)));
      select.value = value;
      return [select, element('p', { class: 'field' }, element('label', { for: id }, label), select)];
    };
    const [zone, zoneField] = field('zone', words.zone, csv.zone ?? localZone(),
      Intl.supportedValuesOf('timeZone').map((each) => [each, each]));
    const [decimal, decimalField] = field('decimal', words.decimal, csv.decimal ?? 'point', [['point', words.point], ['comma', words.comma]]);
    const [unit, unitField] = field('unit', words.unit, csv.unit ?? '', [['', words.auto], ['Wh', 'Wh'], ['kWh', 'kWh'], ['MWh', 'MWh']]);
    const read = (): void => {
      this.#offer.csv = { zone: zone.value, decimal: decimal.value as 'point' | 'comma', ...(unit.value === '' ? {} : { unit: unit.value as 'Wh' | 'kWh' | 'MWh' }) };
      this.#attempt(() => this.#meter(name, file, this.#offer.csv));
    };
    return [why, element('p', { class: 'hint' }, words.hint), zoneField, decimalField, unitField,
      element('div', { class: 'actions' }, element('button', { type: 'button', class: 'button', id: 'csv-read', click: read }, words.read))];
  }

  #contract(source: Source | undefined): Child[] {
    const words = tell().contract;
    const { outlook } = this.#bench;
    if (source === undefined) return [];
    const zone = outlook.explanation?.scope.calendar.zone ?? 'UTC';
    if (source.kind === 'witness') {
      const { period } = source.witness;
      return [element('p', { class: 'hint' }, words.fixed), element('p', {}, element('strong', {}, outlook.explanation?.scope.name ?? ''), ' · ', periodWords(period.start, period.end, zone).name)];
    }
    const option = ({ name, title, summary }: Choice): HTMLElement => {
      const [own, about] = words.presets[name] ?? [];
      const radio = element('input', { type: 'radio', name: 'preset', id: `preset-${name}`, value: name, change: () => this.#choose(name) });
      radio.checked = name === this.#bench.preset;
      return element('label', { class: 'option' }, radio, element('span', {},
        element('strong', {}, own ?? english((title ?? name).replace(/\.$/, ''))),
        element('small', {}, about ?? english(summary))));
    };
    const { choices } = this.#offer;
    const ours = choices.filter(({ title }) => title === undefined);
    const library = choices.filter(({ title }) => title !== undefined);
    const chosen = library.some(({ name }) => name === this.#bench.preset);
    return [
      choices.length === 0 ? element('p', { class: 'hint' }, words.none) : element('fieldset', { class: 'options' }, element('legend', { class: 'hidden' }, words.pick),
        ...ours.map(option),
        library.length > 0 && element('details', { open: chosen || ours.length === 0 }, element('summary', {}, words.more), element('div', { class: 'options' }, ...library.map(option)))),
      this.#bench.preset === undefined && element('p', { class: 'state' }, element('span', { class: 'name' }, words.mine)),
      this.#periods(zone),
    ];
  }

  #periods(zone: string): Child {
    const words = tell().contract;
    const { outlook, period } = this.#bench;
    if (outlook.periods === undefined) return undefined;
    if (outlook.periods.length === 0) return element('p', { class: 'problem' }, words.noPeriod);
    const options = outlook.periods.map(({ name, start, end }) => {
      const holds = outlook.meets?.get(name);
      const mark = holds === undefined ? '' : holds ? `✓ ` : `✗ `;
      const said = holds === undefined ? '' : ` – ${holds ? words.holds : words.fails}`;
      return element('option', { value: name }, `${mark}${periodWords(start, end, zone).name}${said}`);
    });
    const select = element('select', { id: 'period', change: () => this.#attempt(async () => { this.#bench.period = select.value; }) }, ...options);
    select.value = period ?? '';
    return element('p', { class: 'field' }, element('label', { for: 'period' }, words.period), select);
  }

  #whom(source: Source | undefined): void {
    const words = tell().whom;
    const place = byId('whom-state', HTMLElement);
    const bench = this.#bench;
    if (source?.kind === 'witness') {
      const { context } = source.witness;
      fill(place, element('p', {}, context.kind === 'challenge' ? say().context.challenge(context.verifier) : say().context.settlement(context.chainId, context.order, context.payee)));
      return;
    }
    // What is being typed in stays as it is.
    const typing = place.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    if (!typing) {
      const field = (id: string, label: string, value: string, put: (text: string) => void): HTMLElement => {
        const input = element('input', { type: 'text', id, spellcheck: 'false', autocomplete: 'off', change: () => this.#attempt(async () => put(input.value.trim())) });
        input.value = value;
        return element('p', { class: 'field' }, element('label', { for: id }, label), input);
      };
      fill(place,
        field('verifier', words.verifier, bench.verifier, (text) => (bench.verifier = text)),
        field('nonce', words.nonce, bench.nonce, (text) => (bench.nonce = text.toLowerCase())),
        element('button', { type: 'button', class: 'link', id: 'draw', click: () => this.#attempt(async () => { bench.nonce = draw(); }) }, words.draw),
        element('p', { class: 'problem', id: 'whom-problem' }));
    }
    byId('whom-problem', HTMLElement).textContent = bench.contextIsFine ? '' : words.bad;
  }

  async #budget(source: Source | undefined): Promise<void> {
    const words = tell().budget;
    const file = await ledger().catch(() => undefined);
    const place = document.getElementById('budget-state');
    if (place === null) return;
    const known = summary(file);
    if (known === undefined) {
      fill(place, element('p', { class: 'problem' }, words.bad));
      return;
    }
    const { budget, proofs } = known;
    if (place.contains(document.activeElement) && document.activeElement?.id === 'bits') return;
    const input = element('input', { type: 'number', id: 'bits', min: '0', max: '100000', step: '1', inputmode: 'numeric', placeholder: words.none,
      change: () => this.#attempt(async () => {
        const bits = input.value === '' ? null : Math.min(100_000, Math.max(0, Math.round(Number(input.value))));
        await limit(bits);
      }) });
    input.value = budget === null ? '' : `${budget}`;
    fill(place,
      element('p', { class: 'field' }, element('label', { for: 'bits' }, words.label), input),
      element('p', { class: 'hint' }, words.told(number(proofs)), source?.kind === 'meter' && ` ${words.l0}`),
      file !== undefined && element('button', { type: 'button', class: 'link', id: 'ledger-save', click: () => save('disclosures.json', file) }, words.save));
  }

  /** Takes a file of readings: a device's package, or a meter file. */
  async take(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.slice(0, MOST_BYTES + 1).arrayBuffer());
    const start = new TextDecoder().decode(bytes.slice(0, 256));
    if (/"wattproof"\s*:\s*"(witness-package)\//.test(start)) await this.#tryFile(file.name, bytes, () => witnessSource(file.name, bytes));
    else if (/"wattproof"\s*:\s*"readings\//.test(start)) await this.#offered(file.name, bytes, () => openReadings(bytes), localZone());
    else await this.#meter(file.name, bytes);
  }

  /** The example: a real home's month. */
  async example(): Promise<void> {
    const response = await fetch('./samples/sdge-hourly-2011-02.xml');
    if (!response.ok) throw new Error(`samples/sdge-hourly-2011-02.xml: HTTP ${response.status}`);
    await this.#meter('sdge-hourly-2011-02.xml', new Uint8Array(await response.arrayBuffer()), {}, EXAMPLE_ZONE);
  }

  async #meter(name: string, bytes: Uint8Array, csv: CsvOptions = {}, home = csv.zone ?? localZone()): Promise<void> {
    await this.#offered(name, bytes, () => importMeter(bytes, { csv }), home);
  }

  /** Readings, and the contracts that fit them. */
  async #offered(name: string, bytes: Uint8Array, open: () => Promise<MeterReadings>, home: string): Promise<void> {
    await this.#tryFile(name, bytes, async () => {
      const meter = await open();
      this.#offer.choices = await fitting(meter, home);
      const [first] = this.#offer.choices;
      this.#bench.period = undefined;
      this.#bench.preset = first?.name;
      this.#bench.policy = first?.text ?? this.#bench.policy;
      return { kind: 'meter', name, meter };
    });
  }

  async #tryFile(name: string, file: Uint8Array, open: () => Promise<Source>): Promise<void> {
    this.#offer.refused = undefined;
    try {
      this.#bench.take(await open());
    } catch (error) {
      this.#bench.take(undefined);
      this.#offer.refused = { name, error, file };
    }
  }

  async #open(file: File): Promise<void> {
    this.#bench.policy = await file.text();
    this.#bench.preset = undefined;
  }

  #choose(name: string): void {
    const choice = this.#offer.choices.find((each) => each.name === name);
    if (choice === undefined) return;
    this.#attempt(async () => {
      this.#bench.preset = name;
      this.#bench.policy = choice.text;
    });
  }
}

const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
