/** The page's side of the service worker, and what is kept for opening without a network. */

/** Registers the service worker once the page has what it needs, so that it does not compete for the first visit's bytes; `keep` are the
 * addresses of what it cannot know: the wasm module in use, the manifest of the model. */
export async function keepForOffline(keep: string[]): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  try {
    const { serviceWorker } = navigator;
    // A version that arrives during the visit begins without the module.
    serviceWorker.addEventListener('controllerchange', () => serviceWorker.controller?.postMessage({ keep }));
    await serviceWorker.register('offline.js');
    (await serviceWorker.ready).active?.postMessage({ keep });
  } catch (error) {
    // Frames of other pages and private windows may forbid it; then there is no page without a network.
    console.info(`the page is not kept for offline use: ${String(error)}`);
  }
}

/** Names of this copy's caches. */
async function caching(): Promise<string[]> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const prefix = `langedit-page ${registration?.scope ?? new URL('./', document.baseURI).href} `;
  return 'caches' in globalThis ? (await caches.keys()).filter((name) => name.startsWith(prefix)) : [];
}

/** How many files of the page are kept, and their bytes. */
export async function keptPage(): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for (const name of await caching()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      files += 1;
      bytes += (await (await cache.match(request))?.blob())?.size ?? 0;
    }
  }
  return { files, bytes };
}

/** Deletes the page's files, and the service worker, which would fetch them again. */
export async function deletePage(): Promise<void> {
  const names = await caching();
  await (await navigator.serviceWorker?.getRegistration())?.unregister();
  for (const name of names) await caches.delete(name);
}
