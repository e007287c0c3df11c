import { readFile } from 'node:fs/promises';
import type { WasmSource } from './types.js';

/** For Node, whose fetch knows no `file:` URLs: files are read here, other sources stay as they are. */
export async function load(source: WasmSource): Promise<WasmSource> {
  const file = source instanceof URL ? source : typeof source === 'string' && source.startsWith('file:') ? new URL(source) : undefined;
  return file?.protocol === 'file:' ? readFile(file) : source;
}
