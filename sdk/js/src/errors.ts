import { ERROR_CODES, LOCAL_REMEDIES, type ErrorCode } from './codes.js';

const KNOWN: ReadonlySet<string> = new Set(ERROR_CODES);

/**
 * A key, profile or bundle was refused.
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

  constructor(code: ErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'WattproofError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** A refusal found on this side of the boundary. */
export function refusal(code: keyof typeof LOCAL_REMEDIES, message: string): WattproofError {
  return new WattproofError(code, message, LOCAL_REMEDIES[code]);
}

/** What the Wasm threw, as a {@link WattproofError} if it is a refusal, or unchanged if it is anything else. */
export function fromWasm(thrown: unknown): unknown {
  if (typeof thrown !== 'object' || thrown === null) return thrown;
  const { code, message, remedy } = thrown as Record<string, unknown>;
  if (typeof code !== 'string' || !KNOWN.has(code)) return thrown;
  return new WattproofError(code as ErrorCode, String(message), String(remedy));
}
