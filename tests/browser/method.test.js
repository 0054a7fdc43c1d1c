// Method, settings, comparison, and the question to both models.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { ask, edit, FACT, rows, settled, tab } from './steps.js';

test('another method runs the facts again, and undoing brings the first one back', { timeout: 3 * SLOW }, async () => {
  const { page, complaints } = await open(browser, site.address);
  await tab(page, 'Model and settings');
  const method = page.getByLabel('Method', { exact: true });
  assert.ok((await method.locator('option').count()) >= 4);
  await edit(page, FACT);
  const link = new URL(page.url()).hash;
  await tab(page, 'Model and settings');
  await method.selectOption('memit');
  assert.equal(await settled(page), 'ready');
  assert.notEqual(new URL(page.url()).hash, link);
  assert.equal(await page.getByLabel('Projector').count(), 0, 'MEMIT does not project');
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await settled(page), 'ready');
  assert.equal(await method.inputValue(), 'langedit');
  assert.equal(new URL(page.url()).hash, link);

  const threshold = page.getByLabel('Null-space threshold');
  const before = await threshold.inputValue();
  await threshold.fill('a lot');
  await threshold.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Null-space threshold' }).waitFor();
  assert.equal(new URL(page.url()).hash, link, 'what is not legal changes nothing');
  await threshold.press('Escape');
  assert.equal(await threshold.inputValue(), before);
  await threshold.fill('40%');
  await threshold.press('Enter');
  // Whether it is legal is asked before anything is run.
  await page.locator('.field', { has: threshold }).getByText('default').waitFor();
  assert.equal(await settled(page), 'ready');
  assert.match(await threshold.inputValue(), /0\.4|40/);
  assert.match(await page.locator('.field', { has: threshold }).innerText(), /default/);
  assert.deepEqual(complaints, []);
});

test('methods run side by side and leave the edits alone', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  await tab(page, 'Compare methods');
  const run = page.getByRole('button', { name: 'Run them side by side' });
  assert.equal(await run.isEnabled(), false, 'there is nothing to compare yet');
  await edit(page, FACT);
  const before = { edits: await rows(page, 'Edits'), answer: await ask(page, FACT.Prompt), link: page.url() };
  await tab(page, 'Compare methods');
  await page.getByRole('checkbox', { name: 'AlphaEdit' }).uncheck();
  await run.click();
  assert.equal(await settled(page), 'ready');
  const averages = page.getByRole('table', { name: 'Averages over all languages' });
  await averages.waitFor();
  assert.deepEqual(await averages.locator('thead th').allInnerTexts(), ['Method', 'MEMIT', 'LangEdit']);
  const measures = await averages.locator('tbody th').allInnerTexts();
  assert.deepEqual(measures.slice(0, 3), [
    'Efficacy %, whole answers',
    'Other answers as before, of 120',
    'Generality %, whole answers',
  ]);
  // The stage's 120 facts are asked under each method.
  const others = averages.getByRole('row', { name: 'Other answers as before, of 120' }).locator('td');
  for (const kept of await others.allInnerTexts()) assert.ok(Number(kept) <= 120 && /^\d+$/.test(kept), kept);
  assert.equal(await others.count(), 2);
  await page.getByText('They are not kept: reloading the page loses them.').waitFor();
  const figure = page.getByRole('figure', { name: 'Methods side by side' });
  assert.match(await figure.locator('.finding').innerText(), /efficacy.*of 120/);
  const wide = await page.evaluate(() =>
    [...document.querySelectorAll('.scroll')]
      .filter((box) => box.scrollWidth > box.clientWidth + 1)
      .map((box) => box.ariaLabel),
  );
  assert.deepEqual(wide, [], 'no table is cut off');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the results' }).first().click();
  const reports = JSON.parse(readFileSync(await (await download).path(), 'utf8'));
  assert.deepEqual(Object.keys(reports), ['memit', 'langedit']);
  assert.deepEqual(
    { edits: await rows(page, 'Edits'), answer: await ask(page, FACT.Prompt), link: page.url() },
    before,
  );
});

test('a question goes to the edited model and to the one before', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  const before = await ask(page, FACT.Prompt);
  assert.equal(await page.getByRole('table', { name: 'Likeliest before editing' }).count(), 0);
  await edit(page, FACT);
  const edited = await ask(page, FACT.Prompt);
  assert.notDeepEqual(edited, before);
  assert.deepEqual(await rows(page, 'Likeliest before editing'), before.rows);
  assert.equal(await page.getByRole('group', { name: 'Before editing' }).innerText(), before.text);
});

