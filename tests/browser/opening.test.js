// How the page opens: at once, with the model that it brings along, again without fetching it, and without a network.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dataset, launch, open, serveWithModel, SLOW, visit } from './harness.js';
import { ask, card, edit, FACT, formOf, MODELS, rows, settled, tab } from './steps.js';

let site;
let browser;

before(async () => {
  site = await serveWithModel('/some/where');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
});

/** Notes what the status line says, and every value of its progress bar, from the first moment on. */
function noteStatus(page) {
  return page.addInitScript(() => {
    globalThis.said = [];
    globalThis.bars = [];
    const note = () => {
      const text = document.querySelector('[role=status]')?.textContent;
      if (text && globalThis.said.at(-1) !== text) globalThis.said.push(text);
      const bar = document.querySelector('progress[value]');
      if (bar) globalThis.bars.push([text, bar.value, bar.max]);
    };
    new MutationObserver(note).observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  });
}

const requested = (page, pattern) => {
  const found = [];
  page.on('request', (request) => pattern.test(request.url()) && found.push(request.url()));
  return found;
};

test('the first view needs no engine and no model', { timeout: SLOW }, async () => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.route(/\.zst$|\.gguf$/, () => undefined);
  await page.goto(site.address);
  const table = page.getByRole('table', { name: 'Accuracy by language' });
  await table.getByRole('row', { name: /^German/ }).waitFor();
  assert.equal(await table.locator('tbody tr').count(), 7);
  assert.equal((await dataset(page)).state, 'loading');
  await page.getByText('The facts', { exact: true }).click();
  await page.getByText('The capital of the Central African Republic is').waitFor();
  assert.deepEqual(await rows(page, 'Edits'), ['No edits yet.'], 'what was recorded is not an edit of this model');
  const form = await formOf(page);
  await form.getByLabel('Subject').fill('typed before anything has arrived');
  assert.equal(await form.getByRole('button', { name: 'Apply edit' }).isEnabled(), false);
  await context.close();
});

test(
  'the model opens by itself, its bytes are counted, and the second visit fetches nothing of it',
  { timeout: SLOW },
  async () => {
    const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
    const page = await context.newPage();
    await noteStatus(page);
    await visit(page, site.address);
    assert.deepEqual(await page.evaluate(() => globalThis.states), ['loading', 'ready']);
    const { said, bars } = await page.evaluate(() => ({ said: globalThis.said, bars: globalThis.bars }));
    const order = ['Downloading the engine', 'Compiling the engine', 'Downloading the model'].map((text) =>
      said.indexOf(text),
    );
    assert.ok(
      order.every((at, index) => at >= 0 && at > (order[index - 1] ?? -1)),
      said.join(' | '),
    );
    const counted = bars.filter(([text]) => text === 'Downloading the model');
    const total = site.files.reduce((sum, file) => sum + file.bytes, 0);
    assert.ok(
      counted.length > 0 && counted.every(([, , max]) => max === total),
      'the total is known from the beginning',
    );
    assert.ok(
      counted.every(([, value], index) => value >= (counted[index - 1]?.[1] ?? 0)),
      'the count never goes back',
    );
    assert.equal(counted.at(-1)[1], total);
    assert.match(await (await card(page, 'Model')).innerText(), /llama · \d+ layers/);
    await edit(page, FACT);

    const fetched = requested(page, /\.gguf$|\.safetensors$/);
    await visit(page, site.address);
    assert.deepEqual(fetched, []);
    assert.ok((await page.evaluate(() => globalThis.said)).includes('Reading the model from this browser’s storage'));
    await context.close();
  },
);

