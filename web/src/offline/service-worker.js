// The service worker: after the first visit the page opens without a network. Models are not its business: the page keeps them by their hash.
//
// The build puts in the version, a hash of the files' contents, and their names.

const VERSION = '%VERSION%';
const FILES = ['%FILES%'];

/** Several copies of the page on one host, under different paths, keep apart. */
const PREFIX = `langedit-page ${self.registration.scope} `;
const NAME = PREFIX + VERSION;
const HASHED = /\/assets\/[^/]+-[\w-]{8}\.\w+$/;
const MODEL_FILE = /\.(gguf|safetensors)$/;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  const old = (names) => names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// The page names what it has loaded beside the list: the wasm module for its device, the manifest of its model.
self.addEventListener('message', ({ data }) => {
  const addresses = Array.isArray(data?.keep)
    ? data.keep.map(String).filter((address) => address.startsWith(self.registration.scope))
    : [];
  void caches.open(NAME).then(async (cache) => {
    for (const address of addresses) if (!(await cache.match(address))) await cache.add(address).catch(() => undefined);
  });
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope)) return;
  if (HASHED.test(url.pathname)) event.respondWith(cacheFirst(request));
  else if (!MODEL_FILE.test(url.pathname)) event.respondWith(networkFirst(request));
});

/** What has its hash in its name never changes. */
async function cacheFirst(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function networkFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(NAME);
    // Every query of the page's address means the same document.
    const kept = await (request.mode === 'navigate' ? cache.match('./') : cache.match(request));
    if (kept) return kept;
    throw error;
  }
}
