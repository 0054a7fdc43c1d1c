// Starts what the tests need: the server of `cargo xtask serve` on web/dist, and the system's Chromium, with and without a WebGPU adapter.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { program } from './browsers/programs.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Time for things that compile a module of many megabytes, or shaders on a software adapter. */
export const SLOW = 120_000;

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** With these, Chromium gives an adapter also where there is no GPU; without them it gives none there. */
const SOFTWARE = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** With these it gives the machine's own, where there is one. */
const HARDWARE = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'];

/** The system's Chromium; null without one. */
export const findChromium = () =>
  program('CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']);

/** Serves web/dist, or another folder, under `prefix`; gives its URL and how to stop it. */
export async function serve(prefix = '/', folder = join(ROOT, 'web/dist')) {
  const [command, ...leading] = process.env.XTASK ? [process.env.XTASK] : ['cargo', 'xtask'];
  const server = spawn(command, [...leading, 'serve', '--dir', folder, '--prefix', prefix], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).once('line', resolve);
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return { url, close: () => server.kill() };
}

/** A browser; `webgpu` says whether it has an adapter: one in software, or with `hardware` the machine's own. */
export function launch({ webgpu = false } = {}) {
  const flags = webgpu === 'hardware' ? HARDWARE : webgpu ? SOFTWARE : ['--disable-gpu'];
  return chromium.launch({ executablePath: findChromium() ?? undefined, args: [...FLAGS, ...flags] });
}

/** Serves a copy of web/dist that brings along the tiny model of the tests, described as the real one is; `?model=model/manifest.json`. */
export async function serveWithModel(prefix = '/') {
  const folder = mkdtempSync(join(tmpdir(), 'langedit-site-'));
  cpSync(join(ROOT, 'web/dist'), folder, { recursive: true });
  rmSync(join(folder, 'model'), { recursive: true, force: true });
  mkdirSync(join(folder, 'model'));
  const sources = {
    'model.gguf': 'tests/golden/models/gguf/llama.gguf',
    'statistics.safetensors': 'tests/golden/editing/stats.safetensors',
  };
  const files = Object.entries(sources).map(([path, source]) => {
    const contents = readFileSync(join(ROOT, source));
    writeFileSync(join(folder, 'model', path), contents);
    return { path, bytes: contents.length, sha256: createHash('sha256').update(contents).digest('hex') };
  });
  writeFileSync(join(folder, 'model/manifest.json'), JSON.stringify({ name: 'Micro', version: '1', files }));
  const server = await serve(prefix, folder);
  const close = () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: server.url, address: `${server.url}?model=model/manifest.json`, folder, files, close };
}

/**
 * Opens the page at an address and waits until it has finished loading. What it complains about is collected in `complaints`. Unless told
 * otherwise it opens without the model that the page brings along, which is not what most tests are about, and without a service worker.
 * `route` may answer requests of the context in the server's place.
 */
export async function open(
  browser,
  url,
  { expect = 'ready', model = 'none', route = () => undefined, ...options } = {},
) {
  const context = await browser.newContext({ locale: 'en-US', serviceWorkers: 'block', ...options });
  await route(context);
  const page = await context.newPage();
  return { page, ...(await visit(page, url, { expect, model })) };
}

/** As `open`, in a page that is there already. */
export async function visit(page, url, { expect = 'ready', model = 'none' } = {}) {
  const address = new URL(url);
  if (!address.searchParams.has('model')) address.searchParams.set('model', model);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    // Every state that the page goes through, from before its first script on.
    globalThis.states = [];
    const note = () => {
      const state = document.documentElement?.dataset.state;
      if (state && globalThis.states.at(-1) !== state) globalThis.states.push(state);
    };
    new MutationObserver(note).observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-state'],
    });
  });
  await page.goto(address.href, { timeout: SLOW });
  await page.waitForFunction((state) => document.documentElement.dataset.state === state, expect, { timeout: SLOW });
  return { complaints };
}

/** `data-state` and `data-device` of the page. */
export function dataset(page) {
  return page.evaluate(() => ({ ...document.documentElement.dataset }));
}

/**
 * The engine's worker of the built page, without the page: a function that is given a kind of call and its parameters, and answers as the
 * worker does. `page` is an open page of the playground.
 */
export async function engine(page) {
  const address = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .find((name) => /\/worker-[\w-]+\.js$/.test(name)),
  );
  if (!address) throw new Error('the page has loaded no worker');
  const handle = await page.evaluateHandle((url) => {
    const worker = new Worker(url, { type: 'module' });
    const waiting = new Map();
    worker.onmessage = ({ data }) => {
      if (data.kind === 'done') waiting.get(data.id).resolve(data.value);
      if (data.kind === 'failed') waiting.get(data.id).reject(new Error(data.error.message));
      if (data.kind === 'panicked' || data.kind === 'gpu_lost')
        waiting.forEach(({ reject }) => reject(new Error(data.message)));
    };
    let next = 1;
    return (kind, parameters) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, kind, parameters });
      });
  }, address);
  // Playwright carries no bytes: files cross to the page as base64.
  const send = (call, { kind, parameters }) => {
    const unpack = (value) =>
      value?.base64 ? Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0)) : value;
    return call(kind, Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, unpack(value)])));
  };
  return (kind, parameters = {}) => {
    const pack = (value) => (Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value);
    const packed = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, pack(value)]));
    return handle.evaluate(send, { kind, parameters: packed });
  };
}

/** Runs the command of this build. */
export function langedit(...parameters) {
  const [command, ...leading] = process.env.LANGEDIT
    ? [process.env.LANGEDIT]
    : ['cargo', 'run', '--quiet', '--release', '--package', 'langedit', '--bin', 'langedit', '--'];
  return execFileSync(command, [...leading, ...parameters], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
