// Somebody's first minutes with the page and its own model, by the names that a person or a screen reader finds; and the pictures of it in README and static/GUIDE.md.
//
//   SCREENSHOTS=static/screenshots node --test tests/browser/newcomer.test.js      # from the root, writes the pictures anew

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, serve, SLOW } from './harness.js';
import { edit, rows, settled } from './steps.js';

/** The model that the page brings along. */
const OWN = { model: 'model/manifest.json' };
const GERMAN = { Subject: 'Frankreich', Prompt: 'Die Hauptstadt von Frankreich ist', 'New object': 'Rom' };
/** Languages of a fact of the catalogue beside English. */
const OTHERS = ['German', 'Dutch', 'French', 'Spanish', 'Chinese'];
const FIGURES = ['Key spectrum', 'Null-space projection', 'Language overlap', 'Accuracy matrix', 'Null-space budget'];

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

async function answer(page, prompt) {
  const ask = page.getByRole('region', { name: 'Ask the model' });
  await ask.getByLabel('Text to continue').fill(prompt);
  await ask.getByRole('button', { name: 'Continue' }).click();
  assert.equal(await settled(page), 'ready');
  return ask.getByRole('group', { name: 'Continuation' }).innerText();
}

/** Puts another capital of Egypt into the form, in six languages. */
async function known(page) {
  await page.getByRole('combobox', { name: 'Search known facts' }).fill('capital of egypt');
  await page.getByRole('option', { name: /^capital.*Egypt → Cairo/ }).click();
  await page.getByLabel('Instead of Cairo').fill('Vienna');
  for (const name of OTHERS) await page.getByRole('checkbox', { name, exact: true }).check();
  await page.getByRole('button', { name: 'Fill in the form' }).click();
  const form = page.getByRole('form', { name: 'New fact' });
  await form.getByLabel('Prompt (Chinese)').waitFor();
  assert.equal(await form.getByLabel('New object (German)').inputValue(), 'Wien');
  await form.getByRole('button', { name: 'Apply edit' }).click();
  assert.equal(await settled(page), 'ready');
}

/** The page as it is shown at that size, from an element on; nothing may stick out of it. */
async function picture(page, name, colorScheme, width, height, top) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height });
  await top.evaluate((found) => scrollTo(0, found.getBoundingClientRect().top + scrollY - 140));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${name}: ${wide} pixels wide`);
  const folder = process.env.SCREENSHOTS;
  const taken = await page.screenshot({ path: folder && resolve(folder, `${name}.png`) });
  assert.deepEqual([taken.readUInt32BE(16), taken.readUInt32BE(20)], [width, height]);
}

test(
  'a newcomer asks, edits a fact in two languages, sees what became of it, and passes it on',
  { timeout: 4 * SLOW },
  async () => {
    const { page, complaints } = await open(browser, `${server.url}?device=cpu`, {
      ...OWN,
      viewport: { width: 1440, height: 900 },
    });
    assert.match(await answer(page, GERMAN.Prompt), /Paris/);
    await edit(page, GERMAN, 'de');
    assert.match(await answer(page, GERMAN.Prompt), /Rom/);
    assert.match(
      (await rows(page, 'Accuracy by language')).find((row) => row.startsWith('German')),
      /^German(\s+[\d.]+){10}$/,
      'the catalogue has questions for a fact written by hand',
    );
    await known(page);
    assert.match(await answer(page, 'The capital of Egypt is'), /Vienna/);
    assert.match(await answer(page, GERMAN.Prompt), /Rom/, 'other edits leave this one');
    assert.match(await answer(page, 'Die Hauptstadt von Japan ist'), /Tokio/, 'and what was not edited');

    assert.equal((await rows(page, 'Edits')).length, 7);
    const accuracy = await rows(page, 'Accuracy by language');
    for (const name of ['English', ...OTHERS])
      assert.ok(
        accuracy.some((row) => row.startsWith(name) && row.includes('100.0')),
        name,
      );
    for (const name of FIGURES) assert.equal(await page.getByRole('figure', { name, exact: true }).count(), 1, name);

    const title = page.getByRole('heading', { level: 1 });
    await picture(page, 'page', 'light', 1440, 900, title);
    await picture(page, 'figures', 'light', 1440, 900, page.getByRole('figure', { name: 'Key spectrum', exact: true }));
    await picture(page, 'dark', 'dark', 1440, 900, title);
    await picture(page, 'phone', 'light', 390, 844, title);

    const { page: other, complaints: heard } = await open(browser, page.url(), OWN);
    assert.equal(await other.getByText('Link’s result:').locator('strong').innerText(), 'reproduced');
    assert.match(await answer(other, GERMAN.Prompt), /Rom/);
    assert.deepEqual([...complaints, ...heard], []);
  },
);
