import { readFile } from 'node:fs/promises';
import type { Load } from './source.js';

/** For Node, whose fetch knows no `file:` URLs. */
export const load: Load = (url) => (/^file:/i.test(url) ? readFile(new URL(url)) : fetch(url));
