// The lessons: prose, formula, experiment, figure, question; in every language of the interface; and the view for a wall.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { rows, settled } from './steps.js';

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
    await page.locator('article math').first().waitFor({ state: 'attached' });
    const parts = await page.locator('article math').count();
    assert.ok(parts >= 1);
    assert.equal(await page.locator('article .katex-error').count(), 0);
    await page.waitForFunction((count) => document.querySelectorAll('.figures svg').length >= count, parts, {
      timeout: SLOW,
    });
    const questions = page.getByRole('region', { name: 'Checkpoint' });
    assert.equal(await questions.count(), parts, `lesson ${number} asks in every part`);
    for (const question of await questions.all()) {
      assert.equal(await question.getByRole('radio').count(), 3);
      for (const option of await question.getByRole('radio').all()) {
        await option.check();
        assert.match(await question.getByRole('status').innerText(), /[✓✗] .{8}/);
      }
      assert.equal((await question.locator('.right').count()) + (await question.locator('.wrong').count()), 1);
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
  assert.equal(await page.getByRole('region', { name: 'Answers by language' }).count(), 1);
  assert.deepEqual(complaints, []);
});

/** Of a figure: a row of its data table, as numbers; every number that follows the row's name. */
async function cells(figure, name) {
  const row = figure.locator('.data tbody tr').filter({ hasText: name });
  return (await row.locator('td').allInnerTexts()).slice(1).map(Number);
}

test(
  'both figures draw what the engine solves, without a model, as fast as a hand moves',
  { timeout: 2 * SLOW },
  async () => {
    const { page, complaints } = await open(browser, `${site.url}?lesson=2`);
    for (const [title, old, handle] of [
      ['in two dimensions', 'k_old', true],
      ['in three dimensions', 'past key 2', false],
    ]) {
      const figure = page.getByRole('figure', { name: `The null space ${title}` });
      await figure.getByRole('button', { name: 'Table' }).click();
      await page.waitForFunction(
        (name) =>
          [...document.querySelectorAll('.data tr')].some(
            (row) => row.innerText.includes(name) && !row.innerText.includes('–'),
          ),
        old,
      );
      // With a plane the columns are without P and with it, in space x, y, z, with P and without.
      const moved = async () => {
        const numbers = await cells(figure, old);
        return handle ? { plain: numbers[0], projected: numbers[1] } : { plain: numbers[4], projected: numbers[3] };
      };
      const before = await moved();
      assert.ok(before.plain > 0.01 && before.projected < 1e-9, `${title}: ${JSON.stringify(before)}`);
      const grip = handle ? figure.getByRole('slider', { name: 'new key' }) : figure.locator('.chart .grip-fresh');
      await figure.locator('.chart').scrollIntoViewIfNeeded();
      const box = await grip.boundingBox();
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      const seen = new Set();
      for (let i = 1; i <= 12; i += 1) {
        await page.mouse.move(box.x + box.width / 2 - 4 * i, box.y + box.height / 2 + 3 * i);
        const now = await moved();
        assert.ok(now.projected < 1e-9, `${title}: ${JSON.stringify(now)}`);
        seen.add(now.plain);
      }
      await page.mouse.up();
      assert.ok(seen.size > 3, `the numbers follow the hand: ${[...seen]}`);
    }
    assert.deepEqual(complaints, []);
  },
);

test('the figures are drawn while the engine edits', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&lesson=1`);
  await page.getByRole('button', { name: 'Run it on this model' }).first().click();
  await page.waitForFunction(() => document.documentElement.dataset.state === 'busy');
  await page.getByRole('button', { name: 'Next lesson' }).click();
  await page.locator('.null-line').first().waitFor();
  assert.equal(await settled(page), 'ready');
});

test('until the engine has arrived the figures draw keys and span', { timeout: SLOW }, async () => {
  let free = () => undefined;
  const held = new Promise((resolve) => (free = resolve));
  const route = (context) =>
    context.route(/langedit_bg[^/]*\.zst$/, async (request) => held.then(() => request.continue()));
  const { page } = await open(browser, `${site.url}?lesson=2`, { route, expect: 'loading' });
  await page.locator('.span-line').first().waitFor();
  assert.equal(await page.locator('article .finding', { hasText: 'is on its way' }).count(), 2);
  assert.equal(await page.locator('.null-line').count(), 0);
  assert.ok((await page.locator('.numbers td').allInnerTexts()).every((cell) => cell === '–'));
  free();
  await page.locator('.null-line').first().waitFor();
  assert.equal(await page.locator('article .finding', { hasText: 'is on its way' }).count(), 0);
});

test(
  'the plane: projecting keeps the old answer exactly, and parallel keys leave nothing',
  { timeout: SLOW },
  async () => {
    const { page } = await open(browser, `${site.url}?lesson=2`);
    const fresh = page.getByRole('slider', { name: 'new key' });
    await fresh.waitFor();
    await page.locator('.null-line').first().waitFor();
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
    await page.waitForFunction(() => document.querySelectorAll('.numbers td')[5]?.textContent === '1.00');
    const apart = await numbers(page);
    assert.equal(apart.lacksWith, apart.lacksWithout, 'at a right angle the projector takes nothing away');
    await page.getByRole('button', { name: 'parallel' }).click();
    await page.getByText('nothing at all is written').waitFor();
    const same = await numbers(page);
    assert.equal(same.movedWith, 0);
    assert.ok(same.movedWithout > 1);
    await page.getByText('P k = 0').first().waitFor();
  },
);

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
  assert.equal(
    await page.getByText('recorded with the page’s own model').count(),
    0,
    'what is shown is the reader’s own',
  );
  const figure = page.getByRole('figure', { name: 'Alone and merged' });
  await figure.getByRole('button', { name: 'Table' }).click();
  const table = await figure.getByRole('table').innerText();
  for (const way of ['Sum', 'Mean', 'TSVM', 'Sum, shared covariance'])
    assert.match(table, new RegExp(`^${way}\\s`, 'm'));
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
    const { page, complaints } = await open(browser, `${site.url}?lesson=1&ui=${language}`, {
      viewport: { width: 390, height: 844 },
    });
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
