// Where things stand on the stage: nothing wraps, covers or hides something else, whatever it holds, on a desk and on a phone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, OWN, server } from './built.js';
import { answerIn, settled, teach } from './steps.js';

const UIS = ['en', 'de', 'nl', 'fr', 'es', 'zh'];
const PHONE = { ...OWN, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const figure = (page) => page.getByRole('figure', { name: 'What else moved' });

/** Pixels by which one box reaches into another. */
const shared = (a, b) =>
  Math.min(
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x),
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y),
  );

test('the buttons of the stage stay in one line, whatever they hold', { timeout: 6 * SLOW }, async () => {
  const { page } = await open(browser, `${server.url}?device=cpu`, OWN);
  const sum = page.locator('.sum');
  const lines = () =>
    sum.evaluate((element) => ({
      height: element.clientHeight,
      tops: new Set([...element.querySelectorAll('.actions :is(button, select)')].map((one) => one.offsetTop)).size,
      wide: element.scrollWidth - element.clientWidth,
    }));
  const before = await lines();
  assert.equal(before.tops, 1);
  await teach(page, 'English', 'Llanfairpwllgwyngyllgogerychwyrndrobwll');
  assert.equal(await settled(page), 'ready');
  for (const width of [1440, 1100, 800]) {
    await page.setViewportSize({ width, height: 900 });
    for (const ui of UIS) {
      await page.locator('header select').selectOption(ui);
      assert.deepEqual(await lines(), before, `${ui}, ${width} pixels wide`);
    }
  }
  await page.context().close();
});

test(
  'the marks of other facts say what they are about, and which they are to focus and finger',
  { timeout: 4 * SLOW },
  async () => {
    for (const options of [OWN, PHONE]) {
      const { page } = await open(browser, `${server.url}?device=cpu`, options);
      const marks = figure(page).getByRole('group', { name: /^English/ });
      const kinds = await marks.locator('.kinds span').allInnerTexts();
      assert.deepEqual(kinds, ['same kind', 'France', 'others']);
      const drawing = await marks.locator('> svg').boundingBox();
      const captions = await marks.locator('.kinds').boundingBox();
      assert.ok(captions.y + captions.height <= drawing.y + 1, 'their names stand above them');
      assert.ok(shared(captions, await answerIn(page, 'English').boundingBox()) <= 0);
      await marks.focus();
      const tip = marks.locator('.tip');
      assert.match(await tip.innerText(), /the same kind of fact\s+The capital of/);
      await marks.blur();
      await tip.waitFor({ state: 'detached' });
      if (options.hasTouch) {
        await page.touchscreen.tap(drawing.x + drawing.width / 2, drawing.y + drawing.height / 2);
        assert.match(await tip.innerText(), /the same subject/);
      }
      await page.context().close();
    }
  },
);

test('a heading of several columns stands over their middle', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, `${server.url}?device=cpu`, OWN);
  const table = page.getByRole('table', { name: 'Accuracy by language' });
  await table.getByText('token by token').first().waitFor();
  const off = await table.evaluate((element) => {
    const boxOf = (cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return range.getBoundingClientRect();
    };
    const [metrics, counted, when] = [...element.tHead.rows].map(({ cells }) => [...cells]);
    // The first cell of the head is that of the languages.
    const headings = [metrics.slice(1), counted].flatMap((row) => {
      let at = 0;
      return row.map((cell) => ({ cell, below: when.slice(at, (at += cell.colSpan)) }));
    });
    return headings.map(({ cell, below }) => {
      const [text, first, last] = [cell, below[0], below.at(-1)].map(boxOf);
      return Math.abs((text.left + text.right) / 2 - (first.left + last.right) / 2);
    });
  });
  assert.equal(off.length, 8);
  assert.ok(Math.max(...off) < 40, off.join(', '));
  await page.context().close();
});

test('the marks at the ends of the small chart lie on none of its words', { timeout: 6 * SLOW }, async () => {
  const { page } = await open(browser, `${server.url}?device=cpu`, OWN);
  await page.getByRole('button', { name: 'Teach all six' }).click();
  assert.equal(await settled(page), 'ready');
  const along = page.locator('.along');
  const words = [along.getByRole('heading'), along.getByRole('button', { name: 'token by token' })];
  const ends = await along.locator('.end svg').all();
  assert.equal(ends.length, 6);
  for (const end of ends) {
    const box = await end.boundingBox();
    for (const word of words) assert.ok(shared(box, await word.boundingBox()) <= 0, 'a mark lies on a word');
    const line = await along.locator('.lines > svg').boundingBox();
    assert.ok(box.x >= line.x + line.width - 1, 'a mark lies on a line');
  }
  await page.context().close();
});

test(
  'on a phone the strip of tabs shows that it goes on, and the open tab is in view',
  { timeout: 4 * SLOW },
  async () => {
    const { page } = await open(browser, `${server.url}?device=cpu`, PHONE);
    const list = page.getByRole('tablist');
    const sides = () =>
      list.evaluate((element) => ['before', 'after'].filter((side) => element.classList.contains(side)));
    assert.deepEqual(await sides(), ['after']);
    assert.match(await list.evaluate((element) => getComputedStyle(element).maskImage), /rgba\(0, 0, 0, 0\)\)$/);
    const { page: last } = await open(browser, `${server.url}?device=cpu&tab=facts`, PHONE);
    const box = await last.getByRole('tab', { name: 'My own facts' }).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390, `the open tab lies from ${box.x} on`);
    assert.equal(await last.evaluate(() => scrollY), 0);
    assert.ok(await last.getByRole('tablist').evaluate((element) => element.classList.contains('before')));
    for (const one of [page, last]) await one.context().close();
  },
);

test('whoever has no pointer is not told to click or drag', { timeout: 2 * SLOW }, async () => {
  for (const [options, words, drag] of [
    [OWN, 'click the answer to change it', true],
    [PHONE, 'tap the answer to change it', false],
  ]) {
    const { page } = await open(browser, `${server.url}?device=cpu`, options);
    await page.getByText(words).first().waitFor();
    assert.equal(await page.getByText('Drag steps to see how order matters.').isVisible(), drag);
    await page.context().close();
  }
});
