// The Wasm in the caller's own realm: for what is quick. Proving is for workers.

import initGlue, * as glue from '../wattproof_prove.js';
import { instance } from '../instance.js';

export const { start, call } = instance(initGlue, 'its start');
export { glue };
