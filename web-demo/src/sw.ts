// The page without a connection. One cache for each version of the page, filled before that version takes over, so that files of
// two versions never meet. Proving keys are not in it: the prover keeps those itself.

declare const self: ServiceWorkerGlobalScope & typeof globalThis;
/** Put in when the page is built: every file of it, and a digest of them all. */
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const PREFIX = 'wattproof-page-';
const CACHE = PREFIX + __VERSION__;

self.addEventListener('install', (event) => {
  // Past the browser's own cache, which may hold a file of the same name from an older version.
  const requests = __FILES__.map((file) => new Request(file, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener('activate', (event) => {
  const tidy = async (): Promise<void> => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
    // The page that was open at the first visit is served from here too.
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || request.headers.has('range') || new URL(request.url).origin !== self.location.origin) return;
  const answer = async (): Promise<Response> => {
    const cache = await caches.open(CACHE);
    // Files by their names; queries make no difference to a page of static files.
    return (await cache.match(request, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
  };
  event.respondWith(answer());
});

export {};
