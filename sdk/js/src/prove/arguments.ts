import { describe, fileText, isBytes, reading } from '../input.js';
import { href } from '../instance.js';

/** As in Rust: most bytes of a witness package and of a ledger. */
export const MAX_WITNESS_BYTES = 64 << 20;
export const MAX_LEDGER_BYTES = 64 << 20;
const MOST_THREADS = 64;

/** An argument that is a function or left out. */
export function functionOf<T>(name: string, value: unknown): T | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name}: expected a function, not ${describe(value)}`);
  }
  return value as T | undefined;
}

/** How many workers are wanted, if it is said. */
export function threadsOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST_THREADS) {
    throw new TypeError(`threads: expected a whole number from 1 to ${MOST_THREADS}, not ${typeof value === 'number' ? value : describe(value)}`);
  }
  return value as number;
}

/** A file that may be left out. */
export function fileOf(name: string, value: unknown, limit: number): string | undefined {
  return value === undefined ? undefined : fileText(name, value, limit);
}

/** A proving key's source; of bytes and of a `Blob` an own one. */
export function sourceOf(name: string, value: unknown): string | Blob {
  if (typeof value === 'string') return value;
  const url = href(value);
  if (url !== undefined) return url;
  // Throw for detached or shared memory, and for what only looks like a `Blob`.
  if (isBytes(value)) return reading(name, () => new Blob([value]));
  if (reading(name, () => value instanceof Blob)) return reading(name, () => Blob.prototype.slice.call(value));
  throw new TypeError(`${name}: expected a URL, its text, a Blob or a Uint8Array, not ${describe(value)}`);
}

/** A signal that may be left out. */
export function signalOf(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!isSignal(value)) throw new TypeError(`signal: expected an AbortSignal, not ${describe(value)}`);
  return value;
}

// What only has the prototype is told by the getter, which throws.
function isSignal(value: unknown): value is AbortSignal {
  try {
    return value instanceof AbortSignal && typeof value.aborted === 'boolean';
  } catch {
    return false;
  }
}
