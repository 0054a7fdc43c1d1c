// What goes wrong while one works: a GPU that is lost, an edit that is stopped. The work must be kept.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decompress } from '../../web/node_modules/fzstd/esm/index.mjs';
import { dataset, engine, launch, open, ROOT, serve, serveWithModel, SLOW } from './harness.js';
import {
  apply,
  ask,
  card,
  edit,
  FACT,
  formOf,
  OTHER,
  recipeFor,
  rows,
  settled,
  tab,
  WITHOUT_STAGE,
  withModel,
} from './steps.js';

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
    assert.match(await (await card(page, 'Device')).innerText(), /lost/);
    assert.equal((await ask(page, FACT.Prompt)).text, first.text);
    await edit(page, FACT);
    assert.match((await rows(page, 'Edits'))[0], /applied/);
  }),
);

test('a GPU that is lost before the page has opened leaves it to the CPU', { timeout: 2 * SLOW }, () =>
  alone(true, async (browser) => {
    const site = await serveWithModel();
    try {
      const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' });
      const page = await context.newPage();
      await page.goto(`${site.address}&device=webgpu`);
      await page.getByText('Checking the GPU against the CPU').waitFor({ timeout: SLOW });
      await crashGpu(browser);
      assert.equal(await settled(page), 'ready');
      assert.equal((await dataset(page)).device, 'cpu');
      await edit(page, FACT);
      assert.match((await rows(page, 'Edits'))[0], /applied/);
    } finally {
      site.close();
    }
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
    assert.match((await rows(page, 'Edits'))[0], /applied/);
    assert.match((await rows(page, 'Accuracy by language'))[0], /^English\s+\d/);
  }),
);

/** A page on the GPU with an edit that an adapter in software makes in seconds: one search step, and templates that need not be sampled. */
async function editedOnGpu(browser, site) {
  const { page: first } = await open(browser, `${site.url}?device=cpu`);
  const call = await engine(first);
  await call('start', { device: 'cpu' });
  const quick = { settings: { v_num_grad_steps: '1' }, templates: { en: ['{}', 'The. {}'] } };
  const recipe = { ...recipeFor({ name: 'Micro' }), ...quick };
  const link = await call('encode_link', { recipe });
  await first.context().close();
  // What follows the edit, measuring, takes such an adapter minutes: it is not waited for.
  const page = await (await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' })).newPage();
  await page.goto(`${site.address}&device=webgpu${WITHOUT_STAGE}${link}`);
  await page.getByRole('cell', { name: /^applied/ }).waitFor({ timeout: SLOW });
  await page.waitForFunction(() => document.querySelector('.doing').textContent === 'Measuring');
  assert.equal((await dataset(page)).device, 'webgpu');
  return page;
}

/** The page came back by itself: on the CPU, with its model and its edit, and says why in one place of the head. */
async function cameBack(page) {
  await page.waitForFunction(() => document.documentElement.dataset.device === 'cpu', null, { timeout: SLOW });
  assert.equal(await settled(page), 'ready');
  assert.equal(await page.getByRole('alert').count(), 0);
  const status = await page.getByRole('region', { name: 'Status' }).innerText();
  assert.match(status, /built-in model · on the CPU \(the GPU was lost\)/);
  assert.equal((await rows(page, 'Edits')).length, 1);
  assert.match((await rows(page, 'Edits'))[0], /the river flows to the.*north.*applied/s);
  await edit(page, OTHER);
  assert.equal((await rows(page, 'Edits')).length, 2, 'the page goes on');
}

test(
  'a GPU that is lost while tracing: the trace comes from the CPU, and the edit is there',
  { timeout: 5 * SLOW },
  () =>
    alone(true, async (browser) => {
      const site = await serveWithModel();
      try {
        const page = await editedOnGpu(browser, site);
        await tab(page, 'Trace');
        await page.getByRole('button', { name: 'Trace this fact' }).click();
        await page.waitForFunction(() => document.querySelector('.doing').textContent === 'Tracing the fact', null, {
          timeout: SLOW,
        });
        await crashGpu(browser);
        await page.getByRole('figure', { name: 'Causal trace' }).waitFor({ timeout: 2 * SLOW });
        await cameBack(page);
      } finally {
        site.close();
      }
    }),
);

test('a GPU that is lost twice in a row leaves the edit on the CPU', { timeout: 5 * SLOW }, () =>
  alone(true, async (browser) => {
    const site = await serveWithModel();
    try {
      const page = await editedOnGpu(browser, site);
      await crashGpu(browser);
      await page.waitForTimeout(200);
      await crashGpu(browser);
      await cameBack(page);
    } finally {
      site.close();
    }
  }),
);

/** A module that may grow by no more than so many pages of 64 KiB beyond what it begins with. */
function withLittleMemory(module, pages) {
  const read = (at) => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = module[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
      if (byte < 128) return [value, at];
    }
  };
  const write = (value) => (value < 128 ? [value] : [(value % 128) | 128, ...write(Math.floor(value / 128))]);
  // Sections follow the magic number and the version: a kind, a length, contents. The fifth kind is memories.
  for (let start = 8; start < module.length;) {
    const [length, contents] = read(start + 1);
    if (module[start] === 5) {
      const [least] = read(contents + 2);
      const limits = [1, 1, ...write(least), ...write(least + pages)];
      return Buffer.concat([
        module.subarray(0, start),
        Buffer.from([5, ...write(limits.length), ...limits]),
        module.subarray(contents + length),
      ]);
    }
    start = contents + length;
  }
  throw new Error('the module has no memory');
}

