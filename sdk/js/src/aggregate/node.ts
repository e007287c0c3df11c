import { platform } from '../prove/platform-node.js';
import type * as browser from './index.js';
import { openSums as open } from './open.js';

export { ERROR_CODES } from '../codes.js';
export { WattproofError } from '../errors.js';

export const openSums: typeof browser.openSums = (input) => open(platform, input);
