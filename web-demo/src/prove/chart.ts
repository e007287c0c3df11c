// The readings as bars: what was measured, estimated or is missing, the contract's limits and price bands, and what is against it.
// Drawn on a canvas, said in words and in a table.

import type { Series } from 'wattproof/meter';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { element, fill } from '../dom.js';
import { moment, number, quantity } from '../i18n.js';
import type { Overlay } from './overlay.js';
import { tell } from './words.js';

const HEIGHT = 240;
const MOST_ROWS = 200;

export interface View {
  readonly series: Series;
  readonly zone: string;
  /** Unix seconds; the whole record if left out. */
  readonly period: { readonly start: number; readonly end: number } | undefined;
  readonly overlay: Overlay;
  /** Starts of intervals that are against the contract, Unix seconds. */
  readonly failing: ReadonlySet<number>;
}

type Bars = (number | null)[];

let plot: uPlot | undefined;
let watching: ResizeObserver | undefined;

/** Draws into `place`, which keeps nothing of an earlier chart. */
export function draw(place: HTMLElement, view: View): void {
  plot?.destroy();
  watching?.disconnect();
  const words = tell().chart;
  const rows = pick(view);
  const style = getComputedStyle(place);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const paint = (name: string): string => resolve(place, colour(name));

  const bars = (keep: (row: Row) => boolean): Bars => rows.map((row) => (keep(row) ? row.value : null));
  const bad = (row: Row): boolean => view.failing.has(row.at) && row.quality !== 2;
  const limits = rows.map(({ at }) => view.overlay.limit(at) ?? null);
  const highest = Math.max(0, ...rows.map(({ value }) => value));
  const top = Math.max(1, highest, ...limits.map((limit) => (limit !== null && limit < highest * 4 ? limit : 0)));
  const series = (label: string, stroke: string, fillWith: string): uPlot.Series => ({
    label, stroke, fill: fillWith, width: 1, points: { show: false },
    // Bars stand on their intervals, from where each begins.
    paths: uPlot.paths.bars?.({ align: 1, size: [0.86, 64] }) ?? (() => null),
  });
  const axis = { stroke: paint('soft'), grid: { stroke: paint('line'), width: 1 }, ticks: { stroke: paint('line'), width: 1 } };
  const step = view.series.intervalSeconds;
  const [first, last] = [rows[0]?.at ?? 0, (rows.at(-1)?.at ?? 0) + step];
  const canvas = element('div', { class: 'plot', role: 'img', 'aria-label': spoken(view, rows, highest) });
  fill(place, canvas, legend(rows, view), table(rows, view));

  plot = new uPlot({
    width: Math.max(200, place.clientWidth), height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zoneOrUtc(view.zone)),
    cursor: { show: false }, legend: { show: false },
    scales: { x: { range: [first, last] }, y: { range: [0, top * 1.08] } },
    axes: [
      { ...axis, font: '12px system-ui, sans-serif', values: (_, ticks) => ticks.map((at) => tick(at, view.zone, last - first)) },
      { ...axis, font: '12px system-ui, sans-serif', size: 64, values: (_, ticks) => ticks.map((value) => amount(value, view.series.unit)) },
    ],
    series: [
      {},
      series(words.measured, paint('bar'), paint('bar')),
      series(words.estimated, paint('bar'), paint('bar-soft')),
      series(words.failing, paint('bad'), paint('bad')),
      { label: words.limit, stroke: paint('limit'), width: 2, dash: [6, 4], points: { show: false }, paths: uPlot.paths.stepped?.({ align: 1 }) ?? (() => null) },
    ],
    hooks: { drawClear: [(chart) => ground(chart, rows, step, view.overlay, [paint('band-0'), paint('band-1'), paint('band-2')], paint('missing'))] },
  }, [
    [...rows.map(({ at }) => at), last],
    [...bars((row) => row.quality === 0 && !bad(row)), null],
    [...bars((row) => row.quality === 1 && !bad(row)), null],
    [...bars(bad), null],
    // The last limit lasts to the end of its interval.
    [...limits, limits.at(-1) ?? null],
  ] as uPlot.AlignedData, canvas);
  watching = new ResizeObserver(() => plot?.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT }));
  watching.observe(place);
}

