import type { Lists } from '../wattproof_meter.js';
import { condition, context, deepFreeze, integer, list, misfit, object, optional, parse, record, string, type Json } from '../result.js';
import { METER_FORMATS, type MeterFormat } from './formats.js';
import type {
  CheckedSignatures,
  CheckFailure,
  CheckResult,
  ImportReport,
  MeterReadings,
  NamedPeriod,
  PolicyExplanation,
  Preset,
  SelfSigned,
  Series,
  Witness,
} from './types.js';

// The Wasm's JSON becomes typed values here, as in ../result.ts.

/** Reads what `presets` returned. */
export function presetList(text: string): readonly Preset[] {
  const preset = (value: unknown): Preset => {
    const json = record(value, 'presets');
    const [name, title, summary, text] = ['name', 'title', 'summary', 'text'].map((member) => string(json, member));
    return { name, title, summary, text } as Preset;
  };
  return deepFreeze(array(text).map(preset));
}

/** Reads what `importMeter` and `openReadings` returned, and frees it. */
export function meterReadings(lists: Lists): MeterReadings {
  return taken(lists, (json) => ({
    readings: string(json, 'readings'),
    format: format(json),
    series: series(json, lists),
    report: deepFreeze(report(object(json, 'report'))),
    notes: list(json, 'notes').map((note) => string({ note }, 'note')),
    checked: optional(json, 'checked', checkedSignatures),
  }));
}

/** Reads what `periods` returned. */
export function namedPeriods(text: string): readonly NamedPeriod[] {
  return deepFreeze(array(text).map((value) => namedPeriod(record(value, 'periods'))));
}

/** Reads what `explainPolicy` returned. */
export function explanation(text: string): PolicyExplanation {
  const json = parse(text);
  const scope = object(json, 'scope');
  const calendar = object(scope, 'calendar');
  const names = list(json, 'names');
  const cost = object(json, 'cost');
  return deepFreeze({
    policy: string(json, 'policy'),
    digest: integer(json, 'policy_digest'),
    scope: {
      authority: string(scope, 'authority'),
      name: string(scope, 'name'),
      calendar: { zone: string(calendar, 'zone'), unit: string(calendar, 'unit') },
    },
    forOnePeriod: json['for_one_period'] === true,
    period: json['period'] === null ? null : namedPeriod(object(json, 'period')),
    conditions: list(json, 'conditions').map((value, i) => ({ ...condition(value), name: optional({ name: names[i] }, 'name', string) })),
    level: level(object(json, 'level')),
    outputs: list(json, 'outputs').map((value) => {
      const output = record(value, 'outputs');
      return { name: string(output, 'name'), unit: string(output, 'unit'), hidden: output['hidden'] === true };
    }),
    private: string(json, 'private'),
    circuit: {
      name: optional(json, 'circuit', string),
      id: optional(json, 'circuit_id', string),
      constraints: number(json, 'constraints'),
      provingKeyBytes: number(cost, 'proving_key_bytes'),
    },
  });
}

/** Reads what `checkReadings` returned. */
export function checkResult(text: string): CheckResult {
  return deepFreeze(check(parse(text)));
}

/** Reads what `openWitness` returned, and frees it. */
export function witness(lists: Lists): Witness {
  return taken(lists, (json) => ({
    policy: string(json, 'policy'),
    digest: integer(json, 'digest'),
    conditions: list(json, 'conditions').map(condition),
    least: level(object(json, 'least_level')),
    level: string(json, 'level'),
    period: namedPeriod(object(json, 'period')),
    context: context(object(json, 'context')),
    series: series(json, lists),
    check: deepFreeze(check(object(json, 'check'))),
  }));
}

/** Reads what `selfSign` returned. */
export function selfSigned(text: string): SelfSigned {
  const json = parse(text);
  return deepFreeze({ witness: string(json, 'witness'), registry: string(json, 'registry'), root: integer(json, 'root') });
}

