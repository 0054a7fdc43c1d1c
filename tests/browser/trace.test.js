// Causal tracing and merging in the page: the numbers are the command's, the figures are drawn whole, and the model keeps its edits.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { langedit, launch, open, ROOT, serveWithModel, SLOW } from './harness.js';
import { card, edit, engineOn, FACT, formOf, MODELS, rows, settled, STATISTICS, tab, write } from './steps.js';

const MODEL = join(MODELS, 'gguf/llama.gguf');
const UIS = ['en', 'de', 'nl', 'fr', 'es', 'zh'];
const FACTS = [
  {
    id: '0',
    language: 'en',
    subject: 'Anna Lund',
    prompt: 'The home of Anna Lund is',
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
const TEMPLATES = { en: ['{}', 'The. {}'], de: ['{}', 'Heute. {}'] };
/** What is asked on each device: every dispatch of a software adapter takes a millisecond or more, and its shaders seconds. */
const ASKED = { cpu: { seed: 5, window: 3, samples: 4 }, webgpu: { seed: 5, window: 2, samples: 1 } };

let folder;
let site;
let browser;
let traced;
const native = {};
let merged;
const charts = {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'langedit-trace-'));
  const file = (name, text) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const data = file('facts.jsonl', FACTS.map((fact) => JSON.stringify(fact)).join('\n'));
  for (const [device, { seed, window, samples }] of Object.entries(ASKED)) {
    const numbers = ['--window', String(window), '--samples', String(samples), '--seed', String(seed)];
    native[device] = JSON.parse(
      langedit(
        'trace',
        '--model',
        MODEL,
        '--data',
        data,
        '--languages',
        'en',
        '--facts',
        '1',
        '--answers',
        'predicted',
        ...numbers,
        '--quiet',
        '--json',
      ),
    );
  }
  traced = native.cpu;
  const merging = [
    '--languages',
    'en,de',
    '--facts',
    '1',
    '--method',
    'memit',
    '--set',
    'v_num_grad_steps=3',
    '--set',
    'mom2_update_weight=0.2',
    '--layers',
    '1-2',
  ];
  const inputs = ['--stats', STATISTICS, '--templates', file('templates.json', JSON.stringify(TEMPLATES))];
  merged = JSON.parse(
    langedit(
      'merge',
      '--model',
      MODEL,
      '--data',
      data,
      ...inputs,
      ...merging,
      '--merge',
      'tsvm',
      '--sweep-rank',
      '0.5,1',
      '--quiet',
      '--json',
    ),
  );

  const { build } = await import(pathToFileURL(createRequire(join(ROOT, 'web/package.json')).resolve('vite')).href);
  const sources = {
    trace: 'charts/trace.ts',
    merge: 'charts/merge-comparison.ts',
    messages: 'i18n/figures/index.ts',
    interface: 'i18n/index.ts',
  };
  const entry = Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, join(ROOT, 'web/src', path)]));
  const lib = { entry, formats: ['es'], fileName: (_, name) => `${name}.mjs` };
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(ROOT, 'web'),
    publicDir: false,
    build: { outDir: join(folder, 'charts'), lib, minify: false },
  });
  for (const name of Object.keys(sources))
    charts[name] = await import(pathToFileURL(join(folder, 'charts', `${name}.mjs`)).href);

  site = await serveWithModel();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Numbers within an absolute tolerance, everything else equal. */
function agree(found, expected, tolerance, place) {
  if (typeof expected === 'number')
    assert.ok(Math.abs(found - expected) <= tolerance, `${place}: ${found}, the command has ${expected}`);
  else if (typeof expected === 'object' && expected !== null) {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), place);
    for (const key of Object.keys(expected)) agree(found[key], expected[key], tolerance, `${place}.${key}`);
  } else assert.equal(found, expected, place);
}

const request = { fact: FACTS[0], ...ASKED.cpu };

for (const device of ['cpu', 'webgpu']) {
  test(`the module traces a fact as the command does on ${device}`, { timeout: 3 * SLOW }, async () => {
    const own = await launch({ webgpu: device === 'webgpu' });
    try {
      const { page } = await open(own, `${site.url}?device=cpu`);
      const call = await engineOn(page, device);
      const report = await call('trace', { fact: FACTS[0], ...ASKED[device] });
      assert.deepEqual(Object.keys(report).sort(), Object.keys(native[device]).sort());
      for (const part of ['layers', 'window', 'noise', 'facts', 'average'])
        agree(report[part], native[device][part], 1e-4, part);
      if (device === 'webgpu') return;
      await assert.rejects(
        call('trace', { ...request, fact: { ...FACTS[0], subject: 'Berta' } }),
        /subject `Berta` does not occur/,
      );
      await assert.rejects(call('trace', { ...request, window: 0 }), /window/);
      await assert.rejects(call('trace', { ...request, samples: 0 }), /samples/);
    } finally {
      await own.close();
    }
  });
}