interface Row {
  readonly at: number;
  readonly value: number;
  readonly quality: number;
}

function pick({ series, period }: View): Row[] {
  const start = Number(series.start);
  const rows: Row[] = [];
  series.values.forEach((value, i) => {
    const at = start + i * series.intervalSeconds;
    if (period === undefined || (at >= period.start && at < period.end)) rows.push({ at, value, quality: series.qualities[i] ?? 2 });
  });
  return rows;
}

/** Behind the bars: price bands, and where readings are missing. */
function ground(chart: uPlot, rows: readonly Row[], step: number, overlay: Overlay, bands: readonly string[], missing: string): void {
  const { ctx } = chart;
  const { top, height } = chart.bbox;
  ctx.save();
  for (const { at, quality } of rows) {
    const band = overlay.band(at);
    const fillWith = quality === 2 ? missing : band === undefined ? undefined : bands[Math.min(band, bands.length - 1)];
    if (fillWith === undefined) continue;
    const [left, right] = [chart.valToPos(at, 'x', true), chart.valToPos(at + step, 'x', true)];
    ctx.fillStyle = fillWith;
    ctx.fillRect(left, top, right - left + 0.5, height);
  }
  ctx.restore();
}

function legend(rows: readonly Row[], { overlay, failing }: View): HTMLElement {
  const words = tell().chart;
  const entry = (name: string, text: string): HTMLElement => element('li', {}, element('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }), text);
  return element('ul', { class: 'legend' },
    entry('bar', words.measured),
    rows.some(({ quality }) => quality === 1) && entry('bar-soft', words.estimated),
    rows.some(({ quality }) => quality === 2) && entry('missing', words.missing),
    rows.some(({ at, quality }) => quality !== 2 && failing.has(at)) && entry('bad', words.failing),
    rows.some(({ at }) => overlay.limit(at) !== undefined) && entry('limit', words.limit),
    ...Array.from({ length: Math.min(3, overlay.bands) }, (_, i) => entry(`band-${i}`, words.band(i + 1, overlay.bands))));
}

function table(rows: readonly Row[], { series, zone, failing }: View): HTMLElement {
  const words = tell().chart;
  const names = [words.measured, words.estimated, words.missing];
  const body = rows.slice(0, MOST_ROWS).map(({ at, value, quality }) =>
    element('tr', { class: failing.has(at) ? 'failing' : undefined },
      element('td', {}, moment(BigInt(at), zone, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })),
      element('td', {}, quality === 2 ? '–' : `${number(value)} ${series.unit}`),
      element('td', {}, names[quality] ?? '', failing.has(at) && quality !== 2 && `, ${words.failing}`)));
  const head = element('tr', {}, ...[words.time, words.value, words.quality].map((text) => element('th', { scope: 'col' }, text)));
  return element('details', { class: 'table' }, element('summary', {}, words.table),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': words.table },
      element('table', {}, element('thead', {}, head), element('tbody', {}, ...body))),
    rows.length > MOST_ROWS && element('p', { class: 'aside' }, words.tableCut(number(MOST_ROWS))));
}

function spoken({ series, failing }: View, rows: readonly Row[], highest: number): string {
  return tell().chart.label(number(rows.length), amount(highest, series.unit), number(rows.filter(({ at }) => failing.has(at)).length));
}

/** An amount with the largest unit that suits it. */
function amount(value: number, unit: string): string {
  if (unit !== 'Wh' || Math.abs(value) < 1000) return quantity(`${value} ${unit}`);
  return quantity(`${Number((value / 1000).toFixed(3))} kWh`);
}

function tick(at: number, zone: string, span: number): string {
  const options: Intl.DateTimeFormatOptions = span > 3 * 86_400 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return moment(BigInt(Math.round(at)), zone, options);
}

/** A colour as a canvas understands it: `light-dark()` is settled by an element that has it. */
function resolve(place: HTMLElement, colour: string): string {
  const probe = element('span');
  probe.style.color = colour;
  place.append(probe);
  const settled = getComputedStyle(probe).color;
  probe.remove();
  return settled;
}

function zoneOrUtc(zone: string): string {
  return /^[+-]/.test(zone) ? 'UTC' : zone;
}
