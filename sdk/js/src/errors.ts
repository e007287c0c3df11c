import { LOCAL_REMEDIES, type ErrorCode } from './codes.js';

/** Where in a file a refusal is; what is not known is left out. */
export interface ErrorPlace {
  /** Counted from 1. */
  readonly line?: number;
  /** In characters, counted from 1. */
  readonly column?: number;
  /** Counted from 0. */
  readonly byte?: number;
  /** The XML element or CSV column. */
  readonly field?: string;
  /** Where in an agreement: `conditions[1].max`. */
  readonly path?: string;
}

/**
 * A key, profile, bundle, meter file or policy was refused.
 *
 * `code` is stable and safe to branch on, `message` says what is wrong and where, `remedy` what to do about it.
 * Mistakes in the calling program (a wrong argument type, a disposed key) are `TypeError`s instead.
 *
 * @example
 * ```ts
 * try {
 *   verifier.verify(bundle);
 * } catch (error) {
 *   if (!(error instanceof WattproofError)) throw error;
 *   if (error.code === 'wrong-period') askForAnotherPeriod();
 *   else show(error.message, error.remedy);
 * }
 * ```
 */
export class WattproofError extends Error {
  /** Why it was refused. */
  readonly code: ErrorCode;
  /** What to do about it, in one sentence. */
  readonly remedy: string;
  /** Where in a meter file or agreement. */
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, message: string, remedy: string, place: ErrorPlace = {}) {
    super(message);
    this.name = 'WattproofError';
    this.code = code;
    this.remedy = remedy;
    this.place = place;
  }
}

/** Most of a message: it may repeat what was passed. */
const MOST_WORDS = 500;

/** A caller's text, short enough for a message. */
export function brief(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** A refusal found on this side of the boundary. */
export function refusal(code: keyof typeof LOCAL_REMEDIES, message: string): WattproofError {
  return new WattproofError(code, message, LOCAL_REMEDIES[code]);
}

/** What the Wasm threw, as a {@link WattproofError} if its code is one of these, or unchanged if it is anything else. */
export function fromWasm(thrown: unknown, codes: ReadonlySet<string>): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown;
  const { code, message, remedy, line, column, byte, field, path } = thrown as Record<string, unknown>;
  if (typeof code !== 'string' || !codes.has(code)) return thrown;
  const known = Object.entries({ line, column, byte, field, path }).filter(([, value]) => value !== undefined);
  const place = Object.freeze(Object.fromEntries(known)) as ErrorPlace;
  return new WattproofError(code as ErrorCode, brief(String(message), MOST_WORDS), String(remedy), place);
}
