// What stands around the rooms: name, rooms, language, appearance, and the voice for screen readers.

import { byId, element, fill, icon, type IconName } from './dom.js';
import { say, speak, spoken, type Language } from './i18n.js';
import { choose } from './store.js';

const THEMES = ['auto', 'light', 'dark'] as const;
export type RoomName = 'verify' | 'prove' | 'settle';

/** A room's address. Settling has a document of its own, whose security policy lets it talk to a node. */
function addressOf(name: RoomName, current: RoomName): string {
  if (name === 'settle') return './settle.html';
  return current === 'settle' ? `./#/${name}` : `#/${name}`;
}

/** Says something to those who do not see the page. */
export function announce(text: string): void {
  const voice = byId('announcement', HTMLElement);
  // A voice that is told the same twice says it once; emptied between, it says it twice.
  voice.textContent = '';
  requestAnimationFrame(() => (voice.textContent = text));
}

/** Draws the shell; `again` rebuilds the room in another language. A room that talks to others than the server says so in `own`. */
export function shell(current: RoomName, again: () => void, own: { readonly promise: string; readonly foot: string } = say()): void {
  const words = say();
  byId('skip', HTMLElement).textContent = words.skip;
  const tab = (name: RoomName) =>
    element('a', { href: addressOf(name, current), 'aria-current': name === current ? 'page' : undefined }, words.rooms[name]);
  fill(byId('top', HTMLElement),
    element('a', { class: 'brand', href: addressOf('verify', current) },
      element('img', { src: './icon.svg', alt: '', width: '32', height: '32' }), 'Wattproof'),
    element('nav', { class: 'rooms', 'aria-label': words.rooms.label }, tab('verify'), tab('prove'), tab('settle')),
    element('span', { class: 'promise' }, icon('lock'), own.promise),
    element('div', { class: 'choices' }, languages(again), theme()));
  fill(byId('foot', HTMLElement), element('p', {}, own.foot));
}

function languages(again: () => void): HTMLElement {
  const button = (language: Language, name: string) =>
    element('button', {
      type: 'button', class: 'language', id: `language-${language}`, lang: language, title: name, 'aria-label': `${language.toUpperCase()}, ${name}`,
      'aria-pressed': `${spoken() === language}`,
      click: () => {
        choose('language', language);
        void speak(language).then(again);
      },
    }, language.toUpperCase());
  return element('div', { class: 'languages', role: 'group', 'aria-label': say().language }, button('en', 'English'), button('de', 'Deutsch'));
}

function theme(): HTMLElement {
  const words = say().theme;
  const now = THEMES.find((name) => name === document.documentElement.dataset['theme']) ?? 'auto';
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] ?? 'auto';
  const label = `${words.label}: ${words[now]}`;
  return element('button', {
    type: 'button', class: 'theme', id: 'theme', title: label, 'aria-label': label,
    click: () => {
      if (next === 'auto') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = next;
      choose('theme', next === 'auto' ? undefined : next);
      byId('theme', HTMLElement).replaceWith(theme());
      byId('theme', HTMLElement).focus();
      dispatchEvent(new Event('themechange'));
    },
  }, icon(now satisfies IconName));
}
