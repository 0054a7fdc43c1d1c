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

/** A second step has to be projected onto what the first left of the null space. */
const SECOND = {
  id: '1',
  language: 'de',
  subject: 'Japan',
  prompt: 'Die Hauptstadt von Japan ist',
  new_object: 'Lima',
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

/** A page whose worker counts, with the embedded model on WebGPU and the solver that is asked for. */
async function counting(solver) {
  const { page } = await open(browser, `${server.url}?device=cpu&panels=status`);
  await page.route(/\/worker-[\w-]+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: COUNTING + (await response.text()) });
  });
  const call = await engine(page);
  const started = await call('start', { device: 'webgpu', solver });
  assert.equal(started.device, 'webgpu', started.reason);
  const { name } = await call('open_gguf', { name: 'model.gguf', bytes: readFileSync(join(MODEL, 'model.gguf')) });
  await call('use_statistics', { bytes: readFileSync(join(MODEL, 'statistics.safetensors')) });
  const worker = page.workers().at(-1);
  const asked = () => worker.evaluate(() => ({ ...globalThis.asked }));
  /** The report of an edit, and what it asked for. */
  const edit = async (facts, settings, parameters) => {
    const recipe = await call('compose', {
      composition: {
        model: { name },
        method: 'langedit',
        batch: 1,
        templates: { de: ['{}', 'Heute. {}'] },
        ...settings,
      },
      facts,
    });
    const before = await asked();
    const began = performance.now();
    const report = await call('edit', { recipe, ...parameters });
    const seconds = (performance.now() - began) / 1000;
    const after = await asked();
    const spent = Object.fromEntries(Object.entries(after).map(([what, count]) => [what, count - before[what]]));
    return { report, spent, seconds };
  };
  return { started, edit };
}

for (const solver of ['host', 'device'])
  test(`one edit asks little of WebGPU, with the solver of the ${solver}`, { timeout: 2 * SLOW }, async (context) => {
    const { started, edit } = await counting(solver);
    assert.equal(started.solver, solver);
    const { report, spent, seconds } = await edit([FACT]);
    context.diagnostic(
      `${JSON.stringify(spent)}, ${report.steps[0].losses?.[0]?.length ?? '?'} steps, ${seconds.toFixed(1)} s`,
    );
    assert.equal(report.average.after.efficacy, 100);
    assert.equal(report.steps[0].solver?.update.on ?? 'host', solver);
    for (const [what, most] of Object.entries(BUDGET))
      assert.ok(spent[what] > 0 && spent[what] <= most, `${what}: ${spent[what]}, at most ${most}`);
  });

test('a second step is projected and solved on WebGPU as on the host', { timeout: 4 * SLOW }, async (context) => {
  const [host, device] = [await counting(undefined), await counting('device')];
  assert.equal(host.started.solver, 'host', 'a GPU made of software does not solve unless it is told to');
  const [steps, short] = [[FACT, SECOND], { settings: { v_num_grad_steps: '4' } }];
  const expected = await host.edit(steps, short, { evaluation: 'nothing' });
  const found = await device.edit(steps, short, { evaluation: 'nothing' });
  context.diagnostic(`host ${JSON.stringify(expected.spent)}, ${expected.seconds.toFixed(1)} s`);
  context.diagnostic(`device ${JSON.stringify(found.spent)}, ${found.seconds.toFixed(1)} s`);
  const [{ solver, ...ours }, theirs] = [found.report.steps[1], expected.report.steps[1]];
  assert.deepEqual(ours.null_dimension, theirs.null_dimension);
  for (const [layer, norm] of Object.entries(theirs.delta_norm))
    assert.ok(Math.abs(ours.delta_norm[layer] / norm - 1) < 1e-3, `layer ${layer}: ${ours.delta_norm[layer]}, ${norm}`);
  assert.ok(!theirs.solver, 'all of it on the host');
  assert.deepEqual([solver.null_space.on, solver.update.on], ['device', 'device']);
  assert.ok(solver.null_space.error < 1e-5 && solver.update.error < 1e-5, JSON.stringify(solver));
});
