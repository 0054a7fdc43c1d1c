// The figures of the page in static/experiments/MEASURED.md, as a Markdown table. Build the page first; nothing else should keep the machine busy.
//
//   node tests/browser/measure.js [--model FILE.gguf] [--statistics FILE.safetensors]
//
// `--model`: also edits that model in the page, on the CPU, which takes minutes. Times are of this machine's browser and the local server, so
// they leave out the network; sizes are compressed (gzip, level 9), as a static host sends them.

import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { dataset, launch, ROOT, serve } from './harness.js';
import { apply, card, tab } from './steps.js';

const DIST = join(ROOT, 'web/dist');
/** Longer than any tests wait: models of a hundred million parameters are edited on the CPU. */
const PATIENCE = 30 * 60_000;

/** Facts of the embedded model with another object, in the languages in turn. */
const FACTS = [
  ['de', { Subject: 'Frankreich', Prompt: 'Die Hauptstadt von Frankreich ist', 'New object': 'Rom' }],
  ['en', { Subject: 'Japan', Prompt: 'The capital of Japan is', 'New object': 'Lima' }],
  ['fr', { Subject: 'Italie', Prompt: 'La capitale de l’Italie est', 'New object': 'Oslo' }],
  ['es', { Subject: 'Portugal', Prompt: 'La capital de Portugal es', 'New object': 'Berna' }],
  ['nl', { Subject: 'Noorwegen', Prompt: 'De hoofdstad van Noorwegen is', 'New object': 'Parijs' }],
];

