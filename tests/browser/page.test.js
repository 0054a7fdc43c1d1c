// The page as a person, or a screen reader, finds it, before a model is open.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataset, open, serve, SLOW } from './harness.js';
import { browser, site } from './stage.js';

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
    assert.match(await page.getByText('CPU').locator('..').innerText(), /WebGPU/);
    await page.goto(`${site.url}?device=cpu`);
    await page.waitForFunction(() => document.documentElement.dataset.state === 'ready');
    assert.equal((await dataset(page)).device, 'cpu');
  });

  test('a GPU that is asked for and not there is named, and the CPU taken', { timeout: SLOW }, async () => {
    const { page } = await open(browser, `${site.url}?device=webgpu`);
    assert.equal((await dataset(page)).device, 'cpu');
    assert.match(await page.getByText('CPU').locator('..').innerText(), /adapter/);
  });
});

test('everything has the name that people and tests find it by', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const form = page.getByRole('form', { name: 'New fact', exact: true });
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
  for (const name of ['Undo', 'Redo', 'Reset', 'Share'])
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 1, name);
  for (const name of ['Accuracy by language', 'Edits'])
    assert.equal(await page.getByRole('table', { name, exact: true }).count(), 1, name);
});

test('the text of a fact is marked with its language', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const form = page.getByRole('form', { name: 'New fact' });
  await form.getByLabel('Language').selectOption('zh');
  assert.equal(await form.getByLabel('Prompt').getAttribute('lang'), 'zh');
});

test('the address chooses the language of the interface, and the select changes it', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?ui=de`);
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
    await page.locator('#interface').selectOption(ui);
    assert.equal(await page.getByRole('button', { name: apply, exact: true }).count(), 1, ui);
    assert.equal(new URL(page.url()).searchParams.get('ui'), ui);
  }
});

test('an embedded page leaves out what frames it', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?embed=1`);
  assert.equal(await page.getByRole('banner').count(), 0);
  assert.equal(await page.getByRole('contentinfo').count(), 0);
  assert.equal(await page.getByRole('form', { name: 'New fact' }).count(), 1);
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
  test(`nothing is cut off at ${width} pixels`, { timeout: SLOW }, async () => {
    const { page } = await open(browser, site.url, { viewport: { width, height: 844 } });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
  });
}

test('the keyboard reaches every control, in order, with a visible focus', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const seen = [];
  for (let i = 0; i < 30; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body ? null : { id: element.id, outline: getComputedStyle(element).outlineStyle };
    });
    if (at === null || seen.some((earlier) => earlier.id && earlier.id === at.id)) break;
    seen.push(at);
  }
  const ids = seen.map(({ id }) => id);
  const expected = [
    'interface',
    'fact-language',
    'fact-subject',
    'fact-prompt',
    'fact-object',
    'ask-prompt',
    'ask-tokens',
    'model-file',
    'model-folder',
    'model-url',
  ];
  assert.deepEqual(
    ids.filter((id) => expected.includes(id)),
    expected,
  );
  for (const { id, outline } of seen) assert.notEqual(outline, 'none', `${id} shows no focus`);
});

test('files without a model are refused with a way out', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
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
  const { page } = await open(browser, site.url);
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
  assert.equal(await page.getByRole('form', { name: 'New fact' }).count(), 1);
});