test('what is kept can be seen and deleted; what is kept and damaged is fetched again', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&tab=model`);
  await page.getByText('Stored in this browser').click();
  await page.getByText('model.gguf').waitFor();
  await page.evaluate(async () => {
    const cache = await caches.open('langedit-files-1');
    for (const key of await cache.keys())
      await cache.put(key, new Response('damaged', { headers: { 'content-length': '7' } }));
  });
  let fetched = requested(page, /\.gguf$/);
  await visit(page, `${site.address}&tab=model`);
  assert.equal(fetched.length, 1);
  await page.getByText('Stored in this browser').click();
  await page.getByRole('button', { name: 'Delete model.gguf' }).click();
  await page.getByText('Deleted.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Delete model.gguf' }).count(), 0);
  fetched = requested(page, /\.gguf$/);
  await visit(page, site.address);
  assert.equal(fetched.length, 1);
  await page.context().close();
});

test('a file that is not the one of the manifest is refused', { timeout: SLOW }, async () => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.route(/model\.gguf$/, (route) =>
    route.fulfill({ body: Buffer.alloc(site.files[0].bytes), contentType: 'application/octet-stream' }),
  );
  await visit(page, site.address, { expect: 'error' });
  assert.match(await page.getByRole('alert').innerText(), /model\.gguf is not the file that was announced/);
  await context.close();
});

test('after the first visit the page works without a network', { timeout: 2 * SLOW }, async () => {
  const own = await serveWithModel('/some/where');
  const { page } = await open(browser, own.address, { serviceWorkers: 'allow' });
  // The module is kept last.
  await page.waitForFunction(
    async () => {
      if ((await navigator.serviceWorker.ready).active?.state !== 'activated') return false;
      const names = (await caches.keys()).filter((name) => name.startsWith('langedit-page '));
      const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return kept.flat().some(({ url }) => url.endsWith('.zst'));
    },
    null,
    { timeout: SLOW },
  );
  const before = await ask(page, FACT.Prompt);
  // The server is gone, as it is on a train.
  own.close();
  await visit(page, own.address);
  assert.deepEqual(await ask(page, FACT.Prompt), before);
  await edit(page, FACT);
  assert.match((await rows(page, 'Edits'))[0], /applied/);
  await tab(page, 'Model and settings');
  await page.getByText('Stored in this browser').click();
  await page.getByRole('button', { name: 'Delete the page itself' }).click();
  await page.getByText('Deleted.').waitFor();
  assert.deepEqual(
    await page.evaluate(() => caches.keys().then((names) => names.filter((name) => name.startsWith('langedit-page ')))),
    [],
  );
  await page.context().close();
});

test('a model of one’s own takes the place of the one that is on its way', { timeout: SLOW }, async () => {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.route(/\.gguf$/, () => undefined);
  await page.goto(site.address);
  await page.getByText('Reading the model').first().waitFor();
  await tab(page, 'Model and settings');
  await page.getByText('Open another model').click();
  await page.locator('#model-file').setInputFiles(join(MODELS, 'gguf/qwen2.gguf'));
  assert.equal(await settled(page), 'ready');
  assert.match(await (await card(page, 'Model')).innerText(), /qwen2 · \d+ layers/);
  await context.close();
});

for (const [width, height, ui] of ['en', 'de', 'nl', 'fr', 'es', 'zh'].flatMap((ui) => [
  [1440, 900, ui],
  [390, 844, ui],
])) {
  const title = `nothing jumps while engine and model arrive, ${width} pixels wide, in ${ui}`;
  test(title, { timeout: SLOW }, async (context) => {
    const page = await (
      await browser.newContext({
        locale: 'en-US',
        serviceWorkers: 'block',
        viewport: { width, height },
      })
    ).newPage();
    await page.addInitScript(() => {
      globalThis.shifts = [];
      const name = (node) => node && (node.className?.baseVal ?? node.className ?? node.nodeName);
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput, sources } of list.getEntries())
          if (!hadRecentInput)
            globalThis.shifts.push({
              value,
              of: sources.map(({ node }) => name(node)),
            });
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await visit(page, `${site.address}&ui=${ui}`);
    // What shifts is told of after it has been drawn.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    const shifts = await page.evaluate(() => globalThis.shifts);
    const sum = shifts.reduce((total, { value }) => total + value, 0);
    context.diagnostic(`layout shift ${sum.toFixed(4)}`);
    assert.ok(sum <= 0.02, JSON.stringify(shifts));
    await page.context().close();
  });
}
