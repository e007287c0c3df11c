// The Wasm of this realm. In the caller's it serves what is quick; proving is for workers.

import initGlue, * as glue from '../wattproof_prove.js';
import { ERROR_CODES } from '../codes.js';
import { Instance } from '../instance.js';
import { MARK } from './module.js';

/** One instance for each realm: a page has one, and so has each of its workers. */
export const wasm = /* @__PURE__ */ new Instance(initGlue, glue.SHA256, MARK, new Set<string>(ERROR_CODES));

/** Starts it from the module that was compiled. */
export function start(module: WebAssembly.Module): Promise<void> {
  return wasm.start(module, () => module);
}

export { glue };
