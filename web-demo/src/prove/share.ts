// Handing a proof over: as a file, as a link, as a QR code.

import { element, fill, icon } from '../dom.js';
import { fragment } from '../share/link.js';
import { announce } from '../shell.js';
import { tell } from './words.js';

/** Saves text as a file. */
export function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  element('a', { href: url, download: name }).click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The buttons with which a bundle leaves the page. */
export function sharing(bundle: string): HTMLElement {
  const words = tell();
  const place = element('div', { class: 'shown', id: 'shared' });
  const link = async (): Promise<string> => new URL(await fragment(bundle), document.baseURI).href;
  const copy = async (): Promise<void> => {
    const address = await link();
    try {
      await navigator.clipboard.writeText(address);
      fill(place, element('p', { class: 'aside' }, words.copied));
      announce(words.copied);
    } catch {
      const field = element('input', { type: 'text', readonly: true, id: 'link', 'aria-label': words.linkLabel });
      field.value = address;
      fill(place, element('p', { class: 'aside' }, words.copyFailed), field);
      field.select();
    }
  };
  const code = async (): Promise<void> => {
    const { draw } = await import('../share/qr.js');
    fill(place, draw(await link(), words.codeLabel));
  };
  const button = (id: string, sign: 'save' | 'link' | 'code', text: string, click: () => void) =>
    element('button', { type: 'button', class: 'button', id, click }, icon(sign), text);
  return element('div', { class: 'sharing' },
    element('div', { class: 'actions' },
      button('save', 'save', words.save, () => save('bundle.json', bundle)),
      button('copy', 'link', words.link, () => void copy()),
      button('qr', 'code', words.code, () => void code())),
    place);
}
