// The engine in the page: a tiny checkpoint opened, asked, edited, undone and shared, on the CPU and on WebGPU, with the same results.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { dataset, launch, open, serve, SLOW } from './harness.js';
import { ask, card, edit, FACT, MODELS, rows, settled, tab, withModel } from './steps.js';

let server;
const browsers = {};

before(async () => {
  server = await serve();
  browsers.cpu = await launch();
  browsers.webgpu = await launch({ webgpu: true });
});

after(async () => {
  await Promise.all(Object.values(browsers).map((browser) => browser?.close()));
  server?.close();
});

test('a fact is edited in, undone, redone and shared', { timeout: SLOW }, async () => {
  const device = 'cpu';
  const { page, complaints } = await withModel(browsers[device], server.url, device);
  const before = await ask(page, FACT.Prompt);
  assert.equal(before.rows.length, 5);

  await edit(page, FACT);
  const edits = await rows(page, 'Edits');
  assert.equal(edits.length, 1);
  assert.match(edits[0], /English.*the river flows to the.*north.*applied/s);
  assert.match((await rows(page, 'Accuracy by language'))[0], /^English\s+\d/);
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
  assert.match((await rows(second, 'Edits'))[0], /waiting for a model/);
  await tab(second, 'Model and settings');
  await second.locator('#model-file').setInputFiles(join(MODELS, 'gguf/llama.gguf'));
  assert.equal(await settled(second), 'ready');
  assert.equal(await second.getByText('Link’s result:').locator('strong').innerText(), 'reproduced');
});

test('WebGPU passes its self-check and answers as the CPU does', { timeout: 2 * SLOW }, async () => {
  const answers = {};
  for (const device of ['cpu', 'webgpu']) {
    const { page, complaints } = await withModel(browsers[device], server.url, device);
    if (device === 'webgpu') assert.match(await (await card(page, 'Device')).innerText(), /Self-check passed/);
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
  const { page } = await open(browsers.cpu, `${server.url}?device=cpu&tab=model`);
  await page.locator('#model-folder').setInputFiles(join(MODELS, 'llama-sharded'));
  assert.equal(await settled(page), 'ready');
  assert.match(await (await card(page, 'Model')).innerText(), /llama · \d+ layers/);
});

test('a damaged file is refused, and the page goes on', { timeout: SLOW }, async () => {
  const { page } = await withModel(browsers.cpu, server.url, 'cpu');
  await page
    .locator('#model-file')
    .setInputFiles({ name: 'broken.gguf', mimeType: '', buffer: Buffer.from('GGUF\x03\0\0\0') });
  assert.match(await settled(page), /\S/);
  assert.equal((await dataset(page)).state, 'error');
  await page.locator('#model-file').setInputFiles(join(MODELS, 'gguf/llama.gguf'));
  assert.equal(await settled(page), 'ready');
});

test('a damaged link is named', { timeout: SLOW }, async () => {
  const { page } = await open(browsers.cpu, `${server.url}#1.AAAA`, { expect: 'error' });
  assert.match(await page.getByRole('alert').innerText(), /link is damaged/);
});