test('an edited model is traced as it is, or as it was, and stays edited', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?device=cpu`);
  const call = await engineOn(page, 'cpu');
  const { merge: _, ...recipe } = merged.recipe;
  await call('edit', { recipe });
  const question = { prompt: FACTS[0].prompt, max_tokens: 4 };
  const answer = await call('generate', question);
  agree((await call('trace', { ...request, unedited: true })).facts, traced.facts, 1e-4, 'unedited');
  const edited = await call('trace', request);
  assert.notEqual(edited.facts[0].clean, traced.facts[0].clean);
  assert.deepEqual(await call('generate', question), answer, 'the edits are as they were');
});

test('merges have the command’s accuracies, and the model keeps its edits', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?device=cpu`);
  const call = await engineOn(page, 'cpu');
  const { merge: _, ...recipe } = merged.recipe;
  await call('edit', { recipe: { ...recipe, method: 'langedit' } });
  const question = { prompt: FACTS[1].prompt, max_tokens: 4 };
  const answer = await call('generate', question);
  const merges = [{ method: 'tsvm', rank_ratio: 0.5 }, { method: 'sum', shared_covariance: true }, { method: 'tsvm' }];
  const swept = (recipe, merges) =>
    call('trial', { recipe: { ...recipe, merge: merges.at(-1) }, sweep: merges.slice(0, -1) });
  const report = await swept(recipe, merges);
  const after = Object.entries(report.languages).map(([language, accuracy]) => [language, accuracy.after]);
  const own = { merge: report.merge.settings, languages: Object.fromEntries(after), average: report.average.after };
  const result = [...report.sweep, own];
  assert.deepEqual(
    result.map(({ merge }) => `${report.method}+${merge.method}${merge.shared_covariance ? '+shared' : ''}`),
    ['memit+tsvm', 'memit+sum+shared', 'memit+tsvm'],
  );
  assert.deepEqual(result[1].merge, { method: 'sum', shared_covariance: true, scale: 1, rank_ratio: 1, density: 1 });
  for (const [row, point] of [
    [result[0], merged.sweep[0]],
    [result[2], merged.sweep[1]],
  ]) {
    agree(row.average, point.average, 1e-6, `rank ${row.merge.rank_ratio}`);
    agree(row.languages, point.languages, 1e-6, `rank ${row.merge.rank_ratio}`);
  }
  agree(result[2].average, merged.average.after, 1e-6, 'the last one is the recipe’s own');
  assert.deepEqual(await call('generate', question), answer, 'the edits are as they were');
  await assert.rejects(call('trial', { recipe, sweep: merges }), /merge/);
  await assert.rejects(swept(recipe, [{ method: 'sum', scale: 0 }]), /scale/);
  await assert.rejects(swept({ ...recipe, method: 'langedit' }, merges), /memit or alphaedit/);
});

function assertSound(name, { width, height, marks, spots }) {
  for (const mark of marks) {
    const numbers = Object.values(mark).filter((value) => typeof value === 'number');
    assert.ok(numbers.every(Number.isFinite), `${name}: ${JSON.stringify(mark)}`);
    const [x, y] = [mark.x ?? mark.x1 ?? 0, mark.y ?? mark.y1 ?? 0];
    assert.ok(
      x >= -1 && x <= width + 1 && y >= -1 && y <= height + 1,
      `${name} draws outside of ${width} x ${height}: ${JSON.stringify(mark)}`,
    );
  }
  assert.ok(spots.length > 0, name);
  for (const spot of spots)
    assert.ok(spot.label.length > 0 && !/NaN|undefined/.test(spot.label), `${name}: ${spot.label}`);
}

