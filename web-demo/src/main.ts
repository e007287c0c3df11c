import { init } from 'wattproof';
import { check, type Given, type Outcome, type Slot } from './check.js';
import { byId } from './dom.js';
import { asText, read, sample, slotOf } from './files.js';
import { render } from './render.js';

const SLOTS = ['bundle', 'profile', 'key'] as const;

const given: { [slot in Slot]?: Given } = {};
const devKeys = byId('dev-keys', HTMLInputElement);
const bundleText = byId('bundle-text', HTMLTextAreaElement);
let latest = 0;

/** Checks what there is; a later change overtakes an earlier one. */
async function update(): Promise<void> {
  const turn = (latest += 1);
  const outcome = await check({ ...given }, devKeys.checked);
  if (turn === latest) show(outcome);
}

function show(outcome: Outcome): void {
  render(outcome, () => {
    devKeys.checked = true;
    void update();
    // The button that had the focus is gone.
    byId('result', HTMLElement).focus();
  });
  for (const slot of SLOTS) {
    const refused = outcome.kind === 'refused' && outcome.slot === slot;
    const file = given[slot];
    byId(`${slot}-state`, HTMLElement).textContent = file === undefined ? '' : `${refused ? 'Refused' : 'Loaded'}: ${file.name}`;
    card(slot).dataset['state'] = file === undefined ? 'empty' : refused ? 'refused' : 'loaded';
  }
}

function put(slot: Slot, file: Given): void {
  given[slot] = file;
  if (slot === 'bundle') bundleText.value = asText(file) ?? '';
}

function card(slot: Slot): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-slot="${slot}"]`);
  if (found === null) throw new Error(`index.html has no card for ${slot}`);
  return found;
}

/** Runs something that may fail for reasons outside the files, such as a broken connection; then checks. */
function attempt(run: () => Promise<void>, then?: () => void): void {
  run()
    .then(update)
    .catch((error: unknown) => {
      show({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    })
    .then(then);
}

/** On a narrow screen the result lies below the files: brings it into view once a file was given. */
function reveal(): void {
  const complete = given.bundle !== undefined && given.key !== undefined;
  if (complete && matchMedia('(max-width: 60rem)').matches) byId('result', HTMLElement).scrollIntoView();
}

function listenToInputs(): void {
  for (const slot of SLOTS) {
    const input = byId(`${slot}-file`, HTMLInputElement);
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file === undefined) return;
      attempt(async () => {
        put(slot, await read(file));
        // So that choosing the same file again, after it changed, counts.
        input.value = '';
      }, reveal);
    });
  }
  bundleText.addEventListener('input', () => {
    if (bundleText.value === '') delete given.bundle;
    else given.bundle = { name: 'pasted text', content: bundleText.value };
    void update();
  });
  devKeys.addEventListener('change', () => void update());
}

function listenToSamples(): void {
  const offer = (id: string, ...wanted: (readonly [Slot, string])[]): void => {
    byId(id, HTMLButtonElement).addEventListener('click', () => {
      attempt(async () => {
        for (const [slot, name] of wanted) put(slot, await sample(name));
      }, reveal);
    });
  };
  offer('sample-all', ['key', 'key'], ['profile', 'profile'], ['bundle', 'bundle']);
  offer('sample-key', ['key', 'key']);
  offer('sample-profile', ['profile', 'profile']);
  offer('sample-bundle', ['bundle', 'bundle']);
  offer('sample-tampered', ['bundle', 'tampered']);
}

function listenToDrops(): void {
  const mark = (over: Element | null): void => {
    for (const slot of SLOTS) card(slot).classList.toggle('over', card(slot) === over);
  };
  const under = (event: DragEvent): HTMLElement | null =>
    event.target instanceof Element ? event.target.closest<HTMLElement>('[data-slot]') : null;
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    mark(under(event));
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) mark(null);
  });
  document.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    mark(null);
    const place = SLOTS.find((slot) => card(slot) === under(event)) ?? 'bundle';
    attempt(async () => {
      for (const file of files) {
        const content = await read(file);
        put(slotOf(content) ?? place, content);
      }
    }, reveal);
  });
}

listenToInputs();
listenToSamples();
listenToDrops();
// Compiled while people look for their files.
attempt(() => init());
