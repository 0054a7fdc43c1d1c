// A recipe of each method, run by the command and by the page's module on the CPU, one of them also on WebGPU: the reports must agree.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { langedit, launch, open, serve, SLOW } from './harness.js';
import { engineOn, MODELS, STATISTICS } from './steps.js';

const MODEL = join(MODELS, 'gguf/llama.gguf');

/** The methods, and what each needs beside the common choices. ROME edits one layer. */
const METHODS = {
  langedit: ['--layers', '1-2'],
  alphaedit: ['--layers', '1-2'],
  evoedit: ['--layers', '1-2'],
  answeredit: ['--layers', '1-2'],
  memit: ['--layers', '1-2'],
  'memit-seq': ['--layers', '1-2'],
  rect: ['--layers', '1-2'],
  prune: ['--layers', '1-2', '--set', 'mom2_update_weight=0.2'],
  rome: ['--layers', '1', '--set', 'mom2_adjustment=true'],
  ft: ['--layers', '2', '--set', 'num_steps=3'],
  'ft-l': ['--layers', '2', '--set', 'num_steps=3'],
  'ft-m': ['--layers', '1-2', '--set', 'num_steps=3'],
};

/** Two templates a language and three steps of descent: every dispatch of a software adapter takes a millisecond or more. */
const TEMPLATES = { en: ['{}', 'The. {}'], de: ['{}', 'Heute. {}'] };
const FACTS = [
  {
    id: '0',
    language: 'en',
    subject: 'Anna Lund',
    prompt: 'The home of Anna Lund',
    new_object: 'Orsk',
    rephrases: ['Anna Lund lives in'],
  },
  {
    id: '0',
    language: 'de',
    subject: 'Köln',
    prompt: 'Durch die Stadt Köln',
    new_object: 'Veldania',
    neighbours: [{ prompt: 'Der Fluss', answer: 'die Ruhr' }],
  },
];

/** Relative differences that the order of summation in f32 explains, once descent has amplified it. */
const TOLERANCE = { cpu: 1e-3, webgpu: 1e-2 };

let folder;
let server;
const native = {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'langedit-'));
  const file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const data = file('facts.jsonl', FACTS.map((fact) => JSON.stringify(fact)).join('\n'));
  const templates = file('templates.json', JSON.stringify(TEMPLATES));
  const inputs = ['--model', MODEL, '--data', data, '--stats', STATISTICS, '--templates', templates];
  const choices = ['--languages', 'en,de', '--facts', '1', '--batch', '1', '--set', 'v_num_grad_steps=3'];
  for (const [method, more] of Object.entries(METHODS)) {
    const report = join(folder, `${method}.json`);
    langedit('edit', ...inputs, ...choices, ...more, '--method', method, '--quiet', '--report', report);
    native[method] = JSON.parse(readFileSync(report, 'utf8'));
  }
  server = await serve();
});

after(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asserts that two values have the same shape, equal texts, and numbers within a relative tolerance. */
function agree(found, expected, tolerance, place) {
  if (typeof expected === 'number' && typeof found === 'number') {
    const allowed = tolerance * Math.max(Math.abs(found), Math.abs(expected)) + 1e-6;
    assert.ok(Math.abs(found - expected) <= allowed, `${place}: ${found}, the command has ${expected}`);
  } else if (typeof expected === 'object' && expected !== null) {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), place);
    for (const key of Object.keys(expected)) agree(found[key], expected[key], tolerance, `${place}.${key}`);
  } else {
    assert.equal(found, expected, place);
  }
}

const comparable = ({
  steps,
  languages,
  average,
  accuracy_matrix,
  settings,
  templates,
  model,
  model_sha256,
  method,
  seed,
}) => ({
  // The pictures' data hold numbers that are zero but for rounding, and times; they follow from what is compared.
  steps: steps.map(({ seconds, target_seconds, solve_seconds, leak, figures, ...step }) => step),
  ...{ languages, average, accuracy_matrix, settings, templates, model, model_sha256, method, seed },
});
const leaks = (of) => of.steps.flatMap(({ leak }) => Object.values(leak).flatMap((layers) => Object.values(layers)));

/** A report's parts make up its time, but for a twentieth and the grain of a browser's clock. */
function addsUp({ total_seconds, ...timing }) {
  const parts = Object.entries(timing).filter(([name]) => name.endsWith('_seconds'));
  const sum = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  assert.ok(
    Math.abs(total_seconds - sum) <= 0.05 * total_seconds + 0.005,
    JSON.stringify({ total_seconds, ...timing }),
  );
}

for (const device of ['cpu', 'webgpu']) {
  test(`the module gives the command's report on ${device}`, { timeout: 2 * SLOW }, async (context) => {
    const browser = await launch({ webgpu: device === 'webgpu' });
    try {
      const { page } = await open(browser, `${server.url}?device=cpu`);
      const call = await engineOn(page, device);
      const { methods } = await call('methods', {});
      assert.deepEqual(
        methods.map(({ name }) => name).sort(),
        Object.keys(METHODS).sort(),
        'each method has a recipe here',
      );
      // A software adapter is slow, and what methods add runs in the same few kernels.
      for (const method of device === 'cpu' ? Object.keys(METHODS) : ['langedit', 'ft']) {
        const expected = native[method];
        const tried = await call('trial', { recipe: expected.recipe });
        const report = await call('edit', { recipe: expected.recipe });
        // What was tried is taken over, so that a trial and the run behind it are equal to the last digit.
        assert.deepEqual(comparable(tried), comparable(report), `${method}: the trial`);
        agree(comparable(report), comparable(expected), TOLERANCE[device], method);
        const { projects } = methods.find(({ name }) => name === method);
        assert.equal(Object.keys(report.steps[0].null_dimension).length > 0, projects, `${method}: null space`);
        // A leak is zero but for rounding where everything is in the null space, so it is compared on its own scale, 0 to 1.
        leaks(report).forEach((leak, index) =>
          assert.ok(Math.abs(leak - leaks(expected)[index]) < 1e-3, `${method}: leak ${leak}`),
        );
        const verdict = await call('verdict', { expected: await call('digest', { report: expected }), report });
        assert.notEqual(verdict.verdict, 'differs', `${method}: ${JSON.stringify(verdict)}`);
        addsUp(tried.timing);
        addsUp(report.timing);
        const { total_seconds, evaluate_seconds } = report.timing;
        const { target_seconds } = tried.timing;
        const times = `targets ${target_seconds.toFixed(1)} s, questions ${evaluate_seconds.toFixed(1)} s`;
        context.diagnostic(`${method} on ${device}: ${total_seconds.toFixed(1)} s, ${times}`);
      }
    } finally {
      await browser.close();
    }
  });
}
