// Writes the table of docs/CEREMONY.md.

import { stop } from './stage.js';
import { write } from './tampered.js';

await write();
await stop();
