// A newcomer's first minutes and a lesson in three engines: the page needs what Chromium, Firefox and WebKit all have.
//
//   SCREENSHOTS=folder node --test tests/browser/engines.test.js      # also keeps what each engine draws

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as chromium from './browsers/chromium.js';
import * as firefox from './browsers/firefox.js';
import { Page } from './browsers/page.js';
import * as webkit from './browsers/webkit.js';
import { serve, SLOW } from './harness.js';

/** What a lesson says of the result that came with it. */
const RECORDED = /recorded with the page’s own model/;

let server;

before(async () => {
  server = await serve();
});

after(() => server?.close());

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Changes an answer as somebody does who sees the page for the first time; gives the milliseconds that the edit takes. */
async function firstEdit(page) {
  const answers = await page.find('region', 'Answers by language');
  await page.click('button', /^German/, answers);
  await page.type('combobox', 'German', 'Rom', answers);
  const start = performance.now();
  await page.press('Enter');
  const state = () => page.attribute('[data-language=de]', 'data-state', answers);
  await page.until(async () => (await state()) === 'edited', 'the German answer to be edited', SLOW);
  const taken = performance.now() - start;
  await page.reaches('ready');
  assert.equal(await page.count('[data-language]', answers), 6);
  return taken;
}

/** Nothing may stick out of the page at the widths of a desk and of a phone (or the narrowest window that the engine has). */
async function fits(page, picture) {
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ]) {
    await page.tab.resize(width, height);
    const [inner, wide] = await page.tab.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(wide <= inner, `${wide} pixels wide in a window of ${inner}`);
    if (process.env.SCREENSHOTS)
      writeFileSync(join(process.env.SCREENSHOTS, `${picture}-${width}.png`), await page.tab.screenshot());
  }
}

for (const engine of [chromium, firefox, webkit]) {
  const missing = engine.missing();
  const options = { timeout: 3 * SLOW, skip: missing ? `SKIPPED: ${missing}` : false };

  /** Runs a test in a browser of that engine and closes it whatever becomes of it. */
  const within = (act) => async (t) => {
    const browser = await engine.launch();
    try {
      await act(t, browser);
    } finally {
      await browser.close();
    }
  };

  test(
    `${engine.name}: a newcomer edits a fact, and the link gives it to somebody else`,
    options,
    within(async (t, browser) => {
      const page = new Page(await browser.profile());
      const opened = await page.open(`${server.url}?device=cpu&ui=en`);
      const edited = await firstEdit(page);
      await fits(page, `${engine.name}-edit`);
      const link = await page.address();
      assert.match(link, /#1\./);
      assert.deepEqual(await page.tab.complaints(), []);
      await page.tab.close();

      const other = new Page(await browser.profile());
      const replayed = await other.open(link);
      await other.says(/Link’s result:\s+(reproduced|within tolerance)/);
      assert.deepEqual(await other.tab.complaints(), []);
      t.diagnostic(
        `${engine.name} ${browser.version}: ready ${seconds(opened)}, edited ${seconds(edited)}, link replayed ${seconds(replayed)}`,
      );
      await other.tab.close();
    }),
  );

  test(
    `${engine.name}: a lesson runs its experiment and answers`,
    options,
    within(async (t, browser) => {
      const page = new Page(await browser.profile());
      await page.open(`${server.url}?lesson=1&device=cpu&ui=en`);
      const part = await page.find('region', 'A layer is a memory');
      await page.says(RECORDED, part);
      const start = performance.now();
      await page.click('button', 'Run it on this model', part);
      await page.reaches('busy');
      await page.reaches('ready');
      const ran = performance.now() - start;
      const figure = await page.find('figure', 'Accuracy before and after', part);
      await page.says(/from [\d.]+\s% to 100\s%/, figure);
      assert.ok((await page.count('svg path', figure)) > 0, 'the figure is drawn');
      assert.equal(RECORDED.test(await page.text('.experiment', part)), false, 'of the reader’s own run');
      const question = await page.find('region', /^Checkpoint /, part);
      await page.click('radio', 'Because they lead to nearly the same key', question);
      await page.says(/✓ .{8}/, question);
      await fits(page, `${engine.name}-lesson`);
      assert.deepEqual(await page.tab.complaints(), []);
      t.diagnostic(`${engine.name} ${browser.version}: experiment of the lesson ${seconds(ran)}`);
      await page.tab.close();
    }),
  );
}