test('the pictures are drawn whole in every language, and their sentences have the numbers', () => {
  const { trace, merge } = charts;
  const row = (method, shared_covariance, efficacy) => ({
    label: '',
    merge: { method, shared_covariance, scale: 1, rank_ratio: 1, density: 1 },
    languages: {},
    average: { efficacy, generality: 50, specificity: 100 },
  });
  const merges = [row('sum', false, 80), row('mean', true, 100), row('tsvm', false, null)];
  const sequence = { method: 'LangEdit', average: { efficacy: 95, generality: null, specificity: 99 } };
  const long = {
    ...traced,
    facts: [
      {
        ...traced.facts[0],
        tokens: Array.from({ length: 60 }, (_, i) => `token${i}`),
        subject_start: 30,
        subject_end: 31,
        effects: { state: Array.from({ length: 60 }, () => Array(traced.layers).fill(0.2)) },
      },
    ],
  };
  for (const ui of UIS) {
    const t = charts.messages.figureMessages(ui);
    const names = charts.interface.MESSAGES[ui].mergeNames;
    for (const width of [326, 640, 1400]) {
      for (const report of [traced, long]) {
        for (const component of ['state', 'mlp', 'attention']) {
          if (!report.facts[0].effects[component]) continue;
          assertSound(
            `${component} (${ui}, ${width})`,
            trace.traceScene(report, component, [1, 2], 'x', t, {
              ui,
              width,
              height: trace.traceHeight(report.facts[0], 'x', t, width),
            }),
          );
          assert.match(trace.traceFinding(report, component, t, ui), /\d/);
        }
      }
      assertSound(
        `merges (${ui}, ${width})`,
        merge.mergeScene(merges, sequence, 'tokens', names, t, {
          ui,
          width,
          height: merge.mergeHeight(merges, names, t, width),
        }),
      );
    }
    assert.match(merge.mergeFinding(merges, sequence, 'tokens', names, t, ui), /100.*95/);
  }
  assert.equal(trace.drawnTokens(long.facts[0])[0], 30, 'long prompts begin at the subject');
});

test('findings say what the numbers say', () => {
  const { trace, messages } = charts;
  const t = messages.figureMessages('en');
  const fact = {
    ...traced.facts[0],
    subject: 'Bonn',
    answer: ' here',
    tokens: ['In', ' Bonn', ' is'],
    subject_start: 1,
    subject_end: 2,
    clean: 0.9,
    corrupted: 0.1,
  };
  const report = (effects, more = {}) => ({
    layers: 3,
    window: 2,
    noise: traced.noise,
    facts: [{ ...fact, ...more, effects }],
  });
  const none = [0, 0, 0];
  const state = report({ state: [none, [0.8, 0.4, 0], [0, 0.2, 0.8]] });
  assert.equal(
    trace.traceFinding(state, 'state', t, 'en').replaceAll('\u00a0', ' '),
    'Noise on “Bonn” takes the answer “here” from 90 % to 10 %. Restoring “Bonn” alone (hidden state, layer 0) brings 100 % of that back. From layer 2 on, the tokens after the subject carry more of it than the subject itself.',
  );
  assert.equal(trace.handover(state.facts[0], 3), 2);
  const mlp = trace
    .traceFinding(report({ mlp: [none, [0, 0.2, 0.1], none] }), 'mlp', t, 'en')
    .replaceAll('\u00a0', ' ');
  assert.match(mlp, /\(MLP, layers 0–1\) brings 25 % of that back/);
  assert.match(
    trace.traceFinding(report({ state: [none, none, none] }, { corrupted: 0.88 }), 'state', t, 'en'),
    /hardly touches/,
  );
  assert.deepEqual(trace.restoredLayers('mlp', 0, 5, 12), [0, 2]);
  assert.deepEqual(trace.restoredLayers('state', 4, 5, 12), [4, 4]);
  const table = trace.traceTable(state, t);
  assert.deepEqual([table.rows.length, table.rows[3]], [9, [1, 'Bonn', '✓', 0, 0.8, null, null]]);
});

