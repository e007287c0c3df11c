// A worker in Node.

import { parentPort } from 'node:worker_threads';
import type { Request } from './protocol.js';
import { serve } from './serve.js';

parentPort?.on('message', (request: Request) => {
  void serve(request, (reply, transfer) => parentPort?.postMessage(reply, transfer));
});
