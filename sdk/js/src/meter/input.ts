import { brief } from '../errors.js';
import { boolean, describe, fileBytes, members } from '../input.js';
import type { ClaimContext } from '../types.js';
import { METER_FORMATS } from './formats.js';
import type { ImportOptions } from './types.js';

type Members = Record<string, unknown>;

/** An argument that is text. */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name}: expected a string, not ${describe(value)}`);
  return value;
}

/** A whole number from 0 to below 2^`bits`. */
export function natural(name: string, value: unknown, bits: bigint): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${name}: expected a bigint, not ${describe(value)}`);
  if (value < 0n || value >> bits !== 0n) throw new TypeError(`${name}: expected 0 to below 2^${bits}`);
  return value;
}

const COLUMN = (name: string, value: unknown): void => {
  if (typeof value === 'number') index(name, value);
  else if (typeof value !== 'string') throw new TypeError(`${name}: expected a column's name or index, not ${describe(value)}`);
};

const oneOf =
  (...words: readonly string[]) =>
  (name: string, value: unknown): void => {
    if (!words.includes(text(name, value))) {
      throw new TypeError(`${name}: expected ${words.map((word) => `'${word}'`).join(', ')}, not '${brief(value as string)}'`);
    }
  };

const seconds = (name: string, value: unknown): void => {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected a number, not ${describe(value)}`);
  index(name, value);
};

const CSV: Readonly<Record<string, (name: string, value: unknown) => unknown>> = {
  time: COLUMN,
  value: COLUMN,
  quality: COLUMN,
  header: boolean,
  delimiter: (name, value) => {
    if (text(name, value).length !== 1) throw new TypeError(`${name}: expected one character`);
  },
  decimal: oneOf('point', 'comma'),
  zone: text,
  unit: oneOf('Wh', 'kWh', 'MWh'),
  timeFormat: oneOf('auto', 'rfc3339', 'local', 'unix'),
  timeLabel: oneOf('start', 'end'),
  intervalSeconds: seconds,
  direction: oneOf('import', 'export', 'generation', 'consumption'),
  cumulative: boolean,
};

const REGISTERS: Readonly<Record<string, (name: string, value: unknown) => unknown>> = {
  intervalSeconds: seconds,
  toleranceSeconds: seconds,
  // Times lie below 2^40, so that JSON holds them.
  smlEpoch: (name, value) => Number(natural(name, value, 40n)),
};

/** Most bytes of a meter's public key or certificate; as on the command line. */
const MAX_KEY_BYTES = 65_536;

/** The options of an import for the Wasm: JSON, and the key's file. */
export function importOptions(options: ImportOptions = {}): { json: string; publicKey: Uint8Array | undefined } {
  const names = ['format', 'rounding', 'series', 'csv', 'registers', 'publicKey'];
  const { format, rounding, series, csv, registers, publicKey } = members('options', options, names);
  const out: Members = {};
  if (format !== undefined) {
    oneOf(...METER_FORMATS)('options.format', format);
    out['format'] = format;
  }
  if (rounding !== undefined) {
    oneOf('down')('options.rounding', rounding);
    out['rounding'] = rounding;
  }
  if (series !== undefined) out['series'] = text('options.series', series);
  if (csv !== undefined) {
    const words = members('options.csv', csv, Object.keys(CSV));
    for (const [key, value] of Object.entries(words)) CSV[key]?.(`options.csv.${key}`, value);
    out['csv'] = words;
  }
  if (registers !== undefined) {
    const words = members('options.registers', registers, Object.keys(REGISTERS));
    const checked = Object.entries(words).map(([key, value]) => [key, REGISTERS[key]?.(`options.registers.${key}`, value) ?? value]);
    out['registers'] = Object.fromEntries(checked);
  }
  const key = publicKey === undefined ? undefined : fileBytes('options.publicKey', publicKey, MAX_KEY_BYTES);
  return { json: JSON.stringify(out), publicKey: key };
}

/** A context as JSON for the Wasm. */
export function claimContext(value: unknown): string {
  const { kind } = members('context', value, ['kind', 'verifier', 'nonce', 'chainId', 'contract', 'payee', 'order']);
  const part = (context: Members, name: string): string => text(`context.${name}`, context[name]);
  switch (kind as ClaimContext['kind']) {
    case 'challenge': {
      const context = members('context', value, ['kind', 'verifier', 'nonce']);
      return JSON.stringify({ kind, verifier: part(context, 'verifier'), nonce: part(context, 'nonce') });
    }
    case 'settlement': {
      const context = members('context', value, ['kind', 'chainId', 'contract', 'payee', 'order']);
      return JSON.stringify({
        kind,
        chain_id: natural('context.chainId', context['chainId'], 64n).toString(),
        contract: part(context, 'contract'),
        payee: part(context, 'payee'),
        order: part(context, 'order'),
      });
    }
    default:
      throw new TypeError(`context.kind: expected 'challenge' or 'settlement', not ${describe(kind)}`);
  }
}

function index(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new TypeError(`${name}: expected a whole number from 0 to below 2^32, not ${value}`);
  }
}
