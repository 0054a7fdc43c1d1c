// What axe finds on the page, in both colour schemes: on the stage and in every tab, before a model is open and after an edit.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { edit, FACT, settled, tab, TABS, withModel } from './steps.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe complains about, one line each. The page's policy forbids axe's script: these pages are opened without it. */
async function complaints(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id}: ${target} ${failureSummary}`),
  );
}

/** The same of the whole page with each of its tabs open. */
async function complaintsInTabs(page) {
  const found = [];
  for (const name of TABS) {
    await tab(page, name);
    found.push(...(await complaints(page)).map((complaint) => `${name}: ${complaint}`));
  }
  return found;
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in any tab, ${colorScheme}`, { timeout: 2 * SLOW }, async () => {
    const { page } = await open(browser, site.url, { colorScheme, bypassCSP: true });
    assert.deepEqual(await complaintsInTabs(page), []);
  });

  test(`axe finds nothing in any tab after an edit, ${colorScheme}`, { timeout: 3 * SLOW }, async () => {
    const { page } = await withModel(browser, site.url, 'cpu', { statistics: true, colorScheme, bypassCSP: true });
    await edit(page, FACT);
    assert.deepEqual(await complaintsInTabs(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    assert.deepEqual(await complaintsInTabs(page), [], 'on a narrow screen');
  });

  test(`axe finds nothing while an answer of the stage is changed, ${colorScheme}`, { timeout: 2 * SLOW }, async () => {
    const { page } = await open(browser, site.address, { colorScheme, bypassCSP: true });
    const answers = page.getByRole('region', { name: 'Answers by language' });
    await answers.getByRole('button', { name: /^German/ }).click();
    await answers.getByRole('option').first().waitFor();
    assert.deepEqual(await complaints(page), [], 'with other answers listed');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await settled(page), 'ready');
    const marks = page.getByRole('group', { name: /^German.*other answers/ });
    await marks.focus();
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await complaints(page), [], 'with the answer to another fact');
    await page.getByRole('button', { name: /^The capital of France/ }).click();
    await page.getByRole('combobox', { name: 'Search facts' }).fill('gold');
    await page.getByRole('option', { name: /gold/ }).first().waitFor();
    assert.deepEqual(await complaints(page), [], 'with facts listed');
  });

  test(`axe finds nothing in what opens on demand, ${colorScheme}`, { timeout: 3 * SLOW }, async () => {
    const { page } = await open(browser, site.address, { colorScheme, bypassCSP: true });
    for (const [name, ...summaries] of [
      ['Accuracy', 'The facts'],
      ['Model and settings', 'All settings', 'Open another model', 'Stored in this browser'],
      ['My own facts', 'Paste or upload many facts'],
    ]) {
      const panel = await tab(page, name);
      for (const summary of summaries) await panel.getByText(summary, { exact: true }).click();
      assert.deepEqual(await complaints(page), [], `${name}, unfolded`);
    }
    await page.getByRole('combobox', { name: 'Search known facts' }).fill('gold');
    await page.getByRole('listbox', { name: 'Known facts' }).getByRole('option').first().waitFor();
    assert.deepEqual(await complaints(page), [], 'with facts listed');
    await edit(page, FACT);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.getByRole('region', { name: 'Share this experiment' }).waitFor();
    assert.deepEqual(await complaints(page), [], 'sharing');
    await tab(page, 'Compare methods');
    await page.getByRole('button', { name: 'Run them side by side' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await complaints(page), [], 'comparing');
    const layers = (await tab(page, 'Model and settings')).getByLabel('Layers', { exact: true });
    await layers.fill('40-50');
    await layers.press('Enter');
    await page.getByRole('alert').first().waitFor();
    assert.deepEqual(await complaints(page), [], 'a setting that is refused');
  });

  test(`axe finds nothing in the lessons, ${colorScheme}`, { timeout: 2 * SLOW }, async () => {
    const { page } = await open(browser, `${site.url}?lesson=1`, { colorScheme, bypassCSP: true });
    for (let number = 1; number <= 5; number += 1) {
      await page.getByRole('heading', { name: new RegExp(`^${number}\\. `) }).waitFor();
      await page.locator('article math').first().waitFor({ state: 'attached' });
      await page.locator('.figures svg').first().waitFor();
      await page.evaluate(() => document.fonts.ready);
      assert.deepEqual(await complaints(page), [], `lesson ${number}`);
      if (number < 5) await page.getByRole('button', { name: 'Next lesson' }).click();
    }
  });
}
