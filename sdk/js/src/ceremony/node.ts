import { platform } from '../prove/platform-node.js';
import { contribute as goOn, contributorLine as line } from './contribute.js';
import type * as browser from './index.js';

export { ERROR_CODES } from '../codes.js';
export { WattproofError } from '../errors.js';

export const contribute: typeof browser.contribute = (zkey, options) => goOn(platform, zkey, options);
export const contributorLine: typeof browser.contributorLine = line;
