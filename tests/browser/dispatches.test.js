// What one edit of the page's own model asks of WebGPU: dispatches, submits and readbacks, counted in the worker. Times are left out; on an
// adapter in software they say nothing about a GPU, but what is waited for and how often it is asked is the same on both.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engine, launch, open, ROOT, serve, SLOW } from './harness.js';

const MODEL = join(ROOT, 'static/model');
const FACT = {
  id: '0',
  language: 'de',
  subject: 'Frankreich',
  prompt: 'Die Hauptstadt von Frankreich ist',
  new_object: 'Rom',
};

/** No more than these for an edit of one fact, its questions before and after among them. */
const BUDGET = { dispatches: 4000, submits: 200, readbacks: 20 };

/** Counts from the worker's first statement on. */
const COUNTING = `
globalThis.asked = { dispatches: 0, submits: 0, readbacks: 0, pipelines: 0, uploads: 0, bytes: 0 };
const count = (type, method, name, more) => {
  const original = type.prototype[method];
  type.prototype[method] = function (...parameters) {
    globalThis.asked[name] += 1;
    more?.(parameters);
    return original.apply(this, parameters);
  };
};
if (globalThis.GPUQueue) {
  count(GPUComputePassEncoder, 'dispatchWorkgroups', 'dispatches');
  count(GPUComputePassEncoder, 'dispatchWorkgroupsIndirect', 'dispatches');
  count(GPUQueue, 'submit', 'submits');
  count(GPUQueue, 'writeBuffer', 'uploads', ([, , data]) => (globalThis.asked.bytes += data.byteLength));
  count(GPUBuffer, 'mapAsync', 'readbacks');
  count(GPUDevice, 'createComputePipeline', 'pipelines');
}
`;

let server;
let browser;

before(async () => {
  server = await serve();
  browser = await launch({ webgpu: true });
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('one edit asks little of WebGPU', { timeout: 2 * SLOW }, async (context) => {
  const { page } = await open(browser, `${server.url}?device=cpu&panels=status`);
  await page.route(/\/worker-[\w-]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: COUNTING + (await response.text()) });
  });
  const call = await engine(page);
  const started = await call('start', { device: 'webgpu' });
  assert.equal(started.device, 'webgpu', started.reason);
  const { name } = await call('open_gguf', { name: 'model.gguf', bytes: readFileSync(join(MODEL, 'model.gguf')) });
  await call('use_statistics', { bytes: readFileSync(join(MODEL, 'statistics.safetensors')) });
  const recipe = await call('compose', {
    composition: { model: { name }, method: 'langedit', batch: 1, templates: { de: ['{}', 'Heute. {}'] } },
    facts: [FACT],
  });
  const worker = page.workers().at(-1);
  const asked = () => worker.evaluate(() => ({ ...globalThis.asked }));
  const before = await asked();
  const began = performance.now();
  const report = await call('edit', { recipe });
  const seconds = (performance.now() - began) / 1000;
  const after = await asked();
  const spent = Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - before[name]]));
  context.diagnostic(
    `${JSON.stringify(spent)}, ${report.steps[0].losses?.[0]?.length ?? '?'} steps, ${seconds.toFixed(1)} s`,
  );
  assert.equal(report.average.after.efficacy, 100);
  for (const [name, most] of Object.entries(BUDGET))
    assert.ok(spent[name] > 0 && spent[name] <= most, `${name}: ${spent[name]}, at most ${most}`);
});
