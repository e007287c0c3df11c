import { en, type Words } from './words/en.js';

export type { Words } from './words/en.js';
export type Language = 'en' | 'de';

const LOCALES = { en: 'en-GB', de: 'de-DE' } as const;

let words: Words = en;
let language: Language = 'en';

/** The page's words in the language that is set. */
export const say = (): Words => words;

/** The language that is set. */
export const spoken = (): Language => language;

/** Sets the language; German is loaded when somebody wants it. */
export async function speak(wanted: Language): Promise<void> {
  words = wanted === 'de' ? (await import('./words/de.js')).de : en;
  language = wanted;
  document.documentElement.lang = wanted;
}

/** A number with the language's separators; any integer, however large. */
export function number(value: bigint | number): string {
  return new Intl.NumberFormat(LOCALES[language]).format(value);
}

/** A figure such as `406.345 kWh`, as the package writes it, with the language's separators. */
export function quantity(text: string): string {
  const [, sign, whole, fraction, unit] = /^(-?)(\d+)(?:\.(\d+))?( .*)?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  const point = language === 'de' ? ',' : '.';
  return `${sign === '-' ? '−' : ''}${number(BigInt(whole))}${fraction === undefined ? '' : point + fraction}${unit ?? ''}`;
}

/** An instant, as told by `options`, in a zone; UTC if the engine does not know the zone. */
export function moment(at: bigint, zone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: zoneOr(zone), ...options }).format(new Date(Number(at) * 1000));
}

/** A date and time. */
export function instant(at: bigint, zone: string): string {
  return `${date(at, zone)}, ${clock(at, zone)}`;
}

const date = (at: bigint, zone: string): string => moment(at, zone, { day: 'numeric', month: 'long', year: 'numeric' });
const clock = (at: bigint, zone: string): string => moment(at, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** A period in its zone: a short name, and its exact bounds. */
export function period(start: bigint, end: bigint, zone: string): { name: string; bounds: string } {
  const isMidnight = (at: bigint): boolean => clock(at, zone) === '00:00';
  const isFirst = (at: bigint): boolean => isMidnight(at) && moment(at, zone, { day: 'numeric' }).replace('.', '') === '1';
  const month = (at: bigint): string => moment(at, zone, { month: 'long', year: 'numeric' });
  const last = end - 1n;
  const { to } = words;
  const bounds = `${instant(start, zone)} ${to} ${instant(end, zone)} (${zoneOr(zone)})`;
  if (isFirst(start) && isFirst(end) && month(start) === month(last)) return { name: month(start), bounds };
  if (isMidnight(start) && isMidnight(end)) {
    return { name: date(start, zone) === date(last, zone) ? date(start, zone) : `${date(start, zone)} ${to} ${date(last, zone)}`, bounds };
  }
  const until = date(start, zone) === date(end, zone) ? clock(end, zone) : instant(end, zone);
  return { name: `${instant(start, zone)} ${to} ${until}`, bounds };
}

// Engines differ in whether they take `+05:30`.
function zoneOr(zone: string): string {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return zone;
  } catch {
    return 'UTC';
  }
}
