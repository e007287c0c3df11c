// Begins the room for settling: a document of its own, so that only here the security policy lets the page talk to a node.

import { byId, element } from '../dom.js';
import { say, speak } from '../i18n.js';
import { prepareOffline, takeDrops } from '../room.js';
import { carries } from '../share/link.js';
import { shell } from '../shell.js';
import { allowOwnScripts } from '../trust.js';
import { room } from './room.js';
import { tell } from './words.js';

async function go(hash: string): Promise<void> {
  shell('settle', () => void go(''), tell());
  const main = byId('main', HTMLElement);
  try {
    main.dataset['room'] = 'settle';
    await room.enter(main, hash);
  } catch (error) {
    main.replaceChildren(element('p', { class: 'notice bad', role: 'alert' }, `${say().failed}: ${error instanceof Error ? error.message : String(error)}`));
  }
}

allowOwnScripts();
addEventListener('hashchange', () => {
  if (carries(location.hash)) void go(location.hash);
});
takeDrops(() => room);
await speak(document.documentElement.lang === 'de' ? 'de' : 'en');
await go(location.hash);
prepareOffline();
