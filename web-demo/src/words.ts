import type { ClaimContext, Output } from 'wattproof';

const number = new Intl.NumberFormat('en-GB');
const LABELS: Readonly<Record<string, string>> = { volume: 'Total energy' };

/** A revealed figure for people, and to the last digit in its own unit. */
export function figure(output: Output): { label: string; value: string; exact: string } {
  const label = LABELS[output.name] ?? output.name;
  const exact = output.value === null ? output.text : `${number.format(output.value)} ${output.unit}`;
  return { label, value: output.text, exact };
}

/** A period in its zone: a short name, and its exact bounds. */
export function period(start: bigint, end: bigint, zone: string): { name: string; bounds: string } {
  const from = new Date(Number(start) * 1000);
  const to = new Date(Number(end) * 1000);
  const timeZone = known(zone) ? zone : 'UTC';
  const show = (at: Date, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(at);
  const date = (at: Date): string => show(at, { day: 'numeric', month: 'long', year: 'numeric' });
  const clock = (at: Date): string => show(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const isMidnight = (at: Date): boolean => clock(at) === '00:00';
  const isFirst = (at: Date): boolean => isMidnight(at) && show(at, { day: 'numeric' }) === '1';
  const last = new Date(to.getTime() - 1000);
  const month = (at: Date): string => show(at, { month: 'long', year: 'numeric' });

  const bounds = `${date(from)}, ${clock(from)} to ${date(to)}, ${clock(to)} (${timeZone})`;
  if (isFirst(from) && isFirst(to) && month(from) === month(last)) return { name: month(from), bounds };
  if (isMidnight(from) && isMidnight(to)) {
    return { name: date(from) === date(last) ? date(from) : `${date(from)} to ${date(last)}`, bounds };
  }
  return { name: `${date(from)}, ${clock(from)} to ${clock(to)}`, bounds };
}

/** What a claim was made for. */
export function context(of: ClaimContext): string {
  return of.kind === 'challenge'
    ? `A challenge by ${of.verifier}; copied to anyone else, it fails.`
    : `Settlement on chain ${of.chainId}: order ${short(of.order)}, paid to ${short(of.payee)}; copied elsewhere, it fails.`;
}

function short(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 8)}…${hex.slice(-4)}` : hex;
}

// Engines differ in whether they take `+05:30`.
function known(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
