import type * as browser from './index.js';
import * as ledgers from './ledger.js';
import { platform } from './platform-node.js';
import * as provers from './prover.js';

export { ERROR_CODES } from '../codes.js';
export { WattproofError } from '../errors.js';

export const createProver: typeof browser.createProver = (options) => provers.createProver(platform, options);
export const disclose: typeof browser.disclose = (input) => ledgers.disclose(platform, input);
export const setBudget: typeof browser.setBudget = (ledger, bits) => ledgers.setBudget(platform, ledger, bits);
