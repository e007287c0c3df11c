// The Wasm of this realm. In the caller's it serves what is quick; proving is for workers.

import initGlue, * as glue from '../wattproof_prove.js';
import { ERROR_CODES } from '../codes.js';
import { Instance } from '../instance.js';

/** One instance for each realm: a page has one, and so has each of its workers. */
export const wasm = new Instance(initGlue, new Set(ERROR_CODES));
export { glue };
