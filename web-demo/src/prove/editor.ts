// The contract's text, with line numbers, and its errors at their lines.

import { WattproofError } from 'wattproof';
import { element, english } from '../dom.js';
import { tell } from './words.js';

export interface Editor {
  readonly root: HTMLElement;
  /** Puts in another text, unless it is there already. */
  set(text: string): void;
  /** Marks what was refused, or that nothing is. */
  mark(problem: unknown): void;
}

/** Waits so long after the last key. */
const PAUSE_MS = 350;

export function editor(changed: (text: string) => void): Editor {
  const words = tell().contract;
  const numbers = element('ol', { class: 'numbers-of-lines', 'aria-hidden': 'true' });
  const text = element('textarea', {
    id: 'policy-text', rows: '16', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', wrap: 'off', 'aria-describedby': 'policy-problem',
  });
  const problem = element('div', { id: 'policy-problem', class: 'problem' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let bad: number | undefined;

  const count = (): void => {
    const lines = text.value.split('\n').length;
    numbers.replaceChildren(...Array.from({ length: lines }, (_, i) => element('li', { class: i + 1 === bad ? 'bad' : undefined })));
    numbers.scrollTop = text.scrollTop;
  };
  text.addEventListener('scroll', () => (numbers.scrollTop = text.scrollTop));
  text.addEventListener('input', () => {
    count();
    clearTimeout(timer);
    timer = setTimeout(() => changed(text.value), PAUSE_MS);
  });
  const root = element('div', { class: 'editor' },
    element('label', { for: 'policy-text' }, words.label),
    element('div', { class: 'paper' }, numbers, text),
    problem);
  return {
    root,
    set(value) {
      if (text.value !== value) text.value = value;
      count();
    },
    mark(error) {
      const found = error instanceof WattproofError ? error : undefined;
      bad = found?.place.line;
      text.setAttribute('aria-invalid', `${found !== undefined}`);
      problem.replaceChildren(...(found === undefined ? [] : [
        element('p', {}, element('strong', {}, words.bad(bad === undefined ? '' : `${bad}`)), ' ', english(found.message.replace(/^line \d+, column \d+: /, ''))),
        element('p', {}, english(found.remedy)),
        ...(bad === undefined ? [] : [element('button', { type: 'button', class: 'link', id: 'goto', click: () => go(text, bad ?? 1, found.place.column ?? 1) }, words.goto)]),
      ]));
      count();
    },
  };
}

function go(text: HTMLTextAreaElement, line: number, column: number): void {
  const lines = text.value.split('\n');
  const at = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(at + column - 1, at + (lines[line - 1]?.length ?? 0));
  text.scrollTop = ((line - 4) / lines.length) * text.scrollHeight;
}
