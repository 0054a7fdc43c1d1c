// Where the browser keeps nothing: private windows, blocked cookies, frames without an origin of their own. Storage is a convenience there as well.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { SLOW } from './harness.js';
import { browser, site } from './site.js';
import { edit, FACT, settled, tab } from './steps.js';

const denied = () => {
  throw new DOMException('Access is denied for this document.', 'SecurityError');
};

/** How browsers refuse it. */
const REFUSALS = {
  'reading caches throws': `Object.defineProperty(globalThis, 'caches', { get: ${denied} });`,
  'opening a cache is refused': `CacheStorage.prototype.open = async ${denied};`,
  'there are no caches': 'delete globalThis.caches; delete Window.prototype.caches;',
  'everything else throws': `
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(globalThis, name, { get: ${denied} });
    for (const name of ['serviceWorker', 'locks']) Object.defineProperty(Navigator.prototype, name, { get: ${denied} });
    StorageManager.prototype.estimate = ${denied};`,
};

for (const [name, script] of Object.entries(REFUSALS))
  test(`without storage the page works: ${name}`, { timeout: SLOW }, async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await context.newPage();
    const unhandled = [];
    page.on('pageerror', (error) => unhandled.push(String(error)));
    await page.addInitScript(script);
    await page.goto(site.address);
    assert.equal(await settled(page), 'ready');
    await edit(page, FACT);
    await tab(page, 'Model and settings');
    await page.getByText('Stored in this browser', { exact: true }).click();
    await page.waitForTimeout(500);
    assert.deepEqual(unhandled, []);
    await context.close();
  });

/** Other sites that are open: closed even where a test fails, or the process would wait for them. */
const hosts = [];
after(() => {
  for (const host of hosts) {
    host.closeAllConnections();
    host.close();
  }
});

/** A page of another site with the playground in a frame that may run scripts and nothing else; `cors`: any site may read the playground's files. */
async function framed(cors) {
  const frame = `<iframe sandbox="allow-scripts" src="${site.url}?embed=1" width="900" height="700"></iframe>`;
  const host = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(frame));
  hosts.push(host);
  await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  if (cors) {
    await page.route(`${site.url}**`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'access-control-allow-origin': '*' } });
    });
  }
  await page.goto(`http://127.0.0.1:${host.address().port}/`);
  return { frame: page.frameLocator('iframe'), close: () => context.close() };
}

test('a frame that forbids the engine shows what was recorded and says why', { timeout: SLOW }, async () => {
  const { frame, close } = await framed(true);
  const alert = frame.getByRole('alert');
  await alert.waitFor({ timeout: SLOW });
  assert.match(await alert.innerText(), /does not let it start its engine.*in a tab of its own.*allow-same-origin/s);
  await frame
    .getByRole('region', { name: 'Answers by language' })
    .getByRole('button', { name: /^German.*Paris/ })
    .waitFor();
  await close();
});

test('a frame that forbids the scripts is not left blank', { timeout: SLOW }, async () => {
  const { frame, close } = await framed(false);
  await frame.getByText('LangEdit Playground has not started').waitFor({ timeout: SLOW });
  await close();
});
