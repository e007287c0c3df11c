// What a room of the page is, and how files find their way into it.

/** A room of the page. */
export interface Room {
  /** Builds the room inside `main`; `hash` is the address's fragment if the room was entered by it. */
  readonly enter: (main: HTMLElement, hash: string) => Promise<void>;
  /** Takes files that were dropped on `target`. */
  readonly drop: (files: File[], target: Element) => Promise<void>;
}

/** Hands files that are dropped anywhere on the page to the room that is open then. */
export function takeDrops(room: () => Room): void {
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    document.body.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) document.body.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    document.body.classList.remove('over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void room().drop(files, event.target instanceof Element ? event.target : document.body);
  });
}

/** Once the page is at rest, so that the first verdict comes first. */
export function prepareOffline(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  const register = () => void navigator.serviceWorker.register('./sw.js').catch(() => {});
  setTimeout(register, 1500);
}
