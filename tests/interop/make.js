// Makes theirs.json.

import { writeFileSync } from 'node:fs';
import { theirs } from './theirs.js';

writeFileSync(new URL('theirs.json', import.meta.url), theirs());
