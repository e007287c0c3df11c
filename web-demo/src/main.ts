// Begins the page: language, rooms by the address, files dropped, and the copy for times without a connection.

import { init } from 'wattproof';
import { byId, element } from './dom.js';
import { say, speak } from './i18n.js';
import { prepareOffline, takeDrops, type Room } from './room.js';
import { carries } from './share/link.js';
import { shell, type RoomName } from './shell.js';
import { allowOwnScripts } from './trust.js';
import { room as verify } from './verify/room.js';

let current: Room = verify;
let name: RoomName = 'verify';

async function go(hash: string): Promise<void> {
  name = hash.startsWith('#/prove') ? 'prove' : 'verify';
  shell(name, () => void go(`#/${name}`));
  const main = byId('main', HTMLElement);
  try {
    // Whoever only checks never loads what proving needs.
    current = name === 'prove' ? (await import('./prove/room.js')).room : verify;
    main.dataset['room'] = name;
    await current.enter(main, hash);
  } catch (error) {
    main.replaceChildren(element('p', { class: 'notice bad', role: 'alert' }, `${say().failed}: ${error instanceof Error ? error.message : String(error)}`));
  }
}

function listen(): void {
  addEventListener('hashchange', () => {
    const { hash } = location;
    if (!carries(hash) && !hash.startsWith('#/')) return;
    void go(hash).then(() => {
      scrollTo(0, 0);
      byId('main', HTMLElement).focus({ preventScroll: true });
    });
  });
  takeDrops(() => current);
}

allowOwnScripts();
// Compiled while the page is built and people look for their files; a failure shows when something is checked.
void init().catch(() => {});
listen();
await speak(document.documentElement.lang === 'de' ? 'de' : 'en');
await go(location.hash);
prepareOffline();