function report(json: Json): ImportReport {
  const each = <T>(from: Json, name: string, read: (one: Json) => T): T[] => list(from, name).map((one) => read(record(one, name)));
  return {
    series: each(json, 'series', (about) => ({
      name: string(about, 'origin'),
      marketDirection: optional(about, 'market_direction', string),
      conversion: optional(about, 'conversion', (from, name) => {
        const conversion = object(from, name);
        return { from: string(conversion, 'from'), exponent: number(conversion, 'exponent') };
      }),
      rows: number(about, 'rows'),
      measured: number(about, 'measured'),
      estimated: number(about, 'estimated'),
      missing: number(about, 'missing'),
      gaps: each(about, 'gaps', (gap) => ({ start: integer(gap, 'start'), end: integer(gap, 'end'), count: number(gap, 'count') })),
      duplicates: number(about, 'duplicates'),
      overlaps: number(about, 'overlaps'),
      resets: each(about, 'resets', (reset) => ({
        at: integer(reset, 'at'),
        before: integer(reset, 'before'),
        after: integer(reset, 'after'),
      })),
      outOfOrder: number(about, 'out_of_order'),
      roundedDown: number(about, 'rounded_down'),
      total: integer(about, 'total_wh'),
    })),
    leftOut: each(json, 'left_out', (left) => ({
      name: string(left, 'origin'),
      rows: number(left, 'rows'),
      reason: string(left, 'reason'),
    })),
    summaries: each(json, 'summaries', (summary) => ({
      field: string(summary, 'field'),
      name: optional(summary, 'origin', string),
      stated: integer(summary, 'stated_wh'),
      computed: optional(summary, 'computed_wh', integer),
    })),
  };
}

function taken<T>(lists: Lists, read: (json: Json) => T): Readonly<T> {
  try {
    // Not deeply: typed arrays cannot be frozen.
    return Object.freeze(read(parse(lists.about())));
  } finally {
    lists.free();
  }
}

function series(json: Json, lists: Lists): readonly Series[] {
  const all = list(json, 'series').map((value, i): Series => {
    const about = record(value, 'series');
    return Object.freeze({
      name: optional(about, 'name', string),
      quantity: string(about, 'quantity'),
      direction: string(about, 'direction'),
      unit: string(about, 'unit'),
      start: integer(about, 'start'),
      intervalSeconds: number(about, 'interval_seconds'),
      values: lists.values(i),
      qualities: lists.qualities(i),
    });
  });
  return Object.freeze(all);
}

function check(json: Json): CheckResult {
  return {
    meets: json['meets'] === true,
    period: namedPeriod(object(json, 'period')),
    failures: list(json, 'failures').map((value): CheckFailure => {
      const failure = record(value, 'failures');
      return {
        condition: number(failure, 'number'),
        kind: string(failure, 'condition'),
        channel: optional(failure, 'channel', number),
        at: optional(failure, 'at', integer),
        atLocal: optional(failure, 'at_local', string),
        reason: reason(failure),
        actual: integer(failure, 'actual'),
        bound: optional(failure, 'bound', integer),
        text: string(failure, 'text'),
      };
    }),
  };
}

function checkedSignatures(json: Json, member: string): CheckedSignatures {
  const checked = object(json, member);
  return Object.freeze({
    algorithm: string(checked, 'algorithm'),
    keySha256: string(checked, 'key_sha256'),
    records: number(checked, 'records'),
    payloadsSha256: string(checked, 'payloads_sha256'),
  });
}

function format(json: Json): MeterFormat {
  const word = string(json, 'format');
  const found = METER_FORMATS.find((each) => each === word);
  if (found === undefined) throw misfit('format');
  return found;
}

function reason(json: Json): CheckFailure['reason'] {
  const word = string(json, 'reason');
  const known = ['above', 'below', 'missing', 'estimated', 'other'] as const;
  const found = known.find((each) => each === word);
  if (found === undefined) throw misfit('reason');
  return found;
}

function namedPeriod(json: Json): NamedPeriod {
  return { name: string(json, 'name'), start: integer(json, 'start'), end: integer(json, 'end') };
}

function level(json: Json): { least: string; text: string } {
  return { least: string(json, 'least'), text: string(json, 'text') };
}

function number(json: Json, member: string): number {
  const value = json[member];
  if (!Number.isSafeInteger(value)) throw misfit(member);
  return value as number;
}

function array(text: string): unknown[] {
  return list({ list: JSON.parse(text) as unknown }, 'list');
}
