// A worker in a browser.

import type { Request } from './protocol.js';
import { serve } from './serve.js';

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
};

scope.onmessage = (event) => void serve(event.data, (reply, transfer) => scope.postMessage(reply, transfer));
