// Chromium by way of Playwright, as all other tests drive it.

import { findChromium, launch as start, SLOW } from '../harness.js';

export const name = 'Chromium';

export const missing = () => (findChromium() ? null : 'no Chromium in PATH: install one, or name it in CHROMIUM');

export async function launch() {
  const browser = await start();
  return { version: browser.version(), profile: () => profile(browser), close: () => browser.close() };
}

async function profile(browser) {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  // Playwright hands over one value.
  const spread = (call) => new Function('values', `return (${call})(...values)`);
  return {
    goto: (url) => page.goto(url, { timeout: SLOW }),
    evaluate: (script, ...values) =>
      typeof script === 'string' ? page.evaluate(script) : page.evaluate(spread(script), values),
    element: async (call, ...values) => (await page.evaluateHandle(spread(call), values)).asElement(),
    click: (element) => element.click(),
    type: (element, text) => element.type(text),
    press: (key) => page.keyboard.press(key),
    resize: (width, height) => page.setViewportSize({ width, height }),
    screenshot: () => page.screenshot(),
    complaints: () => complaints,
    close: () => context.close(),
  };
}
