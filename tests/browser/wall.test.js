// Figures on a wall, under a finger, and as a file.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';

/** Least height of a word in the drawings of an element, in pixels of the screen. */
const wordHeight = (within) =>
  within
    .locator('.chart svg text')
    .evaluateAll((words) => Math.min(...words.map((word) => word.getBoundingClientRect().height)));

test('on a whole screen a figure’s words grow with it, and it fits', { timeout: 2 * SLOW }, async () => {
  for (const [tab, name] of [
    ['accuracy', 'Accuracy before and after'],
    ['nullspace', 'Key spectrum'],
    ['nullspace', 'Language overlap'],
  ]) {
    const { page } = await open(browser, `${site.url}?tab=${tab}`, { viewport: { width: 1440, height: 900 } });
    const figure = page.getByRole('figure', { name, exact: true });
    await figure.locator('.chart svg text').first().waitFor();
    const before = await wordHeight(figure);
    await figure.getByRole('button', { name: 'Full screen' }).click();
    const leave = figure.getByRole('button', { name: 'Exit full screen' });
    await leave.waitFor();
    await page.waitForFunction(() => {
      const { scrollHeight, clientHeight } = document.fullscreenElement;
      return scrollHeight <= clientHeight + 1;
    });
    const within = await figure.evaluate((whole) =>
      [...whole.querySelectorAll('.chart svg, button.whole-screen')].every(
        (part) => part.getBoundingClientRect().bottom <= innerHeight,
      ),
    );
    assert.ok(within, `${name} is cut off`);
    const after = await wordHeight(figure);
    assert.ok(after >= 1.15 * before, `${name}: words of ${before} pixels have ${after}`);
    await leave.click();
    await figure.getByRole('button', { name: 'Full screen', exact: true }).waitFor();
    await page.waitForFunction(() => document.fullscreenElement === null);
    assert.equal(Math.round(await wordHeight(figure)), Math.round(before), 'and are what they were afterwards');
  }
});

for (const [width, least] of [
  [1440, 20],
  [2560, 32],
]) {
  test(
    `the teacher’s view fills ${width} pixels, and its drawings can be read from afar`,
    { timeout: SLOW },
    async () => {
      const { page } = await open(browser, `${site.url}?lesson=3&teacher=1`, { viewport: { width, height: 900 } });
      const figures = page.locator('.figures');
      await figures.locator('.chart svg text').first().waitFor();
      assert.ok((await wordHeight(figures)) >= least);
      const box = await figures.boundingBox();
      assert.ok(box.width > 0.9 * width, `the figures are ${box.width} wide`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await figures.getByRole('button', { name: 'Full screen' }).first().waitFor();
      await page.getByRole('button', { name: /When the null space is used up/ }).click();
      await page.getByRole('heading', { name: /^4\. / }).waitFor();
      assert.ok(
        await page.getByRole('checkbox', { name: 'Teacher view' }).isChecked(),
        'another lesson leaves the view',
      );
    },
  );
}

/** Where an element is, once it has come to rest. */
async function resting(locator) {
  for (let before = null; ;) {
    const box = await locator.boundingBox();
    if (before && box.x === before.x && box.y === before.y) return box;
    before = box;
    await locator.page().waitForTimeout(300);
  }
}

/** Moves a finger, from a point by so many pixels. */
async function swipe(page, [x, y], [dx, dy]) {
  const touch = await page.context().newCDPSession(page);
  const send = (type, points) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: points });
  await send('touchStart', [{ x, y }]);
  for (let i = 1; i <= 8; i += 1) await send('touchMove', [{ x: x + (dx * i) / 8, y: y + (dy * i) / 8 }]);
  await send('touchEnd', []);
}

test(
  'over the figure in three dimensions a finger scrolls the page, turns the view or moves a key',
  { timeout: 2 * SLOW },
  async () => {
    const { page } = await open(browser, `${site.url}?lesson=2`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const figure = page.getByRole('figure', { name: 'The null space in three dimensions' });
    const chart = figure.locator('.chart');
    await figure.locator('.null-line').first().waitFor();
    await chart.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const at = async () => {
      const box = await resting(chart);
      return [box.x + 24, box.y + box.height - 40];
    };
    const top = () => page.evaluate(() => scrollY);
    const drawn = () => figure.locator('.null-line').first().getAttribute('x1');

    const [before, line] = [await top(), await drawn()];
    await swipe(page, await at(), [0, -200]);
    await page.waitForFunction((was) => scrollY > was + 80, before, { timeout: 10_000 });
    assert.equal(await drawn(), line, 'scrolling turns nothing');

    await chart.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await page.waitForTimeout(500);
    const across = () => figure.locator('.arrow').first().getAttribute('x2');
    const unturned = await across();
    await swipe(page, await at(), [90, 0]);
    await page.waitForTimeout(500);
    assert.notEqual(await across(), unturned, 'sideways turns the view');
    const finding = await figure.locator('.finding').innerText();

    // What a finger does to a page that is still at work is taken as a scroll: then it tries again.
    const said = () => figure.locator('.finding').innerText();
    for (let tries = 0; tries < 4 && (await said()) === finding; tries += 1) {
      const fresh = figure.locator('.grip-fresh');
      await fresh.evaluate((element) => element.scrollIntoView({ block: 'center' }));
      const grip = await resting(fresh);
      await swipe(page, [grip.x + grip.width / 2, grip.y + grip.height / 2], [0, 60]);
      await page.waitForTimeout(1500);
    }
    assert.notEqual(await said(), finding, 'and the arrowhead moves the key');
  },
);

test('a picture says what it is of and what made it', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?tab=accuracy`);
  const figure = page.getByRole('figure', { name: 'Accuracy before and after', exact: true });
  await figure.locator('.chart svg text').first().waitFor();
  const download = page.waitForEvent('download');
  await figure.getByRole('button', { name: 'SVG' }).click();
  const svg = readFileSync(await (await download).path(), 'utf8');
  const said = await page.evaluate((text) => {
    const picture = new DOMParser().parseFromString(text, 'image/svg+xml');
    const [, top, , height] = picture.documentElement.getAttribute('viewBox').split(' ').map(Number);
    return {
      words: [...picture.querySelectorAll('text')].map((word) => word.textContent).join('\n'),
      inside: [...picture.querySelectorAll('text')].every(
        (word) => Number(word.getAttribute('y')) > top && Number(word.getAttribute('y')) < top + height,
      ),
    };
  }, svg);
  assert.match(said.words, /Accuracy before and after\n?/);
  assert.match(said.words, /Average efficacy went from/);
  assert.match(said.words, /LangEdit · .* · seed 0/);
  assert.ok(said.inside);
});
