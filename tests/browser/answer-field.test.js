// The field in which an answer of the stage is changed: what it says, what it covers, and what happens to a press beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, OWN, server } from './built.js';
import { answerIn, answers, settled, teach } from './steps.js';

const PHONE = { ...OWN, viewport: { width: 390, height: 844 } };
const row = (page, language) => answers(page).locator(`[data-language=${language}]`);
const field = (page, name) => answers(page).getByRole('combobox', { name, exact: true });

test(
  'a press beside an open answer does what it aims at, and the page stays where it is',
  { timeout: 4 * SLOW },
  async () => {
    const { page } = await open(browser, `${server.url}?device=cpu`, PHONE);
    await answerIn(page, 'English').click();
    await field(page, 'English').waitFor();
    const button = page.getByRole('button', { name: 'Teach all six' });
    await button.scrollIntoViewIfNeeded();
    const top = await page.evaluate(() => scrollY);
    const { x, y, height } = await button.boundingBox();
    // As a finger does it, not as a script: down, and up at the same place.
    await page.mouse.move(x + 40, y + height - 3);
    await page.mouse.down();
    await page.waitForTimeout(80);
    await page.mouse.up();
    await row(page, 'zh').and(page.locator('[data-state=edited]')).waitFor({ timeout: SLOW });
    assert.equal(await answers(page).getByRole('combobox').count(), 0, 'the field is closed');
    const moved = (await page.evaluate(() => scrollY)) - top;
    assert.ok(Math.abs(moved) < 100, `and the page has not jumped to its row: ${moved} pixels`);
    await page.context().close();
  },
);

test(
  'who gets the answer is said beside the other answers, and nothing lies on it',
  { timeout: 2 * SLOW },
  async () => {
    for (const options of [OWN, PHONE]) {
      const { page } = await open(browser, `${server.url}?device=cpu`, options);
      await answerIn(page, 'German').click();
      const hint = row(page, 'de').getByText(/^Only in German/);
      await answers(page).getByRole('option').first().waitFor();
      assert.equal(await hint.getAttribute('id'), await field(page, 'German').getAttribute('aria-describedby'));
      const seen = await hint.evaluate((element) => {
        const { left, top, width, height } = element.getBoundingClientRect();
        return [0.05, 0.5, 0.95].every((down) =>
          element.contains(document.elementFromPoint(left + width / 3, top + height * down)),
        );
      });
      assert.ok(seen, 'something lies on it');
      await page.context().close();
    }
  },
);

test('a long answer is read from its beginning', { timeout: 4 * SLOW }, async () => {
  const { page } = await open(browser, `${server.url}?device=cpu`, PHONE);
  const long = 'the old town on the seven hills by the river, which never sleeps';
  await answerIn(page, 'Dutch').click();
  await field(page, 'Dutch').pressSequentially(long);
  await page.getByRole('button', { name: 'Another fact' }).focus();
  assert.equal(await field(page, 'Dutch').evaluate((input) => input.scrollLeft), 0, 'in the field');
  await field(page, 'Dutch').press('Escape');
  await teach(page, 'English', long);
  assert.equal(await settled(page), 'ready');
  const { left, first } = await answerIn(page, 'English').evaluate((button) => {
    const range = document.createRange();
    range.setStart(button.firstChild, 0);
    range.setEnd(button.firstChild, 1);
    return { left: button.getBoundingClientRect().left, first: range.getBoundingClientRect().left };
  });
  assert.ok(first >= left, `its first letter lies ${left - first} pixels beyond the side`);
  // Where the model says something else, what was written stands below, from its beginning too.
  await row(page, 'en').getByText('edited to “the old town on the seve…”, but answers something else').waitFor();
  await page.context().close();
});

test('what would become of the answers is shown until it does', { timeout: 4 * SLOW }, async () => {
  const { page } = await open(browser, `${server.url}?device=cpu`, OWN);
  const button = page.getByRole('button', { name: 'Teach all six' });
  await button.hover();
  assert.equal(
    await answers(page)
      .getByText(/^would become/)
      .count(),
    6,
  );
  await page.evaluate(() => {
    globalThis.seen = 0;
    new MutationObserver(() => {
      if (document.querySelector('.coming') && /would become/.test(document.body.textContent)) globalThis.seen += 1;
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await button.click();
  assert.equal(await settled(page), 'ready');
  assert.equal(await page.evaluate(() => globalThis.seen), 0, 'nothing is foretold while it is made');
  await page.getByRole('region', { name: 'Stream' }).getByRole('button', { name: 'Undo' }).click();
  assert.equal(await settled(page), 'ready');
  assert.equal(
    await answers(page)
      .getByText(/^would become/)
      .count(),
    0,
    'nor when nobody points at the button',
  );
});
