import { extract } from '../share/link.js';
import type { Given, Slot } from './check.js';

// One more than the package takes, so that a huge file is refused there without being read here.
const MOST_BYTES = 1_048_577;

const KINDS: Readonly<Record<string, Slot>> = { bundle: 'bundle', profile: 'profile', 'verifying-key': 'key' };

/** Reads a file's bytes. */
export async function read(file: File): Promise<Given> {
  return { name: file.name, content: new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer()) };
}

/** Which file this says it is; only to put it into the right place, the check decides. */
export function slotOf(given: Given): Slot | undefined {
  const kind = /"wattproof"\s*:\s*"(bundle|profile|verifying-key)\//.exec(asText(given) ?? '')?.[1];
  return kind === undefined ? undefined : KINDS[kind];
}

/** The text to show for editing, if it is text of a sensible size. */
export function asText(given: Given): string | undefined {
  if (typeof given.content === 'string') return given.content;
  if (given.content.length > 65_536) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(given.content);
  } catch {
    return undefined;
  }
}

/** What somebody pasted or a code said: a link with a bundle, or the bundle itself. `undefined` if the link is damaged. */
export async function unwrap(text: string, name: string): Promise<Given | undefined> {
  if (!/^\s*[\w+.-]+:\/\/|^\s*#/.test(text)) return { name, content: text };
  const content = await extract(text.trim());
  return content && { name, content };
}

/** One of the samples that were built into the page. */
export async function sample(name: string): Promise<Given> {
  const response = await fetch(`./samples/${name}.json`);
  if (!response.ok) throw new Error(`samples/${name}.json: HTTP ${response.status}`);
  return { name: `${name}.json`, content: new Uint8Array(await response.arrayBuffer()) };
}
