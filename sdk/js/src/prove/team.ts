import { WattproofError } from '../errors.js';
import type { Call, Calls, Reply, Request, Tell } from './protocol.js';

/** A worker of some engine: what is posted to it comes back as replies. */
export interface Port {
  post(request: Request, transfer: ArrayBuffer[]): void;
  terminate(): Promise<void>;
}

/** Starts a worker. `lost` is called when it can answer no more. */
export type Spawn = (reply: (reply: Reply) => void, lost: (error: Error) => void) => Port;

/** Workers with their Wasm started. */
export async function hire(spawn: Spawn, module: WebAssembly.Module, threads: number): Promise<Team> {
  const team = new Team(spawn, threads);
  try {
    await Promise.all(Array.from({ length: threads }, (_, worker) => team.ask(worker, 'start', [module])));
  } catch (error) {
    await team.end(error);
    throw error;
  }
  return team;
}

/** Runs with a team that is ended when the signal aborts, and, unless it is to be kept, when the run fails. */
export async function guarded<T>(team: Team, signal: AbortSignal | undefined, work: () => Promise<T>, keeps = false): Promise<T> {
  const stop = (): void => void team.end(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    return await work();
  } catch (error) {
    if (!keeps) await team.end(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly tell: Tell | undefined;
}

/** Workers that end together: when one stops, or is stopped, none is used again. */
export class Team {
  readonly #ports: Port[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #ended: { readonly error: unknown; readonly done: Promise<void> } | undefined;

  constructor(spawn: Spawn, size: number) {
    try {
      for (let i = 0; i < size; i += 1) {
        this.#ports.push(spawn((reply) => this.#take(reply), (error) => void this.end(error)));
      }
    } catch (error) {
      void this.end(error);
      throw error;
    }
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Asks a worker, moving the buffers in `transfer` to it; `tell` hears how far it is, where the call says so. */
  ask<K extends Call>(
    worker: number,
    call: K,
    args: Parameters<Calls[K]>,
    transfer: ArrayBuffer[] = [],
    tell?: Tell,
  ): Promise<ReturnType<Calls[K]>> {
    return new Promise((resolve, reject) => {
      const port = this.#ports[worker];
      if (this.#ended !== undefined || port === undefined) {
        reject(this.#ended?.error ?? new Error('wattproof: there is no such worker'));
        return;
      }
      const id = this.#next;
      this.#next += 1;
      this.#waiting.set(id, { resolve: (value) => resolve(value as ReturnType<Calls[K]>), reject, tell });
      port.post({ id, call, args }, transfer);
    });
  }

  /** Ends all workers; what they were asked rejects with `error`. */
  end(error: unknown): Promise<void> {
    if (this.#ended === undefined) {
      const done = Promise.all(this.#ports.map((port) => port.terminate())).then(() => undefined);
      this.#ended = { error, done };
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    }
    return this.#ended.done;
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    if ('step' in reply) {
      try {
        waiting.tell?.(reply.step);
      } catch (error) {
        // The caller's own: the call ends with it.
        void this.end(error);
      }
      return;
    }
    this.#waiting.delete(reply.id);
    if ('value' in reply) {
      waiting.resolve(reply.value);
      return;
    }
    const { code, message, remedy, stopped } = reply.failure;
    const error = code === null ? new Error(`wattproof: a worker stopped: ${message}`) : new WattproofError(code, message, remedy);
    waiting.reject(error);
    // After a trap its memory may be inconsistent.
    if (stopped) void this.end(error);
  }
}
