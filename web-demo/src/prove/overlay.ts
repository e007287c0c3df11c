// What a contract says about single intervals, for the chart: limits and price bands. Read from the canonical policy, which the
// package made; only to be looked at, the package judges.

/** One channel of a policy over its period. */
export interface Overlay {
  /** The bound of each interval that has one, by its start in Unix seconds. */
  limit(at: number): number | undefined;
  /** The price band of each interval, from 0 for the cheapest; `undefined` if the contract has none. */
  band(at: number): number | undefined;
  /** How many price bands there are. */
  readonly bands: number;
}

interface Condition {
  readonly kind: string;
  readonly off?: boolean;
  readonly channel?: number;
  readonly import?: number;
  readonly value?: string;
  readonly schedule?: readonly string[] | number;
  readonly rates?: readonly string[] | number;
  readonly bands?: readonly number[] | number;
  readonly days?: readonly number[] | number;
  readonly anchor?: string;
}

interface Policy {
  readonly meter: {
    readonly interval_seconds: number;
    readonly grid_offset_seconds: number;
    readonly channels: readonly { readonly quantity: string; readonly direction: string }[];
  };
  readonly conditions: readonly Condition[];
}

const DAY = 86_400;
const NONE: Overlay = { limit: () => undefined, band: () => undefined, bands: 0 };

/** The overlay for a channel, in the period that begins at `start`. */
export function overlay(text: string, channel: { quantity: string; direction: string }, start: number): Overlay {
  const { meter, conditions } = JSON.parse(text) as Policy;
  const index = meter.channels.findIndex(({ quantity, direction }) => quantity === channel.quantity && direction === channel.direction);
  if (index < 0) return NONE;
  const active = conditions.filter(({ off }) => off !== true);
  const step = meter.interval_seconds;
  // Blocks begin at the midnights of the meter's own clock.
  const midnight = Math.floor((start + meter.grid_offset_seconds) / DAY) * DAY - meter.grid_offset_seconds;
  const slot = (at: number, { anchor = '0' }: Condition): number => Math.round((at - (anchor === '0' ? midnight : Number(anchor))) / step);

  const limits = active.filter(({ kind, channel: of }) => kind === 'limit' && of === index);
  const bill = active.find(({ kind, import: of }) => kind === 'bill' && of === index);
  const rates = bill !== undefined && Array.isArray(bill.rates) ? (bill.rates as string[]).map(Number) : [];
  const ranks = [...new Set(rates)].sort((a, b) => a - b);
  return {
    limit(at) {
      const [first] = limits;
      if (first === undefined) return undefined;
      const value = Array.isArray(first.schedule) ? (first.schedule as string[])[slot(at, first)] : first.value;
      return value === undefined ? undefined : Number(value);
    },
    band(at) {
      if (bill === undefined || !Array.isArray(bill.bands)) return undefined;
      const perBlock = DAY / step;
      const index = slot(at, bill);
      const type = Array.isArray(bill.days) ? ((bill.days as number[])[Math.floor(index / perBlock)] ?? 0) : 0;
      const band = (bill.bands as number[])[type * perBlock + (index % perBlock)];
      const rate = band === undefined ? undefined : rates[band];
      return rate === undefined ? undefined : ranks.indexOf(rate);
    },
    bands: bill !== undefined && Array.isArray(bill.bands) ? ranks.length : 0,
  };
}
