// Key statistics that lie beside the page: found by the model's hash, kept, and left alone where they are damaged or another model's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { card, edit, FACT, MODELS, settled, STATISTICS, tab } from './steps.js';

const sha256 = (contents) => createHash('sha256').update(contents).digest('hex');
const LLAMA = join(MODELS, 'gguf/llama.gguf');
/** Of another width. */
const OTHER_MODEL = join(MODELS, 'gguf/gpt2.gguf');
const USED = /Key statistics: .*tokens/;

const folder = () => join(site.folder, 'statistics');
const nameFor = (model) => `${sha256(readFileSync(model))}.safetensors`;

/** Puts statistics of a model beside the page, and lists them under `announced`. */
function publish(model, contents, announced = contents) {
  writeFileSync(join(folder(), nameFor(model)), contents);
  const files = [{ path: nameFor(model), bytes: announced.length, sha256: sha256(announced) }];
  writeFileSync(join(folder(), 'list.json'), JSON.stringify({ files }));
}

beforeEach(() => {
  rmSync(folder(), { recursive: true, force: true });
  mkdirSync(folder());
});

/** An open page on the CPU, whose clock runs so many times as fast, with all that it asked for below `statistics/` and all that its status line said. */
async function visit({ clock = 1, ...options } = {}) {
  const asked = [];
  const opened = await open(browser, `${site.url}?device=cpu`, {
    ...options,
    route: async (context) => {
      context.on('request', (request) => {
        if (/\/statistics\//.test(request.url())) asked.push(request.url().split('/').pop());
      });
      await context.addInitScript((clock) => {
        const now = performance.now.bind(performance);
        performance.now = () => clock * now();
        globalThis.said = new Set();
        new MutationObserver(() =>
          document.querySelectorAll('.status p').forEach(({ textContent }) => globalThis.said.add(textContent)),
        ).observe(document, { subtree: true, childList: true, characterData: true });
      }, clock);
      await options.route?.(context);
    },
  });
  return { ...opened, asked, said: () => opened.page.evaluate(() => [...globalThis.said].join('\n')) };
}

async function choose(page, ...files) {
  await tab(page, 'Model and settings');
  await page.locator('#model-file').setInputFiles(files);
  assert.equal(await settled(page), 'ready');
  return (await card(page, 'Model')).innerText();
}

const fragment = (page) => page.evaluate(() => location.hash);

test(
  'statistics beside the page are found, used like a file of one’s own, and kept',
  { timeout: 2 * SLOW },
  async () => {
    publish(LLAMA, readFileSync(STATISTICS));
    const { page, asked, said, complaints } = await visit();
    assert.match(await choose(page, LLAMA), USED);
    assert.deepEqual(asked, ['list.json', nameFor(LLAMA)]);
    await edit(page, FACT);
    assert.doesNotMatch(await said(), /collecting key statistics/);
    assert.deepEqual(complaints, []);

    const other = await visit();
    assert.match(await choose(other.page, LLAMA, STATISTICS), USED);
    assert.deepEqual(other.asked, [], 'whoever brings statistics needs none');
    await edit(other.page, FACT);
    // The link holds a digest of the report, and the hash of the statistics.
    assert.equal(await fragment(page), await fragment(other.page));
    await other.page.context().close();

    assert.match(await choose(page, LLAMA), USED);
    assert.deepEqual(asked, ['list.json', nameFor(LLAMA), 'list.json'], 'what is kept is not fetched again');
    // The host is gone.
    await page.route(/\/statistics\//, (route) => route.abort());
    assert.match(await choose(page, LLAMA), USED);
    await page.context().close();
  },
);

test(
  'without any they are collected while nothing is asked, and an edit has the same bits',
  { timeout: 2 * SLOW },
  async () => {
    // The clock of the page runs fast: of a model so small nothing would take long enough to be shown.
    const patient = await visit({ clock: 100 });
    await choose(patient.page, LLAMA);
    assert.equal(
      await patient.page.getByText('recorded on this model').count(),
      0,
      'it was recorded on the page’s own',
    );
    const preparing = patient.page.getByText(/^Preparing edits: \d+ %\. You need not wait\.$/);
    await preparing.waitFor();
    assert.equal(await settled(patient.page), 'ready', 'nothing waits for it');
    await preparing.waitFor({ state: 'hidden', timeout: SLOW });
    await edit(patient.page, FACT);
    assert.doesNotMatch(await patient.said(), /collecting key statistics/);

    const hasty = await visit();
    await choose(hasty.page, LLAMA);
    await edit(hasty.page, FACT);
    assert.match(await hasty.said(), /collecting key statistics/);
    assert.equal(await fragment(patient.page), await fragment(hasty.page));
    for (const { page } of [patient, hasty]) await page.context().close();
  },
);

test('a host without statistics is not asked for any, and an edit collects its own', { timeout: SLOW }, async () => {
  publish(OTHER_MODEL, readFileSync(STATISTICS));
  for (const answer of [
    null,
    { status: 404, body: 'Not found' },
    // Hosts of single-page apps answer any address with their page.
    { status: 200, contentType: 'text/html', body: '<!doctype html><title>Our app</title>' },
  ]) {
    const route = (context) => answer && context.route(/\/statistics\//, (request) => request.fulfill(answer));
    const { page, asked, said } = await visit({ route });
    const model = await choose(page, LLAMA);
    assert.doesNotMatch(model, /statistics/i);
    assert.deepEqual(asked, ['list.json']);
    await edit(page, FACT);
    assert.match(await said(), /collecting key statistics/);
    await page.context().close();
  }
});

test(
  'statistics that are damaged, missing or another model’s are left alone, and that is said',
  { timeout: SLOW },
  async () => {
    const whole = readFileSync(STATISTICS);
    const damaged = Buffer.from(whole);
    damaged[damaged.length >> 1] ^= 1;
    const cases = [
      [LLAMA, () => publish(LLAMA, damaged, whole), /is not the file that was announced/],
      [LLAMA, () => publish(LLAMA, Buffer.from('no statistics')), /key statistics/],
      [LLAMA, () => (publish(LLAMA, whole), rmSync(join(folder(), nameFor(LLAMA)))), /404, there is no such file/],
      [OTHER_MODEL, () => publish(OTHER_MODEL, whole), /another model’s|another model's/],
    ];
    for (const [model, prepare, why] of cases) {
      prepare();
      const { page } = await visit();
      const said = await choose(page, model);
      assert.match(said, /The key statistics that the page has for this model are not used/);
      assert.match(said, why);
      assert.doesNotMatch(said, USED);
      await edit(page, FACT);
      await page.context().close();
    }
  },
);

test('a download that takes its time is shown, and can be stopped', { timeout: SLOW }, async () => {
  publish(LLAMA, readFileSync(STATISTICS));
  const { page } = await visit();
  await page.route(/\/statistics\/.*safetensors$/, () => undefined);
  await tab(page, 'Model and settings');
  await page.locator('#model-file').setInputFiles(LLAMA);
  const model = await card(page, 'Model');
  await model.getByRole('progressbar', { name: 'Fetching the model’s key statistics' }).waitFor();
  await model.getByRole('button', { name: 'Stop' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await model.innerText(), /llama · \d+ layers/);
  assert.doesNotMatch(await model.innerText(), /statistics/i);
  await page.context().close();
});
