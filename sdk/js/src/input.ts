import { refusal } from './errors.js';

/**
 * A file as text, or as its UTF-8 bytes.
 *
 * Files are taken as they are, never as parsed objects: `JSON.parse` silently keeps the last of two members with one
 * name and rounds numbers above 2^53, so that what was checked would no longer be what was received.
 */
export type FileText = string | Uint8Array;

/** Most bytes of a proof bundle. */
export const MAX_BUNDLE_BYTES = 65_536;

/** Most bytes of a verifying key or profile that are handed to the Wasm at all; its own limits may be narrower. */
export const MAX_FILE_BYTES = 1_048_576;

const encoder = new TextEncoder();
// A byte order mark is kept, so that bytes and text of one file get one verdict.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of `file`, refused if longer than `limit` bytes or not Unicode; `name` is the argument's name. */
export function fileText(name: string, file: unknown, limit: number): string {
  if (typeof file === 'string') {
    // A UTF-16 unit takes at least one byte, so that a huge string is refused without a copy.
    if (file.length > limit || encoder.encode(file).length > limit) throw tooLarge(name, limit);
    if (hasLoneSurrogate(file)) throw refusal('malformed', `${name}: not Unicode text (a lone surrogate)`);
    return file;
  }
  if (isBytes(file)) {
    if (file.length > limit) throw tooLarge(name, limit);
    try {
      return decoder.decode(file);
    } catch {
      throw refusal('malformed', `${name}: not UTF-8`);
    }
  }
  throw notFile(name, file);
}

/** The UTF-8 bytes of `file`, refused as by {@link fileText}; whether bytes are UTF-8 is left to who reads them. */
export function fileBytes(name: string, file: unknown, limit: number): Uint8Array {
  if (typeof file === 'string') return encoder.encode(fileText(name, file, limit));
  if (!isBytes(file)) throw notFile(name, file);
  if (file.length > limit) throw tooLarge(name, limit);
  return file;
}

function notFile(name: string, file: unknown): TypeError {
  return new TypeError(
    `${name}: expected the file's text or bytes (string or Uint8Array), not ${describe(file)}` +
      (describe(file) === 'an object' ? '; pass the text that was received, not the parsed object' : ''),
  );
}

/** Checks the options object and one Boolean member of it. */
export function flag(name: string, options: unknown, member: string): boolean {
  if (options === undefined) return false;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${name}: expected an object, not ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    // A misspelt safety option must not pass for its default.
    if (key !== member) throw new TypeError(`${name}: unknown member \`${key}\`; known: \`${member}\``);
  }
  const value = (options as Record<string, unknown>)[member];
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw new TypeError(`${name}.${member}: expected a boolean, not ${describe(value)}`);
  return value;
}

/** What a value is, for a message. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`;
}

function tooLarge(name: string, limit: number): Error {
  return refusal('too-large', `${name}: longer than ${limit} bytes`);
}

// Not `instanceof`: bytes may come from another realm (a frame, a test runner's sandbox).
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
