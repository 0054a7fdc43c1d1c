// A Recipe is put together in one way: a lesson's in the page is the one that the command makes of the same facts and flags. And the catalogue
// has one owner, the worker, which fetches it when something needs it.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { engine, langedit, open, ROOT, SLOW } from './harness.js';
import { MODELS, STATISTICS } from './steps.js';
import { browser, site } from './site.js';

const MODEL = join(MODELS, 'gguf/llama.gguf');
const EXPERIMENTS = JSON.parse(readFileSync(join(ROOT, 'web/src/lessons/experiments.json'), 'utf8'));

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'langedit-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const address = () => new URL('facts/catalogue.json', site.url).href;

/** What the command makes of facts under a lesson's setting; it is run for its recipe alone, so it optimises no longer than it must. */
function commanded(facts, { method, settings = {}, merge }, batch) {
  const [data, report] = ['facts.jsonl', 'report.json'].map((name) => join(folder, name));
  writeFileSync(data, facts.map((fact) => JSON.stringify(fact)).join('\n'));
  const languages = [...new Set(facts.map(({ language }) => language))].join(',');
  const flags = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  if (merge) flags.push('--merge', merge.method, ...(merge.shared_covariance ? ['--shared-covariance'] : []));
  else flags.push('--batch', String(batch));
  langedit(
    ...[merge ? 'merge' : 'edit', '--model', MODEL, '--data', data, '--languages', languages, '--facts', String(batch)],
    ...['--method', method, '--stats', STATISTICS, ...flags, '--quiet', '--report', report],
  );
  // What it was run with and what came out is no part of how it was put together.
  const { statistics: _, templates: __, expected: ___, ...recipe } = JSON.parse(readFileSync(report, 'utf8')).recipe;
  return recipe;
}

test('a lesson’s recipe is what the command makes of its facts and settings', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const call = await engine(page);
  await call('start', { device: 'cpu', catalogue: address() });
  const { name, sha256 } = await call('open_gguf', { name: 'llama.gguf', bytes: readFileSync(MODEL) });
  // Of the tiny model, other layers than those of its default have statistics.
  const usual = { layers: '1-2', v_num_grad_steps: '1' };
  for (const [lesson, run] of [
    ['memory', 0],
    ['interference', 0],
    ['room', 1],
    ['merging', 3],
  ]) {
    const { languages, facts: chosen, runs } = EXPERIMENTS[lesson];
    const choices = chosen.slice(0, 2).map(([fact, ...objects]) => ({ fact, objects, languages }));
    const facts = await call('catalogue_facts', { choices });
    const { id: _, ...setup } = { ...runs[run], settings: { ...usual, ...runs[run].settings } };
    const composition = { ...setup, model: { name, sha256 }, batch: 2 };
    const recipe = await call('compose', { composition, facts });
    assert.deepEqual(
      recipe.steps,
      languages.map(() => 2),
    );
    const expected = commanded(facts, setup, 2);
    // Where edits are merged their order is not asked for, and the command has another.
    if (setup.merge) assert.deepEqual({ ...recipe, order: expected.order }, expected, lesson);
    else assert.deepEqual(recipe, expected, lesson);
  }
});

test('more facts go behind those that are there', { timeout: SLOW }, async () => {
  const { page } = await open(browser, site.url);
  const call = await engine(page);
  await call('start', { device: 'cpu' });
  const fact = (id, language) => ({ id, language, subject: 'S', prompt: 'S is', new_object: 'o' });
  const model = { name: 'm' };
  const templates = { en: ['{}', 'The. {}'] };
  const facts = [fact('0', 'en'), fact('1', 'en')];
  const recipe = await call('compose', { composition: { model, method: 'memit', batch: 2, templates }, facts });
  assert.deepEqual([recipe.steps, recipe.languages, recipe.templates], [[2], ['en'], templates]);
  const more = [fact('2', 'en'), fact('3', 'en'), fact('2', 'de'), fact('3', 'de')];
  const languagesOf = ({ facts: all }) => all.slice(2).map(({ language }) => language);
  const robin = await call('extend', { recipe, facts: more, batch: 1, order: 'round-robin' });
  assert.deepEqual(
    [robin.steps, languagesOf(robin)],
    [
      [2, 1, 1, 1, 1],
      ['en', 'de', 'en', 'de'],
    ],
  );
  assert.equal(robin.templates, undefined, 'templates of other languages are made anew, and with them all');
  const blocks = await call('extend', { recipe, facts: more, batch: 4, order: 'by-language' });
  assert.deepEqual(
    [blocks.steps, blocks.languages],
    [
      [2, 2, 2],
      ['en', 'de'],
    ],
  );
  await assert.rejects(
    call('extend', { recipe, facts: [{ ...more[0], prompt: '' }], batch: 1, order: 'round-robin' }),
    /prompt/,
  );
});

test(
  'the worker fetches the catalogue once, when it is needed, and tries again where it failed',
  { timeout: SLOW },
  async () => {
    const asked = [];
    let refuse = false;
    const route = (context) =>
      context.route(/facts\/catalogue\.json$/, (request) => {
        asked.push(request.request().url());
        return refuse ? request.abort() : request.continue();
      });
    const { page } = await open(browser, site.url, { route });
    const call = await engine(page);
    await call('start', { device: 'cpu', catalogue: address() });
    assert.equal(asked.length, 0, 'not before something needs it');
    refuse = true;
    assert.equal(await call('question', { text: 'The capital of France is' }), null, 'silent where it is an extra');
    await assert.rejects(call('catalogue'), /catalogue of facts, which cannot be read/);
    assert.equal(asked.length, 2);
    refuse = false;
    assert.ok((await call('catalogue')).facts.length > 1000);
    assert.equal((await call('question', { text: 'The capital of France is' })).kind, 'verbatim');
    assert.equal(asked.length, 3, 'and then it is there');
  },
);
