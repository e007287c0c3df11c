import { WattproofError } from '../errors.js';
import type { Call, Calls, Reply, Request } from './protocol.js';

/** A worker of some engine: what is posted to it comes back as replies. */
export interface Port {
  post(request: Request, transfer: ArrayBuffer[]): void;
  terminate(): Promise<void>;
}

/** Starts a worker. `lost` is called when it can answer no more. */
export type Spawn = (reply: (reply: Reply) => void, lost: (error: Error) => void) => Port;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
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

  /** Asks a worker, moving the buffers in `transfer` to it. */
  ask<K extends Call>(
    worker: number,
    call: K,
    args: Parameters<Calls[K]>,
    transfer: ArrayBuffer[] = [],
  ): Promise<ReturnType<Calls[K]>> {
    return new Promise((resolve, reject) => {
      const port = this.#ports[worker];
      if (this.#ended !== undefined || port === undefined) {
        reject(this.#ended?.error ?? new Error('wattproof: there is no such worker'));
        return;
      }
      const id = this.#next;
      this.#next += 1;
      this.#waiting.set(id, { resolve: (value) => resolve(value as ReturnType<Calls[K]>), reject });
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
