export type Child = Node | string | undefined | false;

type Listener = (event: Event) => void;

interface Attributes {
  readonly [name: string]: string | boolean | Listener | undefined;
}

/** An element with text and elements in it; text stays text, whatever a file says. Functions listen: `click: () => …`. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (typeof value === 'string') made.setAttribute(name, value);
  }
  made.append(...present(children));
  return made;
}

/** The element of the page with this id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

/** Replaces what is inside; whoever had the focus in there has it again, if it is there again. */
export function fill(place: HTMLElement, ...children: Child[]): void {
  const active = document.activeElement;
  const focused = active instanceof HTMLElement && place.contains(active) ? active.id : '';
  place.replaceChildren(...present(children));
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

/** English that comes from the package, said as such in a page of another language. */
export function english(text: string): HTMLElement {
  return element('span', { lang: 'en' }, text);
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child) => child !== undefined && child !== false);
}

const PATHS = {
  verified: 'm6 12.5 4 4 8-9',
  unconfirmed: 'M12 6.5v7M12 17v.5',
  refused: 'm7.5 7.5 9 9m0-9-9 9',
  waiting: 'M7 12h.5M12 12h.5M17 12h.5',
  eye: 'M3 3l18 18M10.6 6.2A9 9 0 0 1 21 12a12 12 0 0 1-2.3 2.9M6.3 7.6A12 12 0 0 0 3 12a9.4 9.4 0 0 0 13 4.2',
  see: 'M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6ZM12 14.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z',
  light: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  dark: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z',
  auto: 'M12 3.5a8.5 8.5 0 1 0 0 17ZM12 3.5a8.5 8.5 0 0 1 0 17',
  file: 'M7 3.5h7l4 4v13H7ZM14 3.5v4h4',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4ZM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4Z',
  code: 'M4 4h6v6H4ZM14 4h6v6h-6ZM4 14h6v6H4ZM14 14h2.5v2.5H14ZM17.5 17.5H20V20h-2.5Z',
  link: 'M10 13.5a4 4 0 0 0 6 .4l2.6-2.6a4 4 0 0 0-5.7-5.7L11.6 6.9M14 10.5a4 4 0 0 0-6-.4l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.3-1.3',
  save: 'M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 19.5h14',
  lock: 'M6.5 11h11v9h-11ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  swap: 'M5 9h13m-3.5-3.5L18 9M19 15H6m3.5-3.5L6 15l3.5 3.5',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; its meaning stands beside it in words. */
export function icon(name: IconName): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  drawing.setAttribute('viewBox', '0 0 24 24');
  drawing.setAttribute('aria-hidden', 'true');
  drawing.setAttribute('class', 'icon');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', PATHS[name]);
  drawing.append(path);
  return drawing;
}
