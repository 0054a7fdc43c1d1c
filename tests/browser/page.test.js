// The page as a person, or a screen reader, finds it, before a model is open.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataset, open, serve, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { card, formOf, rows, tab, TABS } from './steps.js';

describe('without a WebGPU adapter', () => {
  test('the page goes from loading to ready, on the CPU, without a complaint', { timeout: SLOW }, async () => {
    const { page, complaints } = await open(browser, site.url);
    assert.deepEqual(await page.evaluate(() => globalThis.states), ['loading', 'ready']);
    assert.equal((await dataset(page)).device, 'cpu');
    assert.deepEqual(complaints, []);
    assert.match(await page.getByRole('status').first().innerText(), /choose a model/);
  });

  test('the reason for the CPU is shown', { timeout: SLOW }, async () => {
    const { page } = await open(browser, site.url);
    assert.match(await (await card(page, 'Device')).innerText(), /CPU.*WebGPU/s);
    await page.goto(`${site.url}?device=cpu`);
    await page.waitForFunction(() => document.documentElement.dataset.state === 'ready');
    assert.equal((await dataset(page)).device, 'cpu');
  });

  test('a GPU that is asked for and not there is named, and the CPU taken', { timeout: SLOW }, async () => {
    const { page } = await open(browser, `${site.url}?device=webgpu`);
    assert.equal((await dataset(page)).device, 'cpu');
    assert.match(await (await card(page, 'Device')).innerText(), /CPU.*adapter/s);
  });
});

test('everything has the name that people and tests find it by', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  for (const name of ['Undo', 'Redo', 'Reset', 'Share'])
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 1, name);
  assert.equal(await page.getByRole('region', { name: 'Stream', exact: true }).count(), 1);
  for (const name of ['Accuracy by language', 'Edits']) {
    await rows(page, name);
    assert.equal(await page.getByRole('table', { name, exact: true }).count(), 1, name);
  }
  // Every part has been opened: then each label must still be the only one of its kind.
  assert.deepEqual(await page.getByRole('tab').allInnerTexts(), TABS);
  for (const name of TABS) await tab(page, name);
  const form = await formOf(page);
  for (const label of ['Subject', 'Prompt', 'New object']) {
    assert.equal(await form.getByRole('textbox', { name: label, exact: true }).count(), 1, label);
    assert.equal(await page.getByLabel(label).count(), 1, `${label} must be unmistakable on the whole page`);
  }
  const language = form.getByRole('combobox', { name: 'Language', exact: true });
  const options = await language
    .locator('option')
    .evaluateAll((all) => all.map((option) => [option.value, option.textContent]));
  for (const [code, name] of Object.entries({
    en: 'English',
    de: 'German',
    nl: 'Dutch',
    fr: 'French',
    es: 'Spanish',
    zh: 'Chinese',
  })) {
    assert.deepEqual(
      options.find(([value]) => value === code),
      [code, name],
    );
  }
  assert.equal(await form.getByRole('button', { name: 'Apply edit', exact: true }).count(), 1);
});

test(
  'the address opens a tab, a tab changes the address, and what was left there stays',
  { timeout: SLOW },
  async () => {
    const { page } = await open(browser, `${site.url}?tab=facts`);
    const selected = () => page.getByRole('tab', { selected: true }).allInnerTexts();
    assert.deepEqual(await selected(), ['My own facts']);
    const subject = (await formOf(page)).getByLabel('Subject');
    await subject.fill('the river');
    for (const [at, name] of TABS.entries()) {
      await tab(page, name);
      assert.deepEqual(await selected(), [name]);
      assert.equal(await page.getByRole('tabpanel').count(), 1, 'one at a time');
      const query = new URL(page.url()).searchParams;
      const { page: other } = await open(browser, `${site.url}?tab=${query.get('tab') ?? ''}`);
      assert.deepEqual(await other.getByRole('tab', { selected: true }).allInnerTexts(), [name]);
      await other.context().close();
      if (at > 0) assert.ok(query.has('tab'), name);
    }
    assert.equal(await subject.inputValue(), 'the river');
  },
);

test('the text of a fact is marked with its language', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const form = await formOf(page);
  await form.getByLabel('Language').selectOption('zh');
  assert.equal(await form.getByLabel('Prompt').getAttribute('lang'), 'zh');
});

