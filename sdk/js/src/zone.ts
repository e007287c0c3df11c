import { refusal } from './errors.js';

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
  const local = new Map<string, number>();
  for (const part of formatter(zone).formatToParts(Number(instant) * 1000)) {
    local.set(part.type, Number(part.value));
  }
  const at = (part: string): number => local.get(part) ?? Number.NaN;
  const wall = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  if (!Number.isSafeInteger(wall)) throw refusal('bad-policy', `profile.policy.scope.calendar.zone: no time in \`${zone}\``);
  return BigInt(wall / 1000) - instant;
}

function formatter(zone: string): Intl.DateTimeFormat {
  // Engines differ in which other spellings of an offset they take; an IANA name begins with a letter.
  if (/^[A-Za-z]/.test(zone)) {
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
      // Told below, as a refusal.
    }
  }
  throw refusal('bad-policy', `profile.policy.scope.calendar.zone: unknown time zone \`${zone}\``);
}
