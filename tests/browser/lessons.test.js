// The lessons: prose, formula, experiment, figure, question; in every language of the interface; and the view for a wall.

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

/** The numbers of the plane's table: the old answer's movement and what the new one lacks, without the projector and with it. */
async function numbers(page) {
  const cells = await page.locator('.numbers td').allInnerTexts();
  const [movedWithout, movedWith, lacksWithout, lacksWith] = cells.map(Number);
  return { movedWithout, movedWith, lacksWithout, lacksWith };
}

test('every lesson has formulas, live figures and questions that answer', { timeout: 2 * SLOW }, async () => {
  const { page, complaints } = await open(browser, `${site.url}?lesson=1`);
  for (let number = 1; number <= 5; number += 1) {
    await page.getByRole('heading', { name: new RegExp(`^${number}\\. `) }).waitFor();
    const parts = await page.locator('article math').count();
    assert.ok(parts >= 1);
    await page.waitForFunction((count) => document.querySelectorAll('.figures svg').length >= count, parts, { timeout: SLOW });
    const questions = page.getByRole('region', { name: 'Checkpoint' });
    assert.equal(await questions.count(), parts, `lesson ${number} asks in every part`);
    for (const question of await questions.all()) {
      assert.equal(await question.getByRole('radio').count(), 3);
      for (const option of await question.getByRole('radio').all()) {
        await option.check();
        assert.match(await question.getByRole('status').innerText(), /[✓✗] .{8}/);
      }
      assert.equal(await question.locator('.right').count() + (await question.locator('.wrong').count()), 1);
    }
    if (number < 5) await page.getByRole('button', { name: 'Next lesson' }).click();
  }
  assert.equal(new URL(page.url()).searchParams.get('lesson'), '5');
  await page.getByRole('checkbox', { name: 'Teacher view' }).check();
  assert.equal(await page.getByRole('banner').count(), 0, 'a wall shows the lesson and nothing else');
  assert.equal(await page.getByRole('button', { name: 'CSV' }).count(), 0);
  await page.getByRole('checkbox', { name: 'Teacher view' }).uncheck();
  await page.getByRole('button', { name: 'To the playground' }).click();
  assert.equal(new URL(page.url()).search.includes('lesson'), false);
  assert.equal(await page.getByRole('form', { name: 'New fact' }).count(), 1);
  assert.deepEqual(complaints, []);
});

test('the plane: projecting keeps the old answer exactly, and parallel keys leave nothing', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?lesson=2`);
  const fresh = page.getByRole('slider', { name: 'new key' });
  await fresh.waitFor();
  const first = await numbers(page);
  assert.ok(first.movedWithout > 1 && first.movedWith === 0, JSON.stringify(first));
  assert.ok(first.lacksWith > first.lacksWithout, 'safety is paid for with what gets written');

  const place = await fresh.getAttribute('aria-valuetext');
  await fresh.press('ArrowLeft');
  assert.notEqual(await fresh.getAttribute('aria-valuetext'), place, 'the arrow keys move a key');
  const from = await fresh.boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x - 60, from.y + 40, { steps: 4 });
  await page.mouse.up();
  const to = await fresh.boundingBox();
  assert.ok(to.x < from.x - 40, 'and so does the pointer');

  await page.getByRole('radio', { name: 'on', exact: true }).check({ force: true });
  await page.getByRole('button', { name: 'at a right angle' }).click();
  const apart = await numbers(page);
  assert.equal(apart.lacksWith, apart.lacksWithout, 'at a right angle the projector takes nothing away');
  await page.getByRole('button', { name: 'parallel' }).click();
  const same = await numbers(page);
  assert.equal(same.movedWith, 0);
  assert.ok(same.movedWithout > 1);
  await page.getByText('nothing at all is written').waitFor();
  await page.getByText('P k = 0').first().waitFor();
});

test('a lesson’s experiment opens in the playground', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&lesson=1`);
  await page.getByRole('button', { name: 'Open in the playground' }).first().click();
  await page.waitForFunction(() => document.documentElement.dataset.state === 'busy');
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /The capital of France is.*Tokyo/s);
});

test('merging runs on the open model, every way of it', { timeout: 4 * SLOW }, async () => {
  const { page, complaints } = await open(browser, `${site.address}&lesson=5`);
  await page.getByText('recorded with the page’s own model').waitFor();
  await page.getByRole('button', { name: 'Run it on this model' }).click();
  await page.waitForFunction(() => document.documentElement.dataset.state === 'busy');
  assert.equal(await settled(page), 'ready');
  assert.equal(await page.getByText('recorded with the page’s own model').count(), 0, 'what is shown is the reader’s own');
  const figure = page.getByRole('figure', { name: 'Alone and merged' });
  await figure.getByRole('button', { name: 'Table' }).click();
  const table = await figure.getByRole('table').innerText();
  for (const way of ['Sum', 'Mean', 'TSVM', 'Sum, shared covariance']) assert.match(table, new RegExp(`^${way}\\s`, 'm'));
  assert.deepEqual(complaints, []);
});

const FIRST = {
  en: /^1\. Facts/,
  de: /^1\. Fakten/,
  nl: /^1\. Feiten/,
  fr: /^1\. Les faits/,
  es: /^1\. Los hechos/,
  zh: /^1\. 事实/,
};

for (const [language, title] of Object.entries(FIRST)) {
  test(`the lessons are written in ${language}, and no other language is loaded`, { timeout: SLOW }, async () => {
    const { page, complaints } = await open(browser, `${site.url}?lesson=1&ui=${language}`, { viewport: { width: 390, height: 844 } });
    await page.getByRole('heading', { name: title }).waitFor();
    assert.equal(await page.locator('article').getAttribute('lang'), language);
    for (let number = 1; number <= 5; number += 1) {
      await page.locator('h2', { hasText: new RegExp(`^${number}\\. `) }).waitFor();
      await page.locator('.figures svg').first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `lesson ${number} is ${wide} pixels wider than a phone`);
      if (number < 5) await page.locator('.turn .primary').click();
    }
    const texts = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => /\/(en|de|nl|fr|es|zh)-[\w-]+\.js$/.exec(name)?.[1])
        .filter(Boolean),
    );
    assert.deepEqual([...new Set(texts)], [language]);
    assert.deepEqual(complaints, []);
  });
}
