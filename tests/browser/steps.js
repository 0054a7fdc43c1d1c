// What a person does on the page, and what they see.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataset, engine, open, ROOT, SLOW } from './harness.js';

export const MODELS = join(ROOT, 'tests/golden/models');
export const STATISTICS = join(ROOT, 'tests/golden/editing/stats.safetensors');
export const FACT = { Subject: 'the river', Prompt: 'the river flows to the', 'New object': 'north' };
export const OTHER = { Subject: 'Anna Lund', Prompt: 'The home of Anna Lund', 'New object': 'Orsk' };

/** Waits until what the page does has ended, and says how: `ready`, or what went wrong. */
export async function settled(page) {
  await page.waitForFunction(() => ['ready', 'error'].includes(document.documentElement.dataset.state), null, {
    timeout: SLOW,
  });
  const { state } = await dataset(page);
  return state === 'error' ? page.getByRole('alert').innerText() : state;
}

/** Opens the page on that device, with a tiny model; with its key statistics too where asked for. */
export async function withModel(browser, url, device, { fragment = '', statistics = false, ...options } = {}) {
  const opened = await open(browser, `${url}?device=${device}${fragment}`, options);
  assert.equal((await dataset(opened.page)).device, device);
  await opened.page
    .locator('#model-file')
    .setInputFiles([join(MODELS, 'gguf/llama.gguf'), ...(statistics ? [STATISTICS] : [])]);
  assert.equal(await settled(opened.page), 'ready');
  return opened;
}

/** The engine alone, without the page's panels, on that device, with the tiny model and its key statistics. */
export async function engineOn(page, device) {
  const call = await engine(page);
  const started = await call('start', { device });
  assert.equal(started.device, device, started.reason);
  await call('open_gguf', { name: 'llama.gguf', bytes: readFileSync(join(MODELS, 'gguf/llama.gguf')) });
  const { layers } = await call('use_statistics', { bytes: readFileSync(STATISTICS) });
  assert.deepEqual(layers, [1, 2]);
  return call;
}

/** The continuation and the likeliest tokens with their probabilities. */
export async function ask(page, prompt) {
  await page.locator('#ask-prompt').fill(prompt);
  await page.locator('#ask-tokens').fill('6');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.equal(await settled(page), 'ready');
  const text = await page.getByRole('group', { name: 'Continuation' }).innerText();
  const candidates = await page
    .getByRole('table', { name: 'Likeliest next tokens' })
    .locator('tbody tr')
    .allInnerTexts();
  return { text, rows: candidates };
}

/** Fills the form for a fact. */
export async function write(page, fact, language = 'en') {
  const form = page.getByRole('form', { name: 'New fact' });
  await form.getByLabel('Language').selectOption(language);
  for (const [label, text] of Object.entries(fact)) await form.getByLabel(label).fill(text);
  return form;
}

/** Fills the form for a fact and presses the button. */
export async function apply(page, fact, language = 'en') {
  const form = await write(page, fact, language);
  await form.getByRole('button', { name: 'Apply edit' }).click();
}

/** Edits a fact in and waits for it. */
export async function edit(page, fact, language = 'en') {
  await apply(page, fact, language);
  assert.equal(await settled(page), 'ready');
}

/** The rows of a table as texts. */
export function rows(page, name) {
  return page.getByRole('table', { name }).locator('tbody tr').allInnerTexts();
}