test('the address chooses the language of the interface, and the select changes it', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?ui=de&tab=facts`);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  const form = page.getByRole('form', { name: 'Neuer Fakt' });
  assert.equal(await form.locator('option[value=zh]').textContent(), 'Chinesisch');
  for (const [ui, apply] of Object.entries({
    nl: 'Bewerken',
    fr: 'Appliquer',
    es: 'Aplicar edición',
    zh: '应用编辑',
    en: 'Apply edit',
  })) {
    await page.locator('header select').selectOption(ui);
    assert.equal(await page.getByRole('button', { name: apply, exact: true }).count(), 1, ui);
    assert.equal(new URL(page.url()).searchParams.get('ui'), ui);
  }
});

test('on a phone the head of the page takes two rows, in every language', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, site.address, { viewport: { width: 390, height: 844 } });
  const head = page.getByRole('banner');
  for (const ui of ['en', 'de', 'nl', 'fr', 'es', 'zh']) {
    await page.locator('header select').selectOption(ui);
    const { height } = await head.boundingBox();
    assert.ok(height <= 110, `${ui}: ${height} pixels`);
    const cut = await head.evaluate((header) =>
      [...header.querySelectorAll('nav button, button, select, h1')]
        .filter((part) => {
          const { left, right } = part.getBoundingClientRect();
          return (
            left < 0 ||
            right > innerWidth ||
            (part.matches('nav button, h1') && part.scrollWidth > part.clientWidth + 1)
          );
        })
        .map(({ textContent }) => textContent),
    );
    assert.deepEqual(cut, [], ui);
  }
  await page.getByRole('heading', { level: 1, name: 'LangEdit Playground' }).waitFor();
});

test('an embedded page leaves out what frames it', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?embed=1`);
  assert.equal(await page.getByRole('region', { name: 'Answers by language' }).locator('[data-language]').count(), 6);
  assert.equal(await page.getByRole('region', { name: 'Status' }).count(), 1);
  for (const role of ['contentinfo', 'navigation', 'tab']) assert.equal(await page.getByRole(role).count(), 0, role);
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Share', exact: true }).count(), 0);

  const { page: parts } = await open(browser, `${site.url}?embed=1&panels=ask,facts`);
  assert.equal(await parts.getByRole('banner').count(), 0);
  assert.equal(await parts.getByRole('region', { name: 'Answers by language' }).count(), 0);
  assert.deepEqual(await parts.getByRole('tab').allInnerTexts(), ['Ask', 'My own facts']);
  assert.equal(await (await formOf(parts)).count(), 1);
});

test('a page that embeds this one is told its height, and again when it changes', { timeout: SLOW }, async () => {
  const page = await (
    await browser.newContext({
      locale: 'en-US',
      viewport: { width: 1280, height: 800 },
    })
  ).newPage();
  await page.addInitScript(() => {
    globalThis.heights = [];
    addEventListener('message', ({ data }) => {
      if (data?.type === 'langedit:height') globalThis.heights.push(data.height);
    });
  });
  const host = new URL('host.html', site.url).href;
  const body = `<iframe src="${site.address}&embed=1" width="1200" height="400"></iframe>`;
  await page.route(host, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(host);
  const frame = page.frameLocator('iframe');
  await frame.locator('html[data-state=ready]').waitFor({ timeout: SLOW });
  const agrees = () =>
    frame
      .locator('.page')
      .evaluate((top) => Math.ceil(top.clientHeight))
      .then((height) => page.waitForFunction((real) => globalThis.heights.at(-1) === real, height));
  await agrees();
  const wide = await page.evaluate(() => globalThis.heights.at(-1));
  assert.ok(wide > 400, `${wide} pixels`);
  await page.locator('iframe').evaluate((element) => (element.width = '360'));
  await page.waitForFunction((before) => globalThis.heights.at(-1) > before, wide);
  await agrees();
});

test('the page works from any path', { timeout: SLOW }, async () => {
  const other = await serve('/some/where');
  try {
    const { page, complaints } = await open(browser, other.url);
    assert.equal(new URL(page.url()).pathname, '/some/where/');
    assert.deepEqual(complaints, []);
  } finally {
    other.close();
  }
});

test('nothing is fetched from elsewhere', { timeout: SLOW }, async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const hosts = new Set();
  page.on('request', (request) => request.url().startsWith('http') && hosts.add(new URL(request.url()).host));
  await page.goto(site.url);
  await page.waitForFunction(() => document.documentElement.dataset.state === 'ready', null, { timeout: SLOW });
  assert.deepEqual([...hosts], [new URL(site.url).host]);
});

