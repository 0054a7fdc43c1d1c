// What an edit would do to earlier facts, shown before it is made.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { ask, edit, FACT, formOf, OTHER, rows, settled, tab, write } from './steps.js';

test(
  'a preview says what an edit would move, leaves the model alone, and has its measure beside it once applied',
  { timeout: 3 * SLOW },
  async () => {
    const { page, complaints } = await open(browser, site.address);
    const preview = page.getByRole('button', { name: 'Preview', exact: true });
    await tab(page, 'My own facts');
    assert.equal(await preview.count(), 0, 'before the first edit there is nothing to disturb');
    await edit(page, FACT);
    assert.equal(await preview.isEnabled(), false, 'the form holds no fact');
    const before = { answer: await ask(page, FACT.Prompt), edits: await rows(page, 'Edits'), link: page.url() };

    await write(page, OTHER);
    const tried = await watchStages(page);
    await preview.focus();
    await page.keyboard.press('Enter');
    const effect = page.getByRole('region', { name: 'Effect on earlier facts' });
    const finding = effect.getByRole('status');
    await finding.filter({ hasText: /^Applying this would/ }).waitFor({ timeout: SLOW });
    assert.equal(await settled(page), 'ready');
    assert.ok((await tried()).some((text) => text.includes('finding target values')));
    assert.equal(
      await preview.evaluate((button) => button === document.activeElement),
      true,
      'the keyboard stays where it was',
    );
    assert.ok((await effect.locator('rect.bar-soft').count()) === 1, 'a bar for the one earlier fact');
    const predicted = await effect.locator('svg').innerHTML();
    await effect.getByRole('group').focus();
    await page.keyboard.press('ArrowRight');
    await effect
      .getByText(/Fact fact-1, English: .*% predicted$/)
      .first()
      .waitFor();
    assert.deepEqual(
      { answer: await ask(page, FACT.Prompt), edits: await rows(page, 'Edits'), link: page.url() },
      before,
    );

    // Another object is another edit; the same one again is the same.
    const object = (await formOf(page)).getByLabel('New object');
    await object.fill('Veldania');
    assert.equal(await effect.count(), 0);
    await object.fill(OTHER['New object']);
    assert.equal(await effect.locator('svg').innerHTML(), predicted);

    const applied = await watchStages(page);
    await page.getByRole('button', { name: 'Apply edit' }).click();
    await finding.filter({ hasText: /^It moved .*Predicted: / }).waitFor({ timeout: SLOW });
    assert.equal(await settled(page), 'ready');
    assert.equal(
      (await applied()).some((text) => text.includes('finding target values')),
      false,
      'what the preview has made is taken over',
    );
    assert.equal(await effect.locator('rect.bar').count(), 1);

    // The result is the one that an edit without a preview has.
    const link = new URL(page.url()).hash;
    assert.equal((await rows(page, 'Edits')).length, 2);
    const { page: other } = await open(browser, site.address);
    await edit(other, FACT);
    await edit(other, OTHER);
    assert.equal(new URL(other.url()).hash, link);

    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await settled(page), 'ready');
    await tab(page, 'My own facts');
    assert.equal(await effect.count(), 0);
    assert.deepEqual(await ask(page, FACT.Prompt), before.answer);
    assert.deepEqual(complaints, []);
  },
);

test('a preview can be stopped', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  await edit(page, FACT);
  const answer = await ask(page, FACT.Prompt);
  await write(page, OTHER);
  const preview = page.getByRole('button', { name: 'Preview', exact: true });
  // A tiny model is faster than a person: the page presses the button again as soon as it can stop something.
  await preview.evaluate((button) => {
    new MutationObserver((_, observer) => {
      if (button.textContent.trim() !== 'Cancel') return;
      observer.disconnect();
      button.click();
    }).observe(button, { childList: true, characterData: true, subtree: true });
    button.click();
  });
  await preview.waitFor();
  assert.equal(await settled(page), 'ready');
  assert.equal(await page.getByRole('region', { name: 'Effect on earlier facts' }).count(), 0);
  assert.deepEqual(await ask(page, FACT.Prompt), answer);
});

/** Notes what the status line says from now on. */
async function watchStages(page) {
  await page.evaluate(() => {
    const stages = (globalThis.stages = []);
    const text = (name) => document.querySelector(name)?.textContent ?? '';
    // The switch in its other position is another edit, tried once this one is made.
    const note = () => text('.doing').startsWith('Trying the switch') || stages.push(text('.amount'));
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => globalThis.stages);
}
