// Browsers.

import { fuses } from './fused.js';
import { Module } from './module.js';
import type { Reply } from './protocol.js';
import type { Platform } from './prover.js';

// In this form bundlers find both files.
const module = /* @__PURE__ */ new Module(() =>
  fuses() ? new URL('../wattproof_prove_fused_bg.wasm', import.meta.url) : new URL('../wattproof_prove_bg.wasm', import.meta.url),
);

export const platform: Platform = {
  spawn(reply, lost) {
    // In this form bundlers find the worker.
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = (event: MessageEvent<Reply>) => reply(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      lost(new Error(`wattproof: a worker could not run: ${event.message ?? 'its script did not load'}`));
    };
    worker.onmessageerror = () => lost(new Error('wattproof: a worker was not understood'));
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      terminate: async () => worker.terminate(),
    };
  },
  parallelism: () => navigator.hardwareConcurrency ?? 1,
  compile: (source) => module.compile(source),
  readFile: undefined,
};