/** Bytes as a zstd frame of uncompressed blocks (RFC 8878): Node 20 unpacks and packs none. */
function stored(bytes) {
  const most = 1 << 17;
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])];
  for (let start = 0; start < bytes.length; start += most) {
    const block = bytes.subarray(start, start + most);
    const header = Buffer.alloc(3);
    header.writeUIntLE(block.length * 8 + (start + most >= bytes.length ? 1 : 0), 0, 3);
    parts.push(header, block);
  }
  return Buffer.concat(parts);
}

test(
  'a model that does not fit into memory is named, and the one before stays with its edits',
  { timeout: 3 * SLOW },
  () =>
    alone(false, async (browser) => {
      const folder = mkdtempSync(join(tmpdir(), 'langedit-memory-'));
      try {
        const big = join(folder, 'big.gguf');
        writeFileSync(big, 'GGUF');
        truncateSync(big, 96 << 20);
        const assets = join(ROOT, 'web/dist/assets');
        const small = readdirSync(assets)
          .filter((name) => name.endsWith('.zst'))
          .map((name) => readFileSync(join(assets, name)))
          .sort((a, b) => a.length - b.length)[0];
        const body = stored(withLittleMemory(Buffer.from(decompress(small)), 1024));
        const route = (context) =>
          context.route(/\.zst$/, (request) => request.fulfill({ contentType: 'application/zstd', body }));
        const { page } = await withModel(browser, server.url, 'cpu', { statistics: true, route });
        await edit(page, FACT);
        const before = { answer: await ask(page, FACT.Prompt), edits: await rows(page, 'Edits'), link: page.url() };
        await tab(page, 'Model and settings');
        await page.locator('#model-file').setInputFiles(big);
        assert.match(await settled(page), /out of memory.*smaller model/s);
        assert.match(await (await card(page, 'Model')).innerText(), /llama · \d+ layers/);
        await page.getByRole('button', { name: 'Dismiss' }).click();
        assert.deepEqual(
          { answer: await ask(page, FACT.Prompt), edits: await rows(page, 'Edits'), link: page.url() },
          before,
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
);

test('an edit can be stopped, on the CPU too, and leaves everything as it was', { timeout: 2 * SLOW }, () =>
  alone(false, async (browser) => {
    // Without key statistics, collecting them comes first and takes seconds.
    const { page } = await withModel(browser, server.url, 'cpu');
    await edit(page, FACT);
    const before = {
      answer: await ask(page, FACT.Prompt),
      edits: await rows(page, 'Edits'),
      accuracy: await rows(page, 'Accuracy by language'),
    };
    // A person is slower than a tiny model's statistics, so the page itself presses the button as soon as they begin.
    await page.evaluate(() => {
      globalThis.seen = [];
      let pressed = false;
      const note = () => {
        const text = document.body.innerText;
        if (pressed) globalThis.seen.push(text);
        const cancel = [...document.querySelectorAll('button')].find(
          (button) => button.textContent.trim() === 'Cancel',
        );
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
    assert.equal(await (await formOf(page)).getByLabel('Subject').inputValue(), 'Köln', 'what was typed must stay');
    assert.deepEqual(
      { edits: await rows(page, 'Edits'), accuracy: await rows(page, 'Accuracy by language') },
      { edits: before.edits, accuracy: before.accuracy },
    );
    assert.deepEqual(await ask(page, FACT.Prompt), before.answer, 'the model must be what it was');
    assert.equal((await dataset(page)).device, 'cpu');
  }),
);

/** Presses a button at the first moment at which an edit is being measured; the page does it, as a tiny model is faster than a person. */
function pressWhileMeasured(page, name) {
  return page.evaluate((wanted) => {
    globalThis.pressed = null;
    const press = () => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === wanted);
      if (document.querySelector('.doing').textContent !== 'Measuring' || !button || button.disabled) return;
      observer.disconnect();
      const { state } = document.documentElement.dataset;
      const { textContent: row } = document.querySelector('table caption + thead + tbody tr');
      globalThis.pressed = { state, row };
      button.click();
    };
    const observer = new MutationObserver(press);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  }, name);
}

test('measuring gives way to what is wanted next, and is made up for', { timeout: 2 * SLOW }, () =>
  alone(false, async (browser) => {
    const { page, complaints } = await withModel(browser, server.url, 'cpu', { statistics: true });
    const before = await ask(page, FACT.Prompt);
    const unmeasured = /^English\s*–/;
    await rows(page, 'Accuracy by language');
    await pressWhileMeasured(page, 'Undo');
    await apply(page, FACT);
    const pressed = () => page.waitForFunction(() => globalThis.pressed).then((found) => found.jsonValue());
    const first = await pressed();
    assert.equal(first.state, 'busy');
    assert.match(first.row, unmeasured);
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await rows(page, 'Edits'), ['No edits yet.']);
    assert.deepEqual(await ask(page, FACT.Prompt), before);

    await pressWhileMeasured(page, 'Continue');
    await page.getByRole('button', { name: 'Redo' }).click();
    assert.match((await pressed()).row, unmeasured);
    await page.getByRole('table', { name: 'Likeliest before editing' }).waitFor();
    await tab(page, 'Accuracy');
    await page
      .getByRole('table', { name: 'Accuracy by language' })
      .getByRole('row', { name: /^English \d/ })
      .waitFor();
    assert.equal(await settled(page), 'ready');
    assert.match((await rows(page, 'Edits'))[0], /applied/);
    assert.notDeepEqual((await ask(page, FACT.Prompt)).rows, before.rows);
    assert.deepEqual(complaints, []);
  }),
);
