import { describe, fileText, type FileText } from '../input.js';

/** As in Rust: most bytes of a witness package and of a ledger. */
export const MAX_WITNESS_BYTES = 64 << 20;
export const MAX_LEDGER_BYTES = 64 << 20;
const MOST_THREADS = 64;

/** Checks an options object; a misspelt member must not pass for its default. */
export function membersOf(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name}: expected an object, not ${describe(value)}`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new TypeError(`${name}: unknown member \`${key}\`; known: ${known.map((member) => `\`${member}\``).join(', ')}`);
    }
  }
}

export function booleanOf(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== 'boolean') throw new TypeError(`${name}: expected a boolean, not ${describe(value)}`);
  return value;
}

export function functionOf<T>(name: string, value: T): T {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name}: expected a function, not ${describe(value)}`);
  }
  return value;
}

export function threadsOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST_THREADS) {
    throw new TypeError(`threads: expected a whole number from 1 to ${MOST_THREADS}, not ${String(value)}`);
  }
  return value as number;
}

/** A file that may be left out. */
export function fileOf(name: string, value: FileText | undefined, limit: number): string | undefined {
  return value === undefined ? undefined : fileText(name, value, limit);
}

/** A proving key's source. */
export function sourceOf(name: string, value: unknown): URL | string | Blob {
  if (value instanceof URL || value instanceof Blob || typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new Blob([value as Uint8Array<ArrayBuffer>]);
  throw new TypeError(`${name}: expected a URL, its text, a Blob or a Uint8Array, not ${describe(value)}`);
}
