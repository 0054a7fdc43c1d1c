// The figures' functions and the page's words, built from the sources, for tests that need no browser.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ROOT } from './harness.js';

const MODULES = [
  'accuracy',
  'budget',
  'change',
  'comparison',
  'comparison-words',
  'disturbance',
  'foresight',
  'formula',
  'geometry',
  'matrix',
  'merge-comparison',
  'numbers',
  'overlap',
  'projection',
  'report',
  'scale',
  'scene',
  'spectrum',
  'trace',
  'update',
];
export const UIS = ['en', 'de', 'nl', 'fr', 'es', 'zh'];
/** A recorded run of SmolLM2-135M: three steps in three languages, two of the edited layers. */
export const REPORT = JSON.parse(readFileSync(new URL('figures/report.json', import.meta.url), 'utf8'));
/** The run that the page shows at first: six languages. */
export const SIX = JSON.parse(readFileSync(join(ROOT, 'static/demo/report.json'), 'utf8'));

/** A fact of seven tokens, two of them its subject's, in a model of six layers; at the last token something is lost. */
const TRACED = {
  subject: 'Central Africa',
  answer: 'Lusaka',
  tokens: ['The', ' capital', ' of', ' Central', ' Africa', ' is', ' the'],
  subject_start: 3,
  subject_end: 5,
  clean: 0.98,
  corrupted: 0.02,
  effects: { state: Array.from({ length: 7 }, (_, token) => Array(6).fill(token < 3 ? 0 : token === 6 ? -0.1 : 0.95)) },
};

export const charts = {};
export let figureMessages;
export let stageMessages;
export let MESSAGES;

before(async () => {
  const { build } = await import(pathToFileURL(createRequire(join(ROOT, 'web/package.json')).resolve('vite')).href);
  const folder = mkdtempSync(join(tmpdir(), 'langedit-figures-'));
  const entry = Object.fromEntries([
    ...MODULES.map((name) => [name, join(ROOT, `web/src/charts/${name}.ts`)]),
    ['messages', join(ROOT, 'web/src/i18n/figures/index.ts')],
    ['stage', join(ROOT, 'web/src/i18n/stage/index.ts')],
    ['interface', join(ROOT, 'web/src/i18n/index.ts')],
  ]);
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(ROOT, 'web'),
    publicDir: false,
    build: { outDir: folder, lib: { entry, formats: ['es'], fileName: (_, name) => `${name}.mjs` }, minify: false },
  });
  for (const name of MODULES) charts[name] = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  ({ figureMessages } = await import(pathToFileURL(join(folder, 'messages.mjs')).href));
  ({ stageMessages } = await import(pathToFileURL(join(folder, 'stage.mjs')).href));
  ({ MESSAGES } = await import(pathToFileURL(join(folder, 'interface.mjs')).href));
  rmSync(folder, { recursive: true, force: true });
});

/** The same run with all measures halved at its end. */
function worse(report) {
  const halved = (accuracy) =>
    Object.fromEntries(Object.entries(accuracy).map(([name, value]) => [name, value && value / 2]));
  const languages = Object.entries(report.languages).map(([language, { before, after }]) => [
    language,
    { before, after: halved(after) },
  ]);
  return { ...report, languages: Object.fromEntries(languages) };
}