async function complaints(page) {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document.querySelector('main'), { resultTypes: ['violations'] }),
  );
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ html }) => html)
        .join(' ')
        .slice(0, 200)}`,
  );
}

for (const colorScheme of ['light', 'dark']) {
  test(`a fact is traced from the form and among the edits, ${colorScheme}`, { timeout: 3 * SLOW }, async () => {
    const { page, complaints: errors } = await open(browser, `${site.address}&tab=trace`, {
      colorScheme,
      bypassCSP: true,
    });
    const panel = page.getByRole('region', { name: 'Where the answer comes from' });
    const figure = page.getByRole('figure', { name: 'Causal trace' });
    assert.equal(
      await panel.getByRole('button', { name: 'Trace this fact' }).isEnabled(),
      false,
      'there is no fact yet',
    );
    await write(page, FACT);
    const beside = page.getByRole('region', { name: 'New fact' }).getByRole('button', { name: 'Trace this fact' });
    await beside.focus();
    await page.keyboard.press('Enter');
    await figure.waitFor();
    assert.equal(await settled(page), 'ready');
    assert.equal(
      await page.evaluate(() => document.activeElement?.textContent),
      'Where the answer comes from',
      'the keyboard goes along',
    );
    assert.match(await figure.innerText(), /Noise on “the river”/);

    // The table has every cell, the arrow keys read them.
    const layers = Number(/(\d+) layers/.exec(await (await card(page, 'Model')).innerText())[1]);
    await tab(page, 'Trace');
    await figure.getByRole('button', { name: 'Table' }).click();
    const cells = await figure.locator('tbody tr').count();
    assert.ok(cells > 0 && cells % layers === 0, `${cells} rows for ${layers} layers`);
    await figure.locator('.chart').press('ArrowRight');
    assert.match(await figure.locator('[aria-live]').innerText(), /Restored at/);
    const download = page.waitForEvent('download');
    await figure.getByRole('button', { name: 'CSV' }).click();
    assert.equal(
      readFileSync(await (await download).path(), 'utf8')
        .trim()
        .split('\r\n').length,
      cells + 1,
    );
    const picture = page.waitForEvent('download');
    await figure.getByRole('button', { name: 'PNG' }).click();
    assert.deepEqual([...readFileSync(await (await picture).path()).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    await figure.locator('label').getByText('attention', { exact: true }).click();
    assert.match(await figure.innerText(), /Noise on “the river”/);

    await edit(page, FACT);
    const edits = await rows(page, 'Edits');
    await tab(page, 'Trace');
    await panel.getByLabel('Traced model').selectOption({ label: 'Before editing' });
    await panel.getByRole('button', { name: 'Trace this fact' }).click();
    assert.equal(await settled(page), 'ready');
    await figure.locator('svg').getByText('Before editing').waitFor();
    assert.deepEqual(await complaints(page), []);
    assert.deepEqual(await rows(page, 'Edits'), edits);
    assert.deepEqual(errors, []);
    await page.context().close();
  });
}

test('a trace can be stopped, and leaves no picture', { timeout: 3 * SLOW }, async () => {
  // The model that the page brings along, and a long prompt behind the subject: seconds of work.
  const { page } = await open(browser, `${site.url}?device=cpu&tab=model`);
  await page.locator('#model-file').setInputFiles(join(ROOT, 'static/model/model.gguf'));
  assert.equal(await settled(page), 'ready');
  const form = await formOf(page);
  await form.getByLabel('Subject').fill('Serbia');
  await form.getByLabel('Prompt').fill(`Serbia ${'is a country and '.repeat(8)}its capital is`);
  const panel = await tab(page, 'Trace');
  await panel.getByRole('button', { name: 'Trace this fact' }).click();
  await panel.getByRole('progressbar', { name: 'Tracing the fact' }).waitFor();
  await panel.getByRole('button', { name: 'Stop tracing' }).click();
  assert.equal(await settled(page), 'ready');
  await panel.getByRole('button', { name: 'Trace this fact' }).waitFor();
  assert.equal(await page.getByRole('figure', { name: 'Causal trace' }).count(), 0);
  await page.context().close();
});

test('the languages’ edits are merged beside the sequence', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address, { bypassCSP: true });
  const panel = page.getByRole('region', { name: 'Merge the languages', exact: true });
  const run = panel.getByRole('button', { name: 'Merge and measure' });
  await edit(page, FACT);
  await tab(page, 'Merge');
  assert.equal(await run.isEnabled(), false, 'one language has nothing to merge with');
  await edit(page, { Subject: 'die Ruhr', Prompt: 'die Ruhr und', 'New object': 'Köln' }, 'de');
  const before = { edits: await rows(page, 'Edits'), link: page.url() };
  await tab(page, 'Merge');
  await panel.getByLabel('Scale').fill('1.2');
  await run.click();
  assert.equal(await settled(page), 'ready');
  const figure = page.getByRole('figure', { name: 'Merged edits' });
  await figure.getByRole('button', { name: 'Table' }).click();
  const table = await figure.locator('tbody tr').allInnerTexts();
  assert.deepEqual(
    table.map((line) => line.split('\t')[0].trim()),
    ['LangEdit, in sequence', 'sum', 'mean', 'TSVM', 'sum (shared)', 'mean (shared)', 'TSVM (shared)'],
  );
  assert.deepEqual(await complaints(page), []);
  assert.deepEqual({ edits: await rows(page, 'Edits'), link: page.url() }, before);
  await page.context().close();
});