test('a refused setting is marked, and says beside it what may stand there', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&tab=model`);
  const layers = page.getByLabel('Layers', { exact: true });
  assert.match(await page.locator('.field', { has: layers }).innerText(), /layers 0 to \d+\./);
  const before = await layers.inputValue();
  await layers.fill('40-50');
  await layers.press('Enter');
  const why = page.getByRole('alert').filter({ hasText: /“40-50” is not a possible value/ });
  await why.waitFor();
  assert.ok((await why.innerText()).includes(`; ${before} stays in effect`));
  assert.equal(await layers.inputValue(), '40-50', 'it can be corrected');
  assert.equal(await layers.getAttribute('aria-invalid'), 'true');
  const described = await layers.evaluate((input) =>
    input
      .getAttribute('aria-describedby')
      .split(' ')
      .map((id) => document.getElementById(id).textContent),
  );
  assert.equal(described[0], await why.innerText());
  assert.match(described[1], /layers 0 to \d+\.$/);
  const below = (await why.boundingBox()).y - (await layers.boundingBox()).y;
  assert.ok(below > 0 && below < 80, `it stands ${below} pixels below the top of the field`);
  await layers.fill(before);
  await layers.press('Enter');
  await why.waitFor({ state: 'detached' });
  assert.equal(await layers.getAttribute('aria-invalid'), 'false');
});

test('every setting says its range where a value is refused', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&tab=model`);
  await page.getByText('All settings', { exact: true }).click();
  const method = page.getByLabel('Method', { exact: true });
  let ranges = 0;
  for (const name of ['langedit', 'ft-l']) {
    await method.selectOption(name);
    assert.equal(await settled(page), 'ready');
    for (const label of await page.locator('.field label').allInnerTexts()) {
      // The seed takes any number.
      if (label === 'Seed') continue;
      const field = page.getByRole('textbox', { name: label, exact: true });
      const held = await field.inputValue();
      await field.fill('-1');
      await field.press('Enter');
      const around = page.locator('.field', { has: field });
      const alert = around.getByRole('alert').filter({ hasText: `“${label}”` });
      await alert.waitFor();
      const about = await around.locator('p').last().innerText();
      const said = await alert.innerText();
      await field.press('Escape');
      assert.equal(await field.inputValue(), held);
      // What is no number has its choices in its description.
      if (/It takes a (whole )?number from [\d.e-]+ to [\d.e]+\.$/.test(said)) ranges += 1;
      else assert.ok(/such as|:|true or false/.test(about), `${label}: ${said}`);
    }
  }
  assert.ok(ranges >= 10, `${ranges} ranges`);
});

test(
  'a setting that another method does not read is named by its label, and can be taken out',
  { timeout: 4 * SLOW },
  async () => {
    const { page } = await open(browser, site.address);
    await edit(page, FACT);
    await tab(page, 'Model and settings');
    const method = page.getByLabel('Method', { exact: true });
    await method.selectOption('memit');
    assert.equal(await settled(page), 'ready');
    await page.getByText('All settings', { exact: true }).click();
    const ridge = page.getByRole('textbox', { name: /^Ridge of the covariance/ });
    await ridge.fill('0.25');
    await ridge.press('Enter');
    await page.locator('.field', { has: ridge }).getByText('default').waitFor();
    assert.equal(await settled(page), 'ready');
    await method.selectOption('langedit');
    assert.equal(await settled(page), 'ready');
    const note = page.getByText('LangEdit does not read: Ridge of the covariance (0.25).');
    await note.waitFor();
    assert.equal(await ridge.count(), 0, 'it has no control that would do nothing');
    await page.getByRole('status').getByText('Without effect with this method: Ridge of the covariance.').waitFor();
    assert.equal(await page.getByText('mom2_ridge').count(), 0);
    // Side by side, too: of the methods that do not read it.
    await tab(page, 'Compare methods');
    await page.getByRole('checkbox', { name: 'AlphaEdit' }).uncheck();
    await page.getByRole('button', { name: 'Run them side by side' }).click();
    assert.equal(await settled(page), 'ready');
    const compared = await page.getByRole('region', { name: 'Before you rely on these results' }).innerText();
    assert.match(compared, /LangEdit · Without effect with this method: Ridge of the covariance\./);
    assert.doesNotMatch(compared, /MEMIT/);
    await tab(page, 'Model and settings');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    assert.equal(await settled(page), 'ready');
    await note.waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('status').getByText('Without effect').count(), 0);
  },
);
