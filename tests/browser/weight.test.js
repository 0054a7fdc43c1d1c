// What the first visit weighs and how long it takes. The gates are loose, for tests share their machine; the figures are printed.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT, SLOW } from './harness.js';
import { browser, site } from './site.js';

const DIST = join(ROOT, 'web/dist');
const MEGABYTE = 1e6;

test('the first visit without the model is at most four megabytes, compressed', { timeout: SLOW }, async (context) => {
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  const paths = new Set();
  page.on('request', (request) => paths.add(new URL(request.url()).pathname));
  await page.goto(`${site.url}?model=none`);
  await page.waitForFunction(() => document.documentElement.dataset.state === 'ready', null, { timeout: SLOW });
  const weigh = (path) =>
    gzipSync(readFileSync(join(DIST, path.endsWith('/') ? 'index.html' : path)), { level: 9 }).length;
  const weights = [...paths].map((path) => [path, weigh(path)]);
  const sum = (test) => weights.filter(([path]) => test.test(path)).reduce((total, [, bytes]) => total + bytes, 0);
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  context.diagnostic(
    `gzip: scripts ${kilobytes(sum(/\.js$/))}, wasm for the CPU ${kilobytes(sum(/\.zst$/))}, in all ${kilobytes(sum(/./))}`,
  );
  // Of the two modules a visitor loads one; the larger must fit too.
  const modules = readdirSync(join(DIST, 'assets')).filter((name) => name.endsWith('.zst'));
  for (const name of modules) context.diagnostic(`${name}: ${kilobytes(weigh(`assets/${name}`))}`);
  const rest = sum(/./) - sum(/\.zst$/);
  assert.equal(modules.length, 2);
  for (const name of modules) assert.ok(rest + weigh(`assets/${name}`) <= 4 * MEGABYTE, name);
  assert.ok(sum(/\.js$/) <= 0.2 * MEGABYTE);
  await page.context().close();
});

test(
  'the first view comes before the engine, and nothing blocks the page for long',
  { timeout: SLOW },
  async (context) => {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    await page.addInitScript(() => {
      globalThis.tasks = [];
      new PerformanceObserver((list) =>
        globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration)),
      ).observe({ type: 'longtask', buffered: true });
      new MutationObserver(() => {
        if (globalThis.shown === undefined && document.querySelectorAll('[data-language]').length === 6)
          globalThis.shown = performance.now();
        if (document.documentElement.dataset.state === 'ready') globalThis.ready ??= performance.now();
      }).observe(document, { subtree: true, childList: true, attributes: true });
    });
    await page.goto(site.address);
    await page.waitForFunction(() => globalThis.ready !== undefined, null, { timeout: SLOW });
    const { shown, ready, tasks } = await page.evaluate(() => ({
      shown: globalThis.shown,
      ready: globalThis.ready,
      tasks: globalThis.tasks,
    }));
    const longest = Math.max(0, ...tasks);
    context.diagnostic(
      `first interactive view ${shown.toFixed(0)} ms, model ready ${ready.toFixed(0)} ms, longest task of the main thread ${longest.toFixed(0)} ms`,
    );
    assert.ok(shown < ready, 'the stage is there before the engine');
    await page.context().close();
  },
);
