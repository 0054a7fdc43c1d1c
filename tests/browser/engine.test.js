// The engine in the page: a tiny checkpoint opened, asked, edited, undone and shared, on the CPU and on WebGPU, with the same results.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { dataset, launch, open, ROOT, serve, SLOW } from './harness.js';

const MODELS = join(ROOT, 'tests/golden/models');
const FACT = { Subject: 'the river', Prompt: 'the river flows to the', 'New object': 'north' };

let server;
const browsers = {};

before(async () => {
  server = await serve();
  browsers.cpu = await launch();
  browsers.webgpu = await launch({ webgpu: true });
});

after(async () => {
  await Promise.all(Object.values(browsers).map((browser) => browser.close()));
  server?.close();
});

/** Waits until what the page does has ended, and says how. */
async function settled(page) {
  await page.waitForFunction(() => ['ready', 'error'].includes(document.documentElement.dataset.state), null, { timeout: SLOW });
  const { state } = await dataset(page);
  return state === 'error' ? page.getByRole('alert').innerText() : state;
}

/** A page on that device with a tiny model open. */
async function withModel(device, fragment = '') {
  const opened = await open(browsers[device], `${server.url}?device=${device}${fragment}`);
  assert.equal((await dataset(opened.page)).device, device);
  await opened.page.locator('#model-file').setInputFiles(join(MODELS, 'gguf/llama.gguf'));
  assert.equal(await settled(opened.page), 'ready');
  return opened;
}

/** The continuation and the likeliest tokens with their probabilities. */
async function ask(page, prompt) {
  await page.locator('#ask-prompt').fill(prompt);
  await page.locator('#ask-tokens').fill('6');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.equal(await settled(page), 'ready');
  const text = await page.getByRole('group', { name: 'Continuation' }).innerText();
  const rows = await page.getByRole('table', { name: 'Likeliest next tokens' }).locator('tbody tr').allInnerTexts();
  return { text, rows };
}

async function fill(page, fact) {
  const form = page.getByRole('form', { name: 'New fact' });
  await form.getByLabel('Language').selectOption('en');
  for (const [label, text] of Object.entries(fact)) await form.getByLabel(label).fill(text);
  await form.getByRole('button', { name: 'Apply edit' }).click();
  assert.equal(await settled(page), 'ready');
}

/** The rows of a table as texts. */
function rows(page, name) {
  return page.getByRole('table', { name }).locator('tbody tr').allInnerTexts();
}

test('a fact is edited in, undone, redone and shared', { timeout: SLOW }, async () => {
  const device = 'cpu';
  const { page, complaints } = await withModel(device);
  const before = await ask(page, FACT.Prompt);
  assert.equal(before.rows.length, 5);

  await fill(page, FACT);
  const edits = await rows(page, 'Edits');
  assert.equal(edits.length, 1);
  assert.match(edits[0], /English.*the river flows to the.*north.*edited in/s);
  assert.match((await rows(page, 'Accuracy by language'))[0], /^English/);
  const link = new URL(page.url()).hash;
  assert.match(link, /^#1\.[\w-]+$/);
  const edited = await ask(page, FACT.Prompt);
  assert.notDeepEqual(edited, before);

  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await settled(page), 'ready');
  assert.deepEqual(await ask(page, FACT.Prompt), before, 'undo must restore what the model says');
  assert.equal(new URL(page.url()).hash, '');
  await page.getByRole('button', { name: 'Redo' }).click();
  assert.equal(await settled(page), 'ready');
  assert.deepEqual(await ask(page, FACT.Prompt), edited);
  assert.deepEqual(complaints, []);

  // Another page that opens the link waits for the model, replays, and says whether it came out the same.
  const { page: second } = await open(browsers[device], `${server.url}?device=${device}${link}`);
  assert.match((await rows(second, 'Edits'))[0], /waits for a model/);
  await second.locator('#model-file').setInputFiles(join(MODELS, 'gguf/llama.gguf'));
  assert.equal(await settled(second), 'ready');
  assert.equal(await second.getByText('Replay:').locator('strong').innerText(), 'reproduced');
});

test('WebGPU passes its self-check and answers as the CPU does', { timeout: 2 * SLOW }, async () => {
  const answers = {};
  for (const device of ['cpu', 'webgpu']) {
    const { page, complaints } = await withModel(device);
    if (device === 'webgpu') assert.match(await page.getByLabel('State').innerText(), /Self-check passed/);
    answers[device] = await ask(page, FACT.Prompt);
    assert.deepEqual(complaints, []);
  }
  assert.equal(answers.webgpu.text, answers.cpu.text);
  const parse = (row) => row.split('\t').map((cell) => cell.trim());
  answers.webgpu.rows.map(parse).forEach(([token, probability], index) => {
    const [expected, of] = parse(answers.cpu.rows[index]);
    assert.equal(token, expected);
    assert.ok(Math.abs(parseFloat(probability) - parseFloat(of)) <= 0.11, `${token}: ${probability} and ${of}`);
  });
});

test('a folder in Hugging Face layout opens too', { timeout: SLOW }, async () => {
  const { page } = await open(browsers.cpu, `${server.url}?device=cpu`);
  await page.locator('#model-folder').setInputFiles(join(MODELS, 'llama-sharded'));
  assert.equal(await settled(page), 'ready');
  assert.match(await page.getByRole('region', { name: 'Model', exact: true }).innerText(), /llama · \d+ layers/);
});

test('a damaged file is refused, and the page goes on', { timeout: SLOW }, async () => {
  const { page } = await withModel('cpu');
  await page.locator('#model-file').setInputFiles({ name: 'broken.gguf', mimeType: '', buffer: Buffer.from('GGUF\x03\0\0\0') });
  assert.match(await settled(page), /\S/);
  assert.equal((await dataset(page)).state, 'error');
  await page.locator('#model-file').setInputFiles(join(MODELS, 'gguf/llama.gguf'));
  assert.equal(await settled(page), 'ready');
});

test('a damaged link is named', { timeout: SLOW }, async () => {
  const { page } = await open(browsers.cpu, `${server.url}#1.AAAA`, { expect: 'error' });
  assert.match(await page.getByRole('alert').innerText(), /link is damaged/);
});
