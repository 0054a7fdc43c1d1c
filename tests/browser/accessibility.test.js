// What axe finds on the page, in both colour schemes, before a model is open and after an edit.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './stage.js';
import { edit, FACT, settled, withModel } from './steps.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe complains about, one line each. The page's policy forbids axe's script: these pages are opened without it. */
async function complaints(page) {
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target} ${failureSummary}`),
  );
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing, ${colorScheme}`, { timeout: SLOW }, async () => {
    const { page } = await open(browser, site.url, { colorScheme, bypassCSP: true });
    assert.deepEqual(await complaints(page), []);
  });

  test(`axe finds nothing after an edit, ${colorScheme}`, { timeout: SLOW }, async () => {
    const { page } = await withModel(browser, site.url, 'cpu', { statistics: true, colorScheme, bypassCSP: true });
    await edit(page, FACT);
    assert.deepEqual(await complaints(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await complaints(page), [], 'on a narrow screen');
  });

  test(`axe finds nothing in what opens on demand, ${colorScheme}`, { timeout: 3 * SLOW }, async () => {
    const { page } = await open(browser, site.address, { colorScheme, bypassCSP: true });
    for (const summary of [
      'Paste or upload many facts',
      'All settings',
      'Open another model',
      'Stored in this browser',
      'The facts',
    ]) {
      await page.getByText(summary, { exact: true }).click();
    }
    await page.getByRole('combobox', { name: 'Search known facts' }).fill('gold');
    await page.getByRole('listbox', { name: 'Known facts' }).getByRole('option').first().waitFor();
    assert.deepEqual(await complaints(page), [], 'with everything unfolded');
    await edit(page, FACT);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('region', { name: 'Share this experiment' }).waitFor();
    await page.getByRole('button', { name: 'Run them side by side' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await complaints(page), [], 'sharing and comparing');
  });

  test(`axe finds nothing in the lessons, ${colorScheme}`, { timeout: 2 * SLOW }, async () => {
    const { page } = await open(browser, `${site.url}?lesson=1`, { colorScheme, bypassCSP: true });
    for (let number = 1; number <= 5; number += 1) {
      await page.getByRole('heading', { name: new RegExp(`^${number}\\. `) }).waitFor();
      assert.deepEqual(await complaints(page), [], `lesson ${number}`);
      if (number < 5) await page.getByRole('button', { name: 'Next lesson' }).click();
    }
  });
}
