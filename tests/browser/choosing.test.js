// What people choose when they are asked for a model: clones with copies for other programs, files with names of their own, parts.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, serve, SLOW } from './harness.js';
import { MODELS, settled } from './steps.js';

let server;
let browser;
let folder;

before(async () => {
  server = await serve();
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), 'langedit-choice-'));
});

after(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the page says of itself after that choice: the summary of the model, or what went wrong. */
async function chosen(input, files) {
  const { page } = await open(browser, `${server.url}?device=cpu&tab=model`);
  await page.locator(input).setInputFiles(files);
  // Files are read before the model is opened: until then the page is as ready as it was.
  await page.waitForFunction(() => ['busy', 'error'].some((state) => globalThis.states.includes(state)));
  const state = await settled(page);
  const said = state === 'ready' ? await page.getByRole('region', { name: 'Model', exact: true }).innerText() : state;
  await page.context().close();
  return said;
}

test('of a folder its own files count, not the copies and adapters beside and below', { timeout: SLOW }, async () => {
  const clone = join(folder, 'gpt2');
  cpSync(join(MODELS, 'gpt2'), clone, { recursive: true });
  rmSync(join(clone, 'expected.safetensors'));
  const config = readFileSync(join(clone, 'config.json'), 'utf8');
  mkdirSync(join(clone, 'onnx'));
  writeFileSync(join(clone, 'onnx/config.json'), config.replace('"n_layer": 3', '"n_layer": 99'));
  mkdirSync(join(clone, 'original'));
  for (const beside of ['adapter_model.safetensors', 'original/consolidated.safetensors'])
    cpSync(join(MODELS, 'llama3/model.safetensors'), join(clone, beside));
  assert.match(await chosen('#model-folder', clone), /gpt2 · 3 layers/);
});

test('a GGUF file is one by its first bytes, whatever its name', { timeout: 2 * SLOW }, async () => {
  for (const name of ['MODEL.GGUF', 'sha256-4d7a214614ab2935', 'a model (Q4).bin', 'model.gguf.part']) {
    cpSync(join(MODELS, 'gguf/llama.gguf'), join(folder, name));
    assert.match(await chosen('#model-file', join(folder, name)), /llama · \d+ layers/, name);
  }
  writeFileSync(join(folder, 'page.gguf'), '<!DOCTYPE html><html><body>Log in</body></html>');
  assert.match(
    await chosen('#model-file', join(folder, 'page.gguf')),
    /page\.gguf is no model but a web page.*\/resolve\//s,
  );
});

test('a part of a split file is said to be one', { timeout: SLOW }, async () => {
  const part = join(folder, 'tiny-00002-of-00003.gguf');
  cpSync(join(MODELS, 'gguf/llama.gguf'), part);
  assert.match(await chosen('#model-file', part), /tiny-00002-of-00003\.gguf is one part of 3.*--merge/s);
});
