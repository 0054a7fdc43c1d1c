// What goes wrong while one works: a GPU that is lost, an edit that is stopped. The work must be kept.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dataset, launch, serve, SLOW } from './harness.js';
import { apply, ask, edit, FACT, rows, settled, withModel } from './steps.js';

let server;

before(async () => {
  server = await serve();
});

after(() => server?.close());

/** Runs with a browser of its own: a lost GPU process is every page's. */
async function alone(webgpu, work) {
  const browser = await launch({ webgpu });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** Ends the process that drives the GPU, as a driver's crash does. */
async function crashGpu(browser) {
  const session = await browser.newBrowserCDPSession();
  // The process that is to answer is the one that ends.
  await session.send('Browser.crashGpuProcess').catch(() => undefined);
}

test('a lost GPU leaves the same model and the same edits on the CPU', { timeout: 3 * SLOW }, () =>
  alone(true, async (browser) => {
    const { page } = await withModel(browser, server.url, 'webgpu', { statistics: true });
    const first = await ask(page, FACT.Prompt);
    await crashGpu(browser);
    // Nobody has to do anything for it.
    await page.waitForFunction(() => document.documentElement.dataset.device === 'cpu', null, { timeout: SLOW });
    assert.equal(await settled(page), 'ready');
    assert.match(await page.getByLabel('State').innerText(), /lost/);
    assert.equal((await ask(page, FACT.Prompt)).text, first.text);
    await edit(page, FACT);
    assert.match((await rows(page, 'Edits'))[0], /edited in/);
  }),
);

test('an edit that a lost GPU interrupts comes to its end on the CPU', { timeout: 3 * SLOW }, () =>
  alone(true, async (browser) => {
    const { page } = await withModel(browser, server.url, 'webgpu', { statistics: true });
    await apply(page, FACT);
    await page.waitForFunction(() => document.documentElement.dataset.state === 'busy');
    await crashGpu(browser);
    await page.waitForFunction(() => document.documentElement.dataset.device === 'cpu', null, { timeout: SLOW });
    assert.equal(await settled(page), 'ready');
    assert.match((await rows(page, 'Edits'))[0], /edited in/);
    assert.match((await rows(page, 'Accuracy by language'))[0], /^English/);
  }),
);

test('an edit can be stopped, on the CPU too, and leaves everything as it was', { timeout: 2 * SLOW }, () =>
  alone(false, async (browser) => {
    // Without key statistics, collecting them comes first and takes seconds.
    const { page } = await withModel(browser, server.url, 'cpu');
    await edit(page, FACT);
    const before = { answer: await ask(page, FACT.Prompt), edits: await rows(page, 'Edits'), accuracy: await rows(page, 'Accuracy by language') };
    // A person is slower than a tiny model's statistics, so the page itself presses the button as soon as they begin.
    await page.evaluate(() => {
      globalThis.seen = [];
      let pressed = false;
      const note = () => {
        const text = document.body.innerText;
        if (pressed) globalThis.seen.push(text);
        const cancel = [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Cancel');
        if (pressed || !cancel || !text.includes('collecting key statistics')) return;
        pressed = true;
        cancel.click();
      };
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    // Another language means other statistics, so this begins from the base weights again.
    await apply(page, { Subject: 'Köln', Prompt: 'Durch die Stadt Köln', 'New object': 'Veldania' }, 'de');
    await page.waitForFunction(() => globalThis.seen.length > 0, null, { timeout: SLOW });
    assert.equal(await settled(page), 'ready');
    const later = await page.evaluate(() => globalThis.seen.some((text) => text.includes('making context templates')));
    assert.equal(later, false, 'it must stop in the middle of what it was doing, not before the next thing');
    assert.equal(await page.getByRole('form', { name: 'New fact' }).getByLabel('Subject').inputValue(), 'Köln', 'what was typed must stay');
    assert.deepEqual({ edits: await rows(page, 'Edits'), accuracy: await rows(page, 'Accuracy by language') }, { edits: before.edits, accuracy: before.accuracy });
    assert.deepEqual(await ask(page, FACT.Prompt), before.answer, 'the model must be what it was');
    assert.equal((await dataset(page)).device, 'cpu');
  }),
);