/** Every drawing and every sentence of a report, in one language of the interface. */
export function everything(report, ui, width) {
  const t = figureMessages(ui);
  const {
    accuracy,
    comparison,
    matrix,
    spectrum,
    budget,
    projection,
    disturbance,
    foresight,
    overlap,
    trace,
    update,
    geometry,
  } = charts;
  const last = report.steps.length - 1;
  const step = report.steps[last];
  const layer = Object.keys(step.delta_norm).at(-1);
  const past = [
    [1, 0, 0],
    [0, 1, 0],
  ];
  const form = {
    discarded_basis: past,
    null_basis: [[0, 0, 1]],
    projected_keys: [[0, 0, 0.8]],
    room: [0.88],
    projected: { delta: [[0, 0, 0.49]], moved: [0, 0], lacking: [0.61] },
    plain: { delta: [[0.16, 0.16, 0.44]], moved: [0.16, 0.16], lacking: [0.55] },
  };
  const scenes = {
    beforeAfter: accuracy.beforeAfter(report, 'whole', t, {
      ui,
      width,
      height: accuracy.accuracyHeight(report, width),
    }),
    perStep: accuracy.perStep(report, t, { ui, width, height: accuracy.accuracyHeight(report, width) }),
    matrix: matrix.matrixScene(report, 'efficacy', t, { ui, width, height: matrix.matrixHeight(report) }),
    budget: budget.budgetScene(report, layer, t, { ui, width, height: 300 }),
    disturbance: disturbance.disturbanceScene(report, last, t, { ui, width, height: 300 }),
    foresight: foresight.effectScene(foresight.effectOf(report, last, false), t, { ui, width, height: 200 }),
    overlap: overlap.overlapScene(report, last, layer, 'median', t, {
      ui,
      width,
      height: overlap.overlapHeight(report, last, width),
    }),
    keys: geometry.geometryScene(past, [0.3, 0.3, 0.8], null, { yaw: 0.5, pitch: 0.5 }, t, { ui, width, height: 400 }),
    update: update.updateScene(step, layer, t, { ui, width, height: update.updateHeight(width) }),
    geometry: geometry.geometryScene(past, [0.3, 0.3, 0.8], form, { yaw: 0.5, pitch: 0.5 }, t, {
      ui,
      width,
      height: 400,
    }),
  };
  // Alike in all measures, which are drawn then; in what else they changed alone; and in everything.
  const others = (kept) => ({ asked: 120, kept, languages: { de: { asked: 20, kept: kept - 100 } } });
  const alike = [
    { method: 'memit-seq', name: MESSAGES[ui].methodNames['memit-seq'], report, others: null },
    { method: 'langedit', name: 'LangEdit', report, others: null },
  ];
  const changing = alike.map((run, at) => ({ ...run, others: others(118 - 7 * at) }));
  const runs = changing.map((run, at) => (at === 0 ? run : { ...run, report: worse(report) }));
  for (const [name, compared] of Object.entries({ alike, changing, comparison: runs }))
    scenes[name] = comparison.comparisonScene(compared, 'whole', t, {
      ui,
      width,
      height: comparison.comparisonHeight(compared, 'whole', t, ui, width),
    });
  const merges = ['sum', 'tsvm'].flatMap((method) =>
    [false, true].map((shared_covariance) => ({
      merge: { method, shared_covariance, scale: 1, rank_ratio: 1 },
      average: report.average.after,
    })),
  );
  const sequence = { method: 'LangEdit', average: report.average.after };
  const names = MESSAGES[ui].mergeNames;
  const merge = charts['merge-comparison'];
  scenes.merges = merge.mergeScene(merges, sequence, 'whole', names, t, {
    ui,
    width,
    height: merge.mergeHeight(merges, names, t, width),
  });
  const traced = { window: 1, layers: 6, facts: [TRACED] };
  scenes.trace = trace.traceScene(traced, 'state', [1, 2], MESSAGES[ui].unedited, t, {
    ui,
    width,
    height: trace.traceHeight(TRACED, MESSAGES[ui].unedited, t, width),
  });
  const findings = [
    charts['comparison-words'].comparisonFinding(runs, 'whole', t, ui),
    accuracy.accuracyFinding(report, 'whole', t, ui),
    matrix.matrixFinding(report, 'efficacy', t, ui),
    budget.budgetFinding(report, t, ui),
    disturbance.disturbanceFinding(report, last, t, ui),
    ...[false, true].map((applied) => foresight.effectFinding(foresight.effectOf(report, last, applied), t, ui)),
    overlap.overlapFinding(report, last, layer, 'median', t, ui),
    update.updateFinding(step, t, ui),
    geometry.geometryFinding(form, t, ui),
  ];
  if (step.figures) {
    const of = step.figures.layers[layer].spectrum;
    const cut = spectrum.cutAt(of, of.threshold);
    scenes.spectrum = spectrum.spectrumScene(of, cut, t, {
      ui,
      width,
      height: spectrum.spectrumHeight(of, t, ui, width),
    });
    scenes.projection = projection.projectionScene(step, layer, t, {
      ui,
      width,
      height: projection.projectionHeight(step, layer, width),
    });
    findings.push(
      spectrum.spectrumFinding(of, cut, step.null_dimension[layer], t, ui),
      projection.projectionFinding(report, step, layer, t, ui),
    );
  }
  return { scenes, findings };
}
