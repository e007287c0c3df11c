import initGlue from './wattproof_wasm.js';
import { instance } from './instance.js';

export const { start, call } = instance(initGlue, 'init() or loadKey()');
