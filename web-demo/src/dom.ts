type Child = Node | string | undefined;

interface Attributes {
  readonly class?: string;
  readonly id?: string;
  readonly [name: `data-${string}` | `aria-${string}`]: string;
}

/** An element with text and elements in it; text stays text, whatever a file says. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** The element of `index.html` with this id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

const PATHS = {
  verified: 'm6 12.5 4 4 8-9',
  unconfirmed: 'M12 6.5v7M12 17v.5',
  refused: 'm7.5 7.5 9 9m0-9-9 9',
  waiting: 'M7 12h.5M12 12h.5M17 12h.5',
  eye: 'M3 3l18 18M10.6 6.2A9 9 0 0 1 21 12a12 12 0 0 1-2.3 2.9M6.3 7.6A12 12 0 0 0 3 12a9.4 9.4 0 0 0 13 4.2',
} as const;

/** A drawn sign; its meaning stands beside it in words. */
export function icon(name: keyof typeof PATHS): SVGSVGElement {
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
