// Models from the Hub: one press, an address, and everything that can go wrong on the way, each with a sentence and a way on.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { dataset, launch, open, ROOT, serveWithModel, SLOW, visit } from './harness.js';
import { COMMIT, startHub } from './hub.js';
import { edit, FACT, MODELS, rows, settled, tab } from './steps.js';

const gguf = (name) => readFileSync(join(MODELS, `gguf/${name}.gguf`));
const QWEN = gguf('qwen2');
const GPT2 = gguf('gpt2');
const sha256 = (contents) => createHash('sha256').update(contents).digest('hex');
const folder = (name) =>
  Object.fromEntries(
    readdirSync(join(MODELS, name))
      .filter((file) => !file.startsWith('expected'))
      .map((file) => [file, readFileSync(join(MODELS, name, file))]),
  );

let site;
let hub;
let browser;
/** What the gallery's model does; each test begins with one that behaves. */
const offered = {};

before(async () => {
  site = await serveWithModel();
  mkdirSync(join(site.folder, 'models'), { recursive: true });
  const entry = {
    name: 'Tiny',
    address: `hub:someone/Tiny-GGUF/resolve/${COMMIT}/tiny-Q8_0.gguf`,
    bytes: QWEN.length,
    sha256: sha256(QWEN),
    licence: 'Apache-2.0',
    languages: ['en', 'nl'],
    of: 29,
    card: 'hub:someone/Tiny',
  };
  // A model beside the page, as a school may have one.
  const own = { ...entry, name: 'Ours', address: 'models/ours.gguf', bytes: GPT2.length, sha256: sha256(GPT2) };
  writeFileSync(join(site.folder, 'models/ours.gguf'), GPT2);
  writeFileSync(join(site.folder, 'models/gallery.json'), JSON.stringify([entry, own, { name: 'says too little' }]));
  const announcedAsLarge = { contents: QWEN, size: 5 * 2 ** 30 };
  hub = await startHub({
    'someone/Tiny-GGUF': { files: { 'tiny-Q8_0.gguf': offered } },
    'someone/Several-GGUF': {
      about: { gguf: { architecture: 'qwen2' } },
      files: {
        'mmproj-Q8_0.gguf': GPT2,
        'several-IQ4_XS.gguf': GPT2,
        'several-F16.gguf': GPT2,
        'several-Q4_K_M.gguf': GPT2,
        'several-Q6_K.gguf': QWEN,
        'several-Q8_0.gguf': { contents: GPT2, size: 5 * 2 ** 30 },
      },
    },
    'someone/Sharded': { about: { config: { model_type: 'llama' } }, files: folder('llama-sharded') },
    'someone/Gated': { about: { gated: 'manual' }, files: { 'model-Q8_0.gguf': QWEN } },
    'someone/Crowded': { about: { crowded: true }, files: { 'model-Q8_0.gguf': QWEN } },
    'someone/Page': {
      files: { 'model-Q8_0.gguf': { contents: QWEN, instead: Buffer.from('<!doctype html><html><body>Log in') } },
    },
    'someone/Mamba-GGUF': { about: { gguf: { architecture: 'mamba' } }, files: { 'model-Q8_0.gguf': QWEN } },
    'someone/Disguised-GGUF': {
      files: { 'model-Q8_0.gguf': Buffer.concat([Buffer.from(QWEN).fill('gemma', 64, 69), Buffer.alloc(1 << 20)]) },
    },
    'someone/Pickled': { files: { 'config.json': Buffer.from('{}'), 'pytorch_model.bin': Buffer.from('PK') } },
    'someone/Split-GGUF': { files: { 'model-Q8_0-00001-of-00002.gguf': QWEN, 'model-Q8_0-00002-of-00002.gguf': QWEN } },
    'someone/Large-GGUF': { files: { 'model-Q8_0.gguf': announcedAsLarge } },
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  hub?.close();
  site?.close();
});

beforeEach(() => {
  for (const name of Object.keys(offered)) delete offered[name];
  offered.contents = QWEN;
  hub.seen.length = 0;
});

const address = (query = '') => `${site.url}?device=cpu&tab=model&hub=${encodeURIComponent(hub.url)}${query}`;
const panel = (page) => page.getByRole('region', { name: 'Model', exact: true });
const press = (page) =>
  panel(page)
    .getByRole('button', { name: /^(Open|Continue) Tiny/ })
    .click();

/** The page with its own model open, and the Hub of the tests. */
function start(options = {}) {
  return open(browser, address(options.query), { model: 'model/manifest.json', ...options });
}

/** Asks for a model by its name or address. */
async function ask(page, name) {
  if (!(await page.locator('#model-url').isVisible())) await page.getByText('Open another model').click();
  await page.locator('#model-url').fill(name);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
}

test('one press opens a model, what it takes is said before, and it is kept', { timeout: 2 * SLOW }, async () => {
  const { page, complaints } = await start();
  await edit(page, FACT);
  await tab(page, 'Model and settings');
  const offer = panel(page).getByRole('listitem').filter({ hasText: 'Tiny' });
  const said = await offer.innerText();
  for (const part of ['47.3 KiB', 'MiB of memory', 'Apache-2.0', 'English, Dutch', 'over 29 languages'])
    assert.ok(said.includes(part), `${part} in: ${said}`);
  assert.equal(await offer.getByRole('link').getAttribute('href'), `${hub.url}/someone/Tiny`);
  assert.equal(await panel(page).getByText('says too little').count(), 0);
  await press(page);
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  assert.match((await rows(page, 'Edits'))[0], /applied/, 'the edits were done again on it');
  await tab(page, 'Model and settings');
  assert.equal(await offer.getByRole('button').isEnabled(), false);
  await page.getByRole('button', { name: /^Use the built-in model/ }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await offer.innerText(), /stored in this browser/);
  assert.equal(hub.seen.length, 1);
  // From the gallery and from the list of what is kept it opens without a network.
  await page.route(`${hub.url}/**`, (route) => route.abort());
  await press(page);
  assert.equal(await settled(page), 'ready');
  await page.getByRole('button', { name: /^Use the built-in model/ }).click();
  assert.equal(await settled(page), 'ready');
  await page.getByText('Stored in this browser', { exact: true }).click();
  await page.getByRole('button', { name: 'Open tiny-Q8_0.gguf' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  await page.getByRole('button', { name: 'Open Ours' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /gpt2 · \d+ layers/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('a connection that breaks is taken up again where it stopped', { timeout: SLOW }, async () => {
  Object.assign(offered, { cut: 17_000, times: 2 });
  const { page } = await start();
  await press(page);
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  assert.deepEqual(
    hub.seen.map(({ range }) => range),
    [null, 'bytes=17000-', 'bytes=34000-'],
  );
  await page.context().close();
});

test('a download that does not come to its end continues in a later visit', { timeout: 2 * SLOW }, async () => {
  Object.assign(offered, { cut: 17_000, times: 1 });
  const { page } = await start();
  const before = await panel(page).locator('.summary').innerText();
  await page.route(`${hub.url}/**`, (route) => (hub.seen.length === 0 ? route.fallback() : route.abort()));
  await press(page);
  const alert = panel(page).getByRole('alert');
  await alert.waitFor({ timeout: SLOW });
  assert.match(await alert.innerText(), /cannot be fetched.*host cannot be reached/s);
  assert.equal((await dataset(page)).state, 'error');
  assert.equal(await page.getByRole('alert').count(), 1, 'it stands beside the button and nowhere else');
  assert.equal(await panel(page).locator('.summary').innerText(), before, 'the model before is still open');
  await page.unroute(`${hub.url}/**`);
  await visit(page, address(), { model: 'model/manifest.json' });
  await page.getByText('Stored in this browser', { exact: true }).click();
  await page.getByText('· unfinished, 35 %').waitFor();
  await page.getByRole('button', { name: 'Continue Tiny (35 % is here)' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  assert.deepEqual(
    hub.seen.map(({ range }) => range),
    [null, 'bytes=17000-'],
  );
  assert.equal(await page.getByText(/^unfinished/).count(), 0);
  await page.context().close();
});

test('a download is watched and stopped; what has come is deleted like anything else', { timeout: SLOW }, async () => {
  offered.slow = 200;
  const { page } = await start();
  await press(page);
  await panel(page)
    .getByText(/\d KiB of 47\.3 KiB · .* per second · .* left/)
    .waitFor();
  await panel(page).getByRole('button', { name: 'Stop' }).click();
  assert.equal(await settled(page), 'ready');
  assert.equal(await page.getByRole('alert').count(), 0, 'whoever stops it need not be told');
  await panel(page)
    .getByRole('button', { name: /^Continue Tiny \(\d+ % is here\)/ })
    .waitFor();
  await page.getByText('Stored in this browser', { exact: true }).click();
  await page.getByRole('button', { name: 'Delete tiny-Q8_0.gguf' }).click();
  await page.getByText('Deleted.').waitFor();
  await panel(page).getByRole('button', { name: 'Open Tiny' }).waitFor();
  await page.context().close();
});

test('a file that is not the announced one is refused and not kept', { timeout: SLOW }, async () => {
  const other = Buffer.from(QWEN);
  other[other.length - 1] ^= 1;
  offered.instead = other;
  const { page } = await start();
  await press(page);
  assert.match(await settled(page), /not the file that was announced.*SHA-256 differs.*deleted/s);
  await page.getByText('Stored in this browser', { exact: true }).click();
  await page.getByText('model.gguf').waitFor();
  assert.equal(await page.getByText('tiny-Q8_0.gguf').count(), 1, 'only in the sentence');
  delete offered.instead;
  await panel(page).getByRole('button', { name: 'Try again' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  await page.context().close();
});

test(
  'of a repository the most exact file that there is room for is opened, or all its shards',
  { timeout: SLOW },
  async () => {
    const { page } = await start();
    await ask(page, 'someone/Several-GGUF');
    assert.equal(await settled(page), 'ready');
    assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
    assert.deepEqual(
      hub.seen.map(({ path }) => path),
      [`/someone/Several-GGUF/resolve/${COMMIT}/several-Q6_K.gguf`],
    );
    await ask(page, `${hub.url}/someone/Several-GGUF/blob/main/several-Q4_K_M.gguf`);
    assert.equal(await settled(page), 'ready');
    assert.match(await panel(page).innerText(), /gpt2 · \d+ layers/);
    hub.seen.length = 0;
    await ask(page, 'someone/Sharded');
    assert.equal(await settled(page), 'ready');
    assert.match(await panel(page).innerText(), /llama · \d+ layers/);
    assert.deepEqual(hub.seen.map(({ path }) => path.split('/').pop()).sort(), [
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'tokenizer.json',
    ]);
    await page.context().close();
  },
);

/** What is asked for, the sentence, and whether the list of families belongs to it. */
const REFUSALS = [
  ['someone/Nowhere', /shows no model someone\/Nowhere.*or it is private.*spelling/s, false],
  ['someone/Gated', /only for those who have accepted its terms.*with your account.*a copy/s, false],
  ['someone/Crowded', /too many requests.*five minutes/s, false],
  ['someone/Page', /model-Q8_0\.gguf is no model but a web page/, true],
  ['someone/Mamba-GGUF', /family mamba, which cannot be computed here/, true],
  ['someone/Disguised-GGUF', /family gemma, which cannot be computed here/, true],
  ['someone/Pickled', /no model that can be opened here\. It has config\.json, \.bin\..*-GGUF/s, true],
  ['someone/Split-GGUF', /one part of 2.*merge/s, false],
  ['someone/Large-GGUF', /has 5 GiB; a page can hold a model of 3\.6 GiB at most.*langedit command/s, false],
  ['nowhere.gguf', /nowhere\.gguf: 404, there is no such file.*Check the address/s, false],
];

test(
  'what cannot be opened is said beside the button, with a way on, and the model before stays',
  { timeout: 2 * SLOW },
  async () => {
    const { page } = await start();
    const before = await panel(page).locator('.summary').innerText();
    for (const [name, sentence, families] of REFUSALS) {
      await ask(page, name);
      const said = await settled(page);
      assert.match(said, sentence);
      assert.equal(said.includes('Families that open: Llama (SmolLM2), Qwen2 (Qwen2.5)'), families, said);
      assert.equal(await panel(page).getByRole('alert').count(), 1);
      assert.equal(await panel(page).locator('.summary').innerText(), before);
      await page.getByRole('button', { name: 'Dismiss' }).click();
    }
    const disguised = hub.seen.filter(({ path }) => path.includes('Disguised'));
    assert.equal(disguised.length, 1, 'a family that cannot be computed is not asked for again');
    await page.getByText('Stored in this browser', { exact: true }).click();
    await page.getByText('model.gguf').waitFor();
    assert.equal(await page.getByText(/unfinished/).count(), 0, 'nothing useless is kept');
    await page.context().close();
  },
);

test('every language says it in its own words', { timeout: 2 * SLOW }, async () => {
  const found = new Set();
  for (const ui of ['en', 'de', 'nl', 'fr', 'es', 'zh']) {
    const { page } = await open(browser, address(`&ui=${ui}`));
    await page.locator('#model-url').fill('someone/Nowhere');
    await page.locator('#model-url').press('Enter');
    const said = await settled(page);
    assert.ok(said.includes('someone/Nowhere'), said);
    found.add(said);
    await page.context().close();
  }
  assert.equal(found.size, 6);
});

test(
  'too little memory is said before anything is fetched, and can be tried all the same',
  { timeout: SLOW },
  async () => {
    const { page } = await start({
      route: (context) =>
        context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 0.25 })),
    });
    await press(page);
    assert.match(await settled(page), /takes about 128\.1 MiB of memory.*device has about 256 MiB/s);
    assert.equal(hub.seen.length, 0);
    await panel(page).getByRole('button', { name: 'Open it all the same' }).click();
    assert.equal(await settled(page), 'ready');
    assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
    await page.context().close();
  },
);

test('without room in the browser’s storage a model opens, and is said not to be kept', { timeout: SLOW }, async () => {
  const { page, complaints } = await start({
    route: (context) =>
      context.addInitScript(() => {
        Cache.prototype.put = () => Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError'));
        StorageManager.prototype.estimate = async () => ({ quota: 1_000_000, usage: 990_000 });
      }),
  });
  await panel(page).getByText('room for only 9.8 KiB: Tiny opens, but will be downloaded again').waitFor();
  await press(page);
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('without a network it is said that there is none', { timeout: SLOW }, async () => {
  const { page } = await start();
  await page.context().setOffline(true);
  await press(page);
  assert.match(await settled(page), /There is no network.*stored in this browser opens without one/s);
  await page.context().setOffline(false);
  await panel(page).getByRole('button', { name: 'Try again' }).click();
  assert.equal(await settled(page), 'ready');
  assert.match(await panel(page).innerText(), /qwen2 · \d+ layers/);
  await page.context().close();
});

test('a link cannot name a Hub elsewhere', { timeout: SLOW }, async () => {
  const asked = [];
  const { page } = await open(browser, `${site.url}?device=cpu&tab=model&hub=https://elsewhere.example`, {
    route: (context) =>
      context.route(/^https:/, (route) => {
        asked.push(new URL(route.request().url()).origin);
        return route.fulfill({ status: 401, headers: { 'access-control-allow-origin': '*' } });
      }),
  });
  await page.locator('#model-url').fill('someone/Nowhere');
  await page.locator('#model-url').press('Enter');
  assert.match(await settled(page), /shows no model/);
  assert.deepEqual(asked, ['https://huggingface.co']);
  await page.context().close();
});

test(
  'an address that is not the Hub’s is fetched again only when its file has changed',
  { timeout: SLOW },
  async () => {
    const { page } = await start();
    const other = new URL('/someone/Tiny-GGUF/resolve/main/tiny-Q8_0.gguf', hub.url).href.replace(
      '127.0.0.1',
      'localhost',
    );
    const layers = async () => (await panel(page).locator('.summary').innerText()).match(/(\w+) · \d+ layers/)?.[1];
    await ask(page, other);
    assert.equal(await settled(page), 'ready');
    assert.equal(await layers(), 'qwen2');
    await visit(page, address(), { model: 'model/manifest.json' });
    // It is the very file that the gallery offers: it need not come twice.
    await panel(page).getByText('(stored in this browser)').waitFor();
    offered.contents = GPT2;
    await ask(page, other);
    assert.equal(await settled(page), 'ready');
    assert.equal(await layers(), 'gpt2');
    await page.context().setOffline(true);
    await page.getByRole('button', { name: /^Use the built-in model/ }).click();
    assert.equal(await settled(page), 'ready');
    await ask(page, other);
    assert.equal(await settled(page), 'ready');
    assert.equal(await layers(), 'gpt2', 'without a network, what came last is taken');
    await page.context().close();
  },
);

test('the page knows the families that the crate has', () => {
  const crate = join(ROOT, 'crate/src/model/family');
  const declared = readdirSync(crate)
    .map((name) => readFileSync(join(crate, name), 'utf8'))
    .flatMap((text) => {
      const type = /model_type: "(\w+)"/.exec(text)?.[1];
      return type ? [`${/label: "([\w-]+)"/.exec(text)[1]} ${type}`] : [];
    });
  const page = readFileSync(join(ROOT, 'web/src/engine/families.ts'), 'utf8');
  const known = [...page.matchAll(/label: '([\w-]+)', also: '[^']*', type: '(\w+)'/g)].map(
    ([, label, type]) => `${label} ${type}`,
  );
  assert.ok(known.length > 0);
  assert.deepEqual(known.sort(), declared.sort());
});
