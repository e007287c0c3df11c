import { brief, refusal } from '../errors.js';
import type { Progress } from './types.js';

/** Attempts in a row that bring nothing before it gives up. */
const MOST_FAILURES = 5;
/** Before the second attempt, in milliseconds; doubled each time. */
const FIRST_PAUSE = 250;

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Fetches a file. A broken connection is taken up where it broke, if the server allows it; after that, and after errors that
 * may pass, it waits and tries again. That the pieces belong together is for the caller to check, by their digest.
 */
export async function download(url: string, { signal, onProgress }: DownloadOptions): Promise<Blob> {
  const file = new Incoming(onProgress);
  for (let failures = 0; ; ) {
    const before = file.done;
    const fault = await attempt(url, file, signal);
    signal?.throwIfAborted();
    if (fault === null) return file.blob();
    failures = file.done > before ? 1 : failures + 1;
    if (fault.final || failures >= MOST_FAILURES) throw refusal('fetch-failed', `provingKey: ${brief(url)}: ${brief(fault.text)}`);
    await pause(FIRST_PAUSE * 2 ** (failures - 1), signal);
  }
}

/** Why an attempt failed; `final` if another would fail as well. */
interface Fault {
  readonly text: string;
  readonly final: boolean;
}

/** What has arrived. */
class Incoming {
  done = 0;
  total: number | null = null;
  /** Whether a later piece can be asked for: not of a stream that was compressed on its way. */
  resumable = true;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #onProgress: ((progress: Progress) => void) | undefined;

  constructor(onProgress: ((progress: Progress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  restart(): void {
    this.#pieces = [];
    this.done = 0;
    this.total = null;
    this.resumable = true;
  }

  push(piece: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(piece);
    this.done += piece.length;
    this.tell();
  }

  tell(): void {
    const { done, total } = this;
    const fraction = total === null || total === 0 ? 0 : Math.min(done / total, 1);
    this.#onProgress?.({ phase: 'fetch', fraction, bytes: { done, total } });
  }

  blob(): Blob {
    this.total = this.done;
    this.tell();
    return new Blob(this.#pieces);
  }
}

/** One request, to the end of its stream; null if the file is whole. */
async function attempt(url: string, file: Incoming, signal: AbortSignal | undefined): Promise<Fault | null> {
  if (!file.resumable) file.restart();
  const headers: Record<string, string> = file.done > 0 ? { Range: `bytes=${file.done}-` } : {};
  let request: Request;
  try {
    request = new Request(url, { headers, signal: signal ?? null });
  } catch {
    return { text: 'this is no address', final: true };
  }
  try {
    const response = await fetch(request);
    const fault = accept(response, file);
    if (fault !== null) {
      await response.body?.cancel();
      return fault;
    }
    if (response.body !== null) {
      const reader = response.body.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        file.push(read.value as Uint8Array<ArrayBuffer>);
      }
    }
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), final: false };
  }
  if (file.total !== null && file.done < file.total) {
    return { text: `the connection broke after ${file.done} of ${file.total} bytes`, final: false };
  }
  return null;
}

/** Prepares for a response's body. */
function accept(response: Response, file: Incoming): Fault | null {
  const { status, headers } = response;
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    if (range !== null && Number(range[1]) === file.done) {
      if (range[2] !== '*') file.total = Number(range[2]);
      return null;
    }
  }
  if (status === 200) {
    file.restart();
    // Of a compressed stream the length that is stated is another.
    file.resumable = headers.get('content-encoding') === null;
    const length = headers.get('content-length');
    if (file.resumable && length !== null) file.total = Number(length);
    return null;
  }
  if (status === 416 || status === 206) {
    file.restart();
    return { text: `the server answered ${status} with another range`, final: false };
  }
  const final = status < 500 && status !== 408 && status !== 429;
  return { text: `the server answered ${status}`, final };
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
