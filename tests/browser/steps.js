// What a person does on the page, and what they see.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataset, engine, open, ROOT, SLOW } from './harness.js';

export const MODELS = join(ROOT, 'tests/golden/models');
export const STATISTICS = join(ROOT, 'tests/golden/editing/stats.safetensors');
export const FACT = { Subject: 'the river', Prompt: 'the river flows to the', 'New object': 'north' };
/** The same as the engine has it. */
const RIVER = {
  id: '1',
  language: 'en',
  subject: FACT.Subject,
  prompt: FACT.Prompt,
  new_object: FACT['New object'],
};
export const OTHER = { Subject: 'Anna Lund', Prompt: 'The home of Anna Lund', 'New object': 'Orsk' };

/** A recipe of one fact for that model. */
export const recipeFor = (model, fact = RIVER) => ({
  version: 1,
  model,
  method: 'langedit',
  mode: 'paper',
  projection: 'exact',
  seed: 0,
  languages: ['en'],
  order: 'round-robin',
  batch: 1,
  steps: [1],
  facts: [fact],
});

/** All tabs, in their order. */
export const TABS = [
  ...['Accuracy', 'Null space', 'Update', 'Trace', 'Compare methods', 'Merge', 'Ask', 'Model and settings'],
  'My own facts',
];
/** Tables by the tab that they lie in. */
const TABLES = {
  Edits: 'Accuracy',
  'Accuracy by language': 'Accuracy',
  'Likeliest next tokens': 'Ask',
  'Likeliest before editing': 'Ask',
  'Current answer': 'My own facts',
};

/** Opens the tab of that name where it is not open, and gives what it shows once that has been loaded. */
export async function tab(page, name) {
  const handle = page.getByRole('tab', { name, exact: true });
  if ((await handle.getAttribute('aria-selected')) !== 'true') await handle.click();
  const panel = page.getByRole('tabpanel', { name, exact: true });
  await panel.locator('> :not([role=status])').first().waitFor();
  return panel;
}

/** The card of that name in the tab of the model, the device and the method. */
export async function card(page, name) {
  return (await tab(page, 'Model and settings')).getByRole('region', {
    name,
    exact: true,
  });
}

/** Waits until what the page does has ended, and says how: `ready`, or what went wrong. What begins in between is waited for too. */
export async function settled(page) {
  let state = 'busy';
  while (!['ready', 'error'].includes(state)) {
    await page.waitForFunction(() => ['ready', 'error'].includes(document.documentElement.dataset.state), null, {
      timeout: SLOW,
    });
    ({ state } = await dataset(page));
  }
  return state === 'error' ? page.getByRole('alert').innerText() : state;
}

/** Without the stage: it asks 126 questions, and an adapter in software takes seconds for each. */
export const WITHOUT_STAGE = '&panels=status,facts,method,model,edits,accuracy,figures,ask,trace,compare';

/** Opens the page on that device, with a tiny model; with its key statistics too where asked for. */
export async function withModel(browser, url, device, { statistics = false, ...options } = {}) {
  const parts = device === 'webgpu' ? WITHOUT_STAGE : '';
  const opened = await open(browser, `${url}?device=${device}${parts}`, options);
  assert.equal((await dataset(opened.page)).device, device);
  await tab(opened.page, 'Model and settings');
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
  await tab(page, 'Ask');
  await page.locator('#ask-prompt').fill(prompt);
  await page.locator('#ask-tokens').fill('6');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.equal(await settled(page), 'ready');
  const text = await page.getByRole('group', { name: 'Continuation' }).innerText();
  return { text, rows: await rows(page, 'Likeliest next tokens') };
}

/** The form for a fact. */
export async function formOf(page) {
  return (await tab(page, 'My own facts')).getByRole('form', {
    name: 'New fact',
    exact: true,
  });
}

/** Fills the form for a fact. */
export async function write(page, fact, language = 'en') {
  const form = await formOf(page);
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
export async function rows(page, name) {
  if (TABLES[name]) await tab(page, TABLES[name]);
  return page.getByRole('table', { name }).locator('tbody tr').allInnerTexts();
}

/** The stage's answers. */
export const answers = (page) => page.getByRole('region', { name: 'Answers by language' });

/** The button that holds a language's answer. */
export const answerIn = (page, name) => answers(page).getByRole('button', { name: new RegExp(`^${name}`) });

/** Changes an answer on the stage by typing another. */
export async function teach(page, name, text) {
  await answerIn(page, name).click();
  await answers(page).getByRole('combobox', { name, exact: true }).fill(text);
  await page.keyboard.press('Enter');
}