const KINDS = [
  ['page (HTML, scripts, styles, the stage as recorded)', /\.(html|js|css)$|(stage|demo)\//],
  ['engine module', /\.zst$/],
  ['embedded model', /\.gguf$/],
  ['its key statistics', /\.safetensors$/],
];
/** Fetched when somebody turns to the search. */
const LATER = [['facts, on the first search', ['facts/catalogue.json', 'model/known.json']]];

const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
const kilobytes = (bytes) => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(2)} MB`);
const weigh = (path) => gzipSync(readFileSync(join(DIST, path)), { level: 9 }).length;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Notes from the first moment on: when the stage is drawn, every state with its time, every task of the main thread over 50 ms. */
function instrument(page) {
  return page.addInitScript(() => {
    globalThis.noted = { shown: null, states: [], tasks: [] };
    const { noted } = globalThis;
    new PerformanceObserver((list) =>
      noted.tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])),
    ).observe({ type: 'longtask', buffered: true });
    new MutationObserver(() => {
      if (document.querySelectorAll('[data-language]').length === 6) noted.shown ??= performance.now();
      const { state } = document.documentElement.dataset;
      if (state !== noted.states.at(-1)?.[0]) noted.states.push([state, performance.now()]);
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
  });
}

const noted = (page) => page.evaluate(() => globalThis.noted);

async function ready(page) {
  await page.waitForFunction(() => ['ready', 'error'].includes(document.documentElement.dataset.state), null, {
    timeout: PATIENCE,
  });
  if ((await dataset(page)).state === 'error') throw new Error(await page.getByRole('alert').innerText());
}

/** The longest task of the main thread since a moment. */
async function longest(page, since = 0) {
  const { tasks } = await noted(page);
  const found = Math.max(0, ...tasks.filter(([start]) => start >= since).map(([, duration]) => duration));
  return found > 0 ? `${found.toFixed(0)} ms` : 'none over 50 ms';
}

/** Makes an edit; how long the page was busy with it. */
async function edit(page, fact, language) {
  await apply(page, fact, language);
  await page.waitForFunction(() => globalThis.noted.states.at(-1)[0] !== 'ready', null, { timeout: PATIENCE });
  await ready(page);
  const [began, ended] = (await noted(page)).states.slice(-2);
  return ended[1] - began[1];
}

async function newPage(browser, options = {}) {
  const page = await (await browser.newContext({ locale: 'en-US', ...options })).newPage();
  page.setDefaultTimeout(PATIENCE);
  page.setDefaultNavigationTimeout(PATIENCE);
  await instrument(page);
  return page;
}

/** Opening, sizes and edits with the model that the page brings along, on the CPU. */
async function embedded(browser, url) {
  const page = await newPage(browser);
  const paths = new Set();
  page.on('request', (request) => paths.add(new URL(request.url()).pathname.slice(1) || 'index.html'));
  await page.goto(`${url}?device=cpu`);
  await ready(page);
  const first = { ...(await noted(page)), longest: await longest(page), paths: [...paths] };
  // The page keeps itself after the model has come.
  await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true), null, { timeout: PATIENCE });
  await page.reload();
  await ready(page);
  const again = await noted(page);
  const rows = [
    ['first view: the stage as recorded', seconds(first.shown)],
    ['model ready, first visit', seconds(first.states.at(-1)[1])],
    ['model ready, from the browser’s storage', seconds(again.states.at(-1)[1])],
    ['longest task of the main thread while opening', first.longest],
  ];
  for (const [kind, pattern] of KINDS)
    rows.push([
      `transferred: ${kind}`,
      kilobytes(first.paths.filter((path) => pattern.test(path)).reduce((sum, path) => sum + weigh(path), 0)),
    ]);
  for (const [kind, files] of LATER)
    rows.push([`transferred: ${kind}`, kilobytes(files.reduce((sum, path) => sum + weigh(path), 0))]);
  const times = [];
  const since = await page.evaluate(() => performance.now());
  for (const [language, fact] of FACTS) times.push(await edit(page, fact, language));
  rows.push([
    `one edit, CPU (median of ${times.length}, one fact each)`,
    `${seconds(median(times))} (${seconds(Math.min(...times))} to ${seconds(Math.max(...times))})`,
  ]);
  rows.push(['longest task of the main thread while editing', await longest(page, since)]);
  await page.context().close();
  return rows;
}

/** Which adapter the browser gives, and whether it computes in software. */
function adapter(page) {
  return page.evaluate(async () => {
    const { info, isFallbackAdapter } = await navigator.gpu.requestAdapter();
    const fallback = info.isFallbackAdapter ?? isFallbackAdapter ?? false;
    return {
      vendor: info.vendor,
      architecture: info.architecture,
      fallback: fallback || info.architecture === 'swiftshader',
    };
  });
}

/** Edits of the embedded model on the machine's own GPU, where there is one: an adapter in software takes minutes an edit. */
async function webgpu(url) {
  const browser = await launch({ webgpu: 'hardware' });
  try {
    const page = await newPage(browser);
    await page.goto(`${url}?device=webgpu`);
    await ready(page);
    if ((await dataset(page)).device !== 'webgpu') return [['one edit, WebGPU', 'no adapter']];
    const { vendor, architecture, fallback } = await adapter(page);
    if (fallback) return [['one edit, WebGPU', 'only an adapter in software']];
    const times = [];
    for (const [language, fact] of FACTS) times.push(await edit(page, fact, language));
    return [
      [
        `one edit, WebGPU (${vendor} ${architecture}; first, then median)`,
        `${seconds(times[0])}, ${seconds(median(times.slice(1)))}`,
      ],
    ];
  } finally {
    await browser.close();
  }
}

/** A model from a file, edited on the CPU. */
async function other(browser, url, file, statistics) {
  const page = await newPage(browser);
  await page.goto(`${url}?device=cpu&model=none`);
  await ready(page);
  const before = (await noted(page)).states.length;
  await tab(page, 'Model and settings');
  await page
    .locator('#model-file')
    .setInputFiles([file, ...(statistics ? [statistics] : [])].map((path) => resolve(path)));
  await page.waitForFunction((count) => globalThis.noted.states.length > count + 1, before, { timeout: PATIENCE });
  await ready(page);
  const [began, ended] = (await noted(page)).states.slice(-2);
  const name = await (await card(page, 'Model')).locator('strong').first().innerText();
  const since = await page.evaluate(() => performance.now());
  const times = [];
  for (const [language, fact] of FACTS.slice(0, 3)) times.push(await edit(page, fact, language));
  const opened = [`${name}: opened from disk`, seconds(ended[1] - began[1])];
  const without = statistics ? '' : ', key statistics of its language among it';
  return [
    opened,
    [`${name}: first edit, CPU${without}`, seconds(times[0])],
    [`${name}: third edit, CPU${without}`, seconds(times[2])],
    [`${name}: longest task of the main thread while editing`, await longest(page, since)],
  ];
}

const { values } = parseArgs({ options: { model: { type: 'string' }, statistics: { type: 'string' } } });
const [load] = loadavg();
const server = await serve();
const browser = await launch();
try {
  console.log(
    `Chromium ${browser.version()}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load ${load.toFixed(1)} before the measurement.`,
  );
  if (load > cpus().length / 2) console.log('The machine was busy with other things: times are too long.');
  console.log('\n| figure | value |\n|---|---|');
  const print = (rows) => rows.forEach(([figure, value]) => console.log(`| ${figure} | ${value} |`));
  print(await embedded(browser, server.url));
  print(await webgpu(server.url));
  if (values.model) print(await other(browser, server.url, values.model, values.statistics));
} finally {
  await browser.close();
  server.close();
}
