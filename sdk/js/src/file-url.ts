import { readFile } from 'node:fs/promises';
import type { Load } from './instance.js';

/** For Node, whose fetch knows no `file:` URLs: files are read here. */
export const load: Load = (url) => (/^file:/i.test(url) ? readFile(new URL(url)) : fetch(url));
