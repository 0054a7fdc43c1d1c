// Parts of the page that come when they are first shown: where one does not come, the page says so and offers a way on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLOW } from './harness.js';
import { browser, server } from './built.js';
import { edit, FACT, rows, withModel } from './steps.js';

test(
  'a part that is gone from the host is said to be, and comes back with the page and the experiment',
  { timeout: 2 * SLOW },
  async () => {
    const { page, complaints } = await withModel(browser, server.url, 'cpu', { statistics: true });
    await edit(page, FACT);
    await page.route(/assets\/Share-.*\.js$/, (route) => route.fulfill({ status: 404, body: 'gone' }));
    await page.getByRole('button', { name: 'Share' }).click();
    const alert = page.getByRole('alert');
    assert.match(await alert.innerText(), /could not be loaded.*newer version.*experiment is in the address/s);
    assert.deepEqual(
      complaints.filter((text) => !/Failed to load resource/.test(text)),
      [],
      'nothing is left unhandled',
    );
    await page.unroute(/assets\/Share-.*\.js$/);
    await alert.getByRole('button', { name: 'Reload the page' }).click();
    await page.waitForFunction(() => document.documentElement.dataset.state === 'ready', null, { timeout: SLOW });
    assert.match((await rows(page, 'Edits'))[0], /north/);
    await page.getByRole('button', { name: 'Share' }).click();
    await page.locator('section.share').waitFor();
    await page.context().close();
  },
);