test('inline scripts are forbidden by the document itself', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval';/);
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.head.append(script);
    return globalThis.ran === true;
  });
  assert.equal(ran, false);
});

for (const width of [390, 1440]) {
  test(`nothing is cut off at ${width} pixels, whichever tab is open`, { timeout: SLOW }, async () => {
    const { page } = await open(browser, site.url, {
      viewport: { width, height: 844 },
    });
    for (const name of TABS) {
      await tab(page, name);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, name);
    }
  });
}

test('the keyboard reaches every control, in order, with a visible focus', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.address);
  const seen = [];
  /** Walks on until something has that name, and notes what it comes by. */
  const walkTo = async (last) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const { activeElement: element } = document;
        const name = element.ariaLabel ?? element.labels?.[0]?.textContent ?? element.textContent;
        return { name: name.trim().replace(/\s+/g, ' '), outline: getComputedStyle(element).outlineStyle };
      });
      seen.push(at);
      if (at.name.startsWith(last)) return;
    }
    assert.fail(`the keyboard does not come to “${last}”, only to ${seen.map(({ name }) => name).join(' | ')}`);
  };
  await walkTo('Accuracy');
  const languages = ['English', 'German', 'Dutch', 'French', 'Spanish', 'Chinese'];
  const expected = [
    ...['Playground', 'Lessons', 'Interface', 'Share', 'The capital of France is', 'Another fact', 'whole answers'],
    ...languages,
    ...languages.map((name) => `${name}: 20 of 20 other answers as before`),
    ...['Teach all six', 'Answer to teach', 'Add load', 'Projection', 'LangEdit', 'token by token', 'Accuracy'],
  ];
  const names = seen.map(({ name }) => name);
  assert.equal(names.length, expected.length, names.join(' | '));
  expected.forEach((name, at) => assert.ok(names[at].startsWith(name), `${names[at]} where ${name} is expected`));

  // The arrow keys lead from tab to tab, round the end too, and the Tab key into what is open.
  for (const [key, name] of [
    ['ArrowRight', 'Null space'],
    ['ArrowLeft', 'Accuracy'],
    ['ArrowLeft', 'My own facts'],
    ['Home', 'Accuracy'],
    ['End', 'My own facts'],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
    assert.deepEqual(await page.getByRole('tab', { selected: true }).allInnerTexts(), [name]);
  }
  await formOf(page);
  const from = seen.length;
  await walkTo('Paste or upload');
  const fields = seen.slice(from).map(({ name }) => name);
  assert.deepEqual(fields.slice(0, 4), ['Search known facts', 'Relation', 'Only in', 'Language']);
  assert.deepEqual(fields.slice(4), [
    ...['Subject', 'Prompt', 'New object', 'Apply edit', 'Add another language', 'Paste or upload many facts'],
  ]);
  for (const { name, outline } of seen) assert.notEqual(outline, 'none', `${name} shows no focus`);
});

test('files without a model are refused with a way out', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?tab=model`);
  await page
    .locator('#model-file')
    .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no model') });
  const alert = page.getByRole('alert');
  assert.match(await alert.innerText(), /no model among these files/);
  assert.equal((await dataset(page)).state, 'error');
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  assert.equal((await dataset(page)).state, 'ready');
});

test('an address that leads nowhere is named', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?tab=model`);
  await page.locator('#model-url').fill('missing.gguf');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  assert.match(await page.getByRole('alert').innerText(), /missing\.gguf: 404/);
});

test('a page whose module cannot be loaded says so and stays', { timeout: SLOW }, async () => {
  const context = await browser.newContext();
  await context.route('**/*.zst', (route) =>
    route.fulfill({ status: 200, contentType: 'application/wasm', body: 'not wasm' }),
  );
  const page = await context.newPage();
  await page.goto(site.url);
  await page.waitForFunction(() => document.documentElement.dataset.state === 'error', null, { timeout: SLOW });
  assert.ok((await page.getByRole('alert').innerText()).length > 0);
  assert.equal(await page.getByRole('region', { name: 'Answers by language' }).locator('[data-language]').count(), 6);
});
