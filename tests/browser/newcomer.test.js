// Somebody's first minutes with the page and its own model, by the names that a person or a screen reader finds; and the pictures of it in README and static/GUIDE.md.
//
//   SCREENSHOTS=static/screenshots node --test tests/browser/newcomer.test.js      # from the root, writes the pictures anew

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, OWN, server } from './built.js';
import { answers, ask, formOf, rows, settled, tab, teach } from './steps.js';

/** Languages of a fact of the catalogue beside English. */
const OTHERS = ['German', 'Dutch', 'French', 'Spanish', 'Chinese'];
/** The figures by the tabs that they lie in. */
const FIGURES = {
  Accuracy: ['Accuracy before and after', 'Accuracy matrix'],
  'Null space': ['Key spectrum', 'Null-space projection', 'Language overlap', 'Null-space budget'],
};

const answer = async (page, prompt) => (await ask(page, prompt)).text;

/** Puts another capital of Egypt into the form, in six languages. */
async function known(page) {
  const form = await formOf(page);
  await page.getByRole('combobox', { name: 'Search known facts' }).fill('capital of egypt');
  await page.getByRole('option', { name: /^capital.*Egypt → Cairo/ }).click();
  await page.getByLabel('Instead of Cairo').fill('Vienna');
  for (const name of OTHERS) await page.getByRole('checkbox', { name, exact: true }).check();
  await page.getByRole('button', { name: 'Fill in the form' }).click();
  await form.getByLabel('Prompt (Chinese)').waitFor();
  assert.equal(await form.getByLabel('New object (German)').inputValue(), 'Wien');
  await form.getByRole('button', { name: 'Apply edit' }).click();
  assert.equal(await settled(page), 'ready');
}

/** The page as it is shown at that size, from its top or from an element on; nothing may stick out of it. */
async function picture(page, name, colorScheme, width, height, top = null) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height });
  if (top) await top.evaluate((found) => scrollTo(0, found.getBoundingClientRect().top + scrollY - 16));
  else await page.evaluate(() => scrollTo(0, 0));
  await page.evaluate(() => document.activeElement.blur());
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${name}: ${wide} pixels wide`);
  const folder = process.env.SCREENSHOTS;
  const taken = await page.screenshot({ path: folder && resolve(folder, `${name}.png`) });
  assert.deepEqual([taken.readUInt32BE(16), taken.readUInt32BE(20)], [width, height]);
}

test(
  'a newcomer changes an answer, sees what became of it, edits a fact in six languages, and passes it on',
  { timeout: 6 * SLOW },
  async () => {
    const { page, complaints } = await open(browser, `${server.url}?device=cpu`, {
      ...OWN,
      reducedMotion: 'reduce',
    });
    await teach(page, 'German', 'Rom');
    assert.equal(await settled(page), 'ready');
    assert.equal(await answers(page).locator('[data-state=edited]').count(), 1);
    const below = await page.getByRole('tablist').evaluate((tabs) => tabs.getBoundingClientRect().top + scrollY);
    assert.ok(below <= 900, `the stage fits a screen, its tabs begin at ${below}`);
    await picture(page, 'page', 'light', 1440, 900);
    await picture(page, 'dark', 'dark', 1440, 900);
    await picture(page, 'phone', 'light', 390, 844);
    await page.setViewportSize({ width: 1440, height: 900 });

    assert.match(
      (await rows(page, 'Accuracy by language')).find((row) => row.startsWith('German')),
      /^German(\s+[\d.]+){10}$/,
      'the catalogue has questions for a fact of the stage',
    );
    const german = 'Die Hauptstadt von Frankreich ist';
    assert.match(await answer(page, german), /Rom/);
    assert.match(await page.getByRole('group', { name: 'Before editing' }).innerText(), /Paris/);

    await known(page);
    assert.match(await answer(page, 'The capital of Egypt is'), /Vienna/);
    assert.match(await answer(page, german), /Rom/, 'other edits leave this one');
    assert.match(await answer(page, 'Die Hauptstadt von Japan ist'), /Tokio/, 'and what was not edited');

    assert.equal((await rows(page, 'Edits')).length, 7);
    const accuracy = await rows(page, 'Accuracy by language');
    for (const name of ['English', ...OTHERS])
      assert.ok(
        accuracy.some((row) => row.startsWith(name) && row.includes('100.0')),
        name,
      );
    for (const [name, figures] of Object.entries(FIGURES)) {
      await tab(page, name);
      for (const figure of figures)
        assert.equal(await page.getByRole('figure', { name: figure, exact: true }).count(), 1, figure);
    }
    await tab(page, 'Null space');
    await picture(page, 'figures', 'light', 1440, 900, page.getByRole('tablist'));

    const { page: other, complaints: heard } = await open(browser, page.url(), OWN);
    assert.equal(await other.getByText('Link’s result:').locator('strong').innerText(), 'reproduced');
    assert.match(await answer(other, german), /Rom/);
    assert.deepEqual([...complaints, ...heard], []);
  },
);
