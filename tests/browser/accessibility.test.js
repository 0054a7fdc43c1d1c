// What axe finds on the page, in both colour schemes, before a model is open and after an edit.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { launch, open, serve, SLOW } from './harness.js';
import { edit, FACT, withModel } from './steps.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let server;
let browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** What axe complains about, one line each. The page's policy forbids axe's script: these pages are opened without it. */
async function complaints(page) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target} ${failureSummary}`));
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, { timeout: SLOW }, async () => {
    const { page } = await open(browser, server.url, { colorScheme, bypassCSP: true });
    assert.deepEqual(await complaints(page), []);
  });

  test(`axe finds nothing after an edit, ${colorScheme}`, { timeout: SLOW }, async () => {
    const { page } = await withModel(browser, server.url, 'cpu', { statistics: true, colorScheme, bypassCSP: true });
    await edit(page, FACT);
    assert.deepEqual(await complaints(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await complaints(page), [], 'on a narrow screen');
  });
}
