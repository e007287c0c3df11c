import { refusal } from './errors.js';

/** What is used of `Temporal`, which the compiler's library does not have yet. */
interface Instants {
  Instant: {
    fromEpochMilliseconds(time: number): { toZonedDateTimeISO(zone: string): { offsetNanoseconds: number; timeZoneId: string } };
  };
}

/**
 * Offset from UTC in seconds of `zone` (IANA name, `UTC` or `+05:30`) at `instant` (Unix seconds).
 *
 * The zone's rules come from the JavaScript engine: the Wasm stays small by not carrying a time zone database.
 */
export function offsetAt(zone: string, instant: bigint): bigint {
  if (zone === 'UTC') return 0n;
  const fixed = /^([+-])([01]\d|2[0-3]):([0-5]\d)$/.exec(zone);
  if (fixed) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3]) * 60;
    return BigInt(fixed[1] === '-' ? -seconds : seconds);
  }
  // Engines differ in which other spellings of an offset they take; an IANA name begins with a letter.
  if (!/^[A-Za-z]/.test(zone)) throw unknown(zone);
  const { Temporal } = globalThis as { Temporal?: Instants };
  // A formatter has a locale's words to load: some 20 ms of a page's start.
  return Temporal ? byTemporal(Temporal, zone, instant) : byFormatter(zone, instant);
}

function byTemporal(temporal: Instants, zone: string, instant: bigint): bigint {
  const local = (() => {
    try {
      return temporal.Instant.fromEpochMilliseconds(Number(instant) * 1000).toZonedDateTimeISO(zone);
    } catch {
      throw unknown(zone);
    }
  })();
  // Times with an offset (`T10+01`) are taken for zones, too.
  if (local.timeZoneId.toLowerCase() !== zone.toLowerCase()) throw unknown(zone);
  return BigInt(local.offsetNanoseconds / 1e9);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function byFormatter(zone: string, instant: bigint): bigint {
  const formatter = formatters.get(zone) ?? newFormatter(zone);
  formatters.set(zone, formatter);
  const local = new Map<string, number>();
  for (const part of formatter.formatToParts(Number(instant) * 1000)) {
    local.set(part.type, Number(part.value));
  }
  const at = (part: string): number => local.get(part) ?? Number.NaN;
  const wall = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  if (!Number.isSafeInteger(wall)) throw refusal('bad-policy', `profile.policy.scope.calendar.zone: no time in \`${zone}\``);
  return BigInt(wall / 1000) - instant;
}

function newFormatter(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw unknown(zone);
  }
}

function unknown(zone: string): Error {
  return refusal('bad-policy', `profile.policy.scope.calendar.zone: unknown time zone \`${zone}\``);
}
