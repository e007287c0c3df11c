// The left side of the room: the verifier's own two files, and the proof.

import { byId, element, fill, icon, type Child } from '../dom.js';
import { say } from '../i18n.js';
import { announce } from '../shell.js';
import { SLOTS, type Given, type Slot } from './check.js';
import type { Desk } from './desk.js';
import { asText, read, sample, slotOf, unwrap } from './files.js';

/** What the inputs ask the room to do. */
export interface Acts {
  /** Runs what may fail for reasons outside the files, checks, and brings the result into view. */
  readonly attempt: (run: () => Promise<void>) => Promise<void>;
}

/** The three cards; filled by {@link showInputs} after each check. */
export function inputs(desk: Desk, { attempt }: Acts): HTMLElement {
  const words = say().verify;
  return element('div', { class: 'inputs' },
    element('h2', { class: 'group' }, words.yours),
    card('profile', desk, attempt),
    card('key', desk, attempt),
    element('h2', { class: 'group' }, words.theirs),
    card('bundle', desk, attempt));
}

function card(slot: Slot, desk: Desk, attempt: Acts['attempt']): HTMLElement {
  const words = say().verify;
  const { title, hint } = words[slot];
  return element('section', { class: 'card', 'data-slot': slot, 'aria-labelledby': `${slot}-title` },
    element('h3', { id: `${slot}-title` }, element('span', { class: 'step', 'aria-hidden': 'true' }), title),
    element('p', { class: 'hint', id: `${slot}-hint` }, hint),
    element('p', { class: 'state', id: `${slot}-state` }),
    element('div', { class: 'actions' },
      chooser(`${slot}-file`, '.json,application/json', 'file', words.choose, words.forFile(title), (file) =>
        attempt(async () => desk.put(slot, await read(file)))),
      slot === 'bundle' && chooser('picture-file', 'image/*', 'code', words.picture, '', (file) => attempt(() => scanFile(desk, file))),
      slot === 'bundle' && 'mediaDevices' in navigator &&
        element('button', { type: 'button', class: 'button', id: 'camera', click: () => void scanCamera(desk, attempt) }, icon('camera'), words.camera)),
    ...(slot === 'bundle' ? bundleExtras(desk, attempt) : []),
    ...(slot === 'key' ? [devSwitch(desk, attempt)] : []));
}

function bundleExtras(desk: Desk, attempt: Acts['attempt']): Child[] {
  const words = say().verify;
  const text = element('textarea', { id: 'bundle-text', rows: '5', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
  text.addEventListener('input', () =>
    void attempt(async () => {
      const given = text.value === '' ? undefined : await unwrap(text.value, words.fromText);
      if (text.value !== '' && given === undefined) throw new Error(words.badLink);
      // Whoever changes a digit of the example keeps the example's terms.
      await desk.put('bundle', given, false);
    }));
  return [
    element('div', { id: 'scanner', class: 'scanner' }),
    element('details', { class: 'paste' }, element('summary', {}, words.paste),
      element('label', { class: 'hidden', for: 'bundle-text' }, words.pasteLabel), text),
  ];
}

function devSwitch(desk: Desk, attempt: Acts['attempt']): HTMLElement {
  const words = say().verify;
  const box = element('input', { type: 'checkbox', role: 'switch', id: 'dev-keys', 'aria-describedby': 'dev-keys-hint' });
  box.addEventListener('change', () => void attempt(() => desk.allowDevKeys(box.checked)));
  return element('div', { class: 'dev' },
    element('label', { class: 'switch' }, box, element('span', { class: 'track', 'aria-hidden': 'true' }), element('span', {}, words.devKeys)),
    element('p', { class: 'hint', id: 'dev-keys-hint' }, words.devKeysHint));
}

/** A button that opens a file chooser. */
export function chooser(
  id: string, accept: string, sign: 'file' | 'code', text: string, more: string, take: (file: File) => Promise<void>,
): HTMLElement {
  const input = element('input', { type: 'file', id, accept });
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    // So that choosing the same file again, after it changed, counts.
    if (file !== undefined) void take(file).then(() => (input.value = ''));
  });
  return element('label', { class: 'button choose' }, input, icon(sign), element('span', {}, element('span', { id: `${id}-text` }, text), element('span', { class: 'hidden' }, more)));
}

/** Shows what lies where, and what was refused. */
export function showInputs(desk: Desk): void {
  const words = say().verify;
  const own = desk.mode === 'own';
  const refused = desk.outcome.kind === 'refused' ? desk.outcome.slot : undefined;
  for (const slot of SLOTS) {
    const file = desk.get(slot);
    byId(`${slot}-file-text`, HTMLElement).textContent = file === undefined ? words.choose : words.replace;
    const bad = refused === slot && file !== undefined;
    const place = byId(`${slot}-title`, HTMLElement).closest<HTMLElement>('[data-slot]');
    if (place !== null) place.dataset['state'] = file === undefined ? 'empty' : bad ? 'refused' : 'loaded';
    fill(byId(`${slot}-state`, HTMLElement), ...(file === undefined ? [] : [
      element('span', { class: 'name', title: file.name }, bad ? words.refusedFile(file.name) : words.loaded(file.name)),
      slot !== 'bundle' && element('span', { class: 'kept' }, own ? words.kept : words.trial),
      own && element('button', { type: 'button', class: 'link', id: `${slot}-forget`, click: () => void desk.put(slot, undefined).then(() => desk.check()) },
        words.forget, element('span', { class: 'hidden' }, words.forFile(words[slot].title))),
    ]));
  }
  const text = byId('bundle-text', HTMLTextAreaElement);
  if (document.activeElement !== text) text.value = desk.bundle === undefined ? '' : (asText(desk.bundle) ?? '');
  const box = byId('dev-keys', HTMLInputElement);
  box.checked = desk.side.allowDevKeys;
  box.disabled = !own;
}

/** Files dropped anywhere find their places by what they say they are. */
export async function dropped(desk: Desk, files: readonly File[], place: Slot): Promise<void> {
  for (const file of files) {
    if (file.type.startsWith('image/')) await scanFile(desk, file);
    else {
      const given = await read(file);
      await desk.put(slotOf(given) ?? place, given);
    }
  }
}

async function scanFile(desk: Desk, file: File): Promise<void> {
  const { readFile } = await import('../share/qr.js');
  const text = await readFile(file);
  const given = text === undefined ? undefined : await unwrap(text, say().verify.fromCode);
  if (given === undefined) throw new Error(say().verify.noCode);
  await desk.put('bundle', given);
}

async function scanCamera(desk: Desk, attempt: Acts['attempt']): Promise<void> {
  const words = say().verify;
  const { watch } = await import('./camera.js');
  const place = byId('scanner', HTMLElement);
  try {
    announce(words.scanning);
    const text = await watch(place, words.scanning, say().cancel);
    if (text === undefined) return;
    await attempt(async () => {
      const given = await unwrap(text, words.fromCode);
      if (given === undefined) throw new Error(words.badLink);
      await desk.put('bundle', given);
    });
  } catch {
    place.replaceChildren(element('p', { class: 'notice warn' }, words.noCamera));
    announce(words.noCamera);
  }
}

/** The example: a real month, with the terms and the key of whoever asked about it. */
export async function example(): Promise<{ profile: Given; key: Given; bundle: Given }> {
  const [profile, key, bundle] = await Promise.all([sample('profile'), sample('key'), sample('bundle')]);
  return { profile, key, bundle };
}
