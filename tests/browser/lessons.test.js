// The lessons: prose, formula, experiment, figure, question; and the view for a wall.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, serveWithModel, open, SLOW } from './harness.js';
import { rows, settled } from './steps.js';

let site;
let browser;

before(async () => {
  site = await serveWithModel();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
});

test('every lesson has a formula, a figure and a question that answers', { timeout: 2 * SLOW }, async () => {
  const { page, complaints } = await open(browser, `${site.url}?lesson=1`);
  for (let number = 1; number <= 5; number += 1) {
    const heading = page.getByRole('heading', { name: new RegExp(`^${number}\\. `) });
    await heading.waitFor();
    assert.equal(await page.locator('article math').count(), 1);
    assert.ok((await page.locator('.figures svg').count()) >= 1, `lesson ${number} shows a figure before anything was run`);
    const options = page.getByRole('region', { name: 'Checkpoint' }).getByRole('radio');
    assert.equal(await options.count(), 3);
    await options.first().check();
    assert.match(await page.locator('.why').innerText(), /\S{3}/);
    if (number < 5) await page.getByRole('button', { name: 'Next lesson' }).click();
  }
  assert.equal(new URL(page.url()).searchParams.get('lesson'), '5');
  await page.getByRole('checkbox', { name: 'Teacher view' }).check();
  assert.equal(await page.getByRole('banner').count(), 0, 'a wall shows the lesson and nothing else');
  await page.getByRole('checkbox', { name: 'Teacher view' }).uncheck();
  await page.getByRole('button', { name: 'To the playground' }).click();
  assert.equal(new URL(page.url()).search.includes('lesson'), false);
  assert.equal(await page.getByRole('form', { name: 'New fact' }).count(), 1);
  assert.deepEqual(complaints, []);
});

test('a lesson’s experiment opens in the playground', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&lesson=1`);
  await page.getByRole('button', { name: 'Open in the playground' }).click();
  await page.waitForFunction(() => document.documentElement.dataset.state === 'busy');
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /The capital of France is.*Tokyo/s);
});

test('other languages say that the lessons are in English', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?lesson=2&ui=fr`);
  await page.getByText('Les leçons sont en anglais pour l’instant.').waitFor();
  assert.equal(await page.locator('article').getAttribute('lang'), 'en');
});
