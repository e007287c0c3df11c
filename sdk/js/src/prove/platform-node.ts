// Node.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { load } from '../file-url.js';
import { fuses } from './fused.js';
import { Module } from './module.js';
import type { Reply } from './protocol.js';
import type { Platform } from './prover.js';

const own = (): URL =>
  fuses() ? new URL('../wattproof_prove_fused_bg.wasm', import.meta.url) : new URL('../wattproof_prove_bg.wasm', import.meta.url);
const module = new Module(own, load);

export const platform: Platform = {
  spawn(reply, lost) {
    const worker = new Worker(new URL('./worker-node.js', import.meta.url));
    // An idle prover that nobody disposed of must not keep the process alive.
    worker.unref();
    let asked = 0;
    worker.on('message', (message: Reply) => {
      if (!('step' in message)) asked -= 1;
      if (asked === 0) worker.unref();
      reply(message);
    });
    worker.on('error', (error) => lost(new Error(`wattproof: a worker stopped: ${error.message}`)));
    return {
      post(request, transfer) {
        asked += 1;
        worker.ref();
        worker.postMessage(request, transfer);
      },
      terminate: async () => void (await worker.terminate()),
    };
  },
  parallelism: availableParallelism,
  compile: (source) => module.compile(source),
  readFile: async (url) => new Blob([await readFile(url)]),
};
