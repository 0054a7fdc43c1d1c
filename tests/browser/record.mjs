// Records what the lessons' experiments give on the page's own model, with the page's own wasm module:
// node tests/browser/record.mjs [EXPERIMENT ...]
// It needs what `cargo xtask web` builds. Of the reports it keeps what the lessons draw.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const at = (path) => new URL(`../../${path}`, import.meta.url);
const engine = await import(at('web/src/engine/pkg/cpu/langedit.js'));
const { decompress } = createRequire(at('web/package.json'))('fzstd');
engine.initSync({ module: decompress(readFileSync(at('web/src/engine/pkg/cpu/langedit_bg.wasm.zst'))) });
await engine.start('cpu');
const model = await engine.open_gguf('langedit-tiny', readFileSync(at('static/model/model.gguf')));
await engine.use_statistics(readFileSync(at('static/model/statistics.safetensors')));
engine.use_catalogue(readFileSync(at('static/facts/catalogue.json'), 'utf8'));
const experiments = JSON.parse(readFileSync(at('web/src/lessons/experiments.json'), 'utf8'));

function recipeOf({ languages, facts }, { id: _, ...setup }) {
  const choices = facts.map(([fact, ...objects]) => ({ fact, objects, languages }));
  const composition = { ...setup, model: { name: model.name, sha256: model.sha256 }, batch: facts.length };
  return engine.compose(composition, engine.catalogue_facts(choices));
}

/** How wide the keys are, of all that the figures hold. */
const shapes = (figures) =>
  Object.fromEntries(Object.entries(figures?.layers ?? {}).map(([layer, { shape }]) => [layer, { shape }]));

function kept({ steps, recipe: _, templates: __, facts: ___, ...report }) {
  return {
    ...report,
    steps: steps.map(({ figures, losses: __, ...step }) => ({
      ...step,
      losses: [],
      figures: { layers: shapes(figures) },
    })),
  };
}

const short = (_, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;

const wanted = process.argv.slice(2);

for (const [name, experiment] of Object.entries(experiments)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const outcomes = [];
  for (const setup of experiment.runs) {
    const report = await engine.trial(recipeOf(experiment, setup), [], 'every', () => undefined);
    outcomes.push({ id: setup.id, report: kept(report) });
    console.log(name, setup.id, report.average.after);
  }
  writeFileSync(at(`static/lessons/${name}.json`), `${JSON.stringify(outcomes, short)}\n`);
}
