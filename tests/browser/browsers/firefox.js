// Firefox by way of WebDriver BiDi, which it speaks itself, without a driver beside it.

import puppeteer from 'puppeteer-core';
import { SLOW } from '../harness.js';
import { program } from './programs.js';

export const name = 'Firefox';

const find = () => program('FIREFOX', ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']);

export const missing = () =>
  find() ? null : 'no Firefox in PATH: install one (Debian: apt-get install firefox-esr), or name it in FIREFOX';

export async function launch() {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: find(), timeout: SLOW });
  const version = (await browser.version()).replace(/^.*\//, '');
  return { version, profile: () => profile(browser), close: () => browser.close() };
}

async function profile(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return {
    goto: (url) => page.goto(url, { timeout: SLOW }),
    evaluate: (script, ...values) => page.evaluate(script, ...values),
    element: async (call, ...values) => (await page.evaluateHandle(call, ...values)).asElement(),
    click: (element) => element.click(),
    type: (element, text) => element.type(text),
    press: (key) => page.keyboard.press(key),
    resize: (width, height) => page.setViewport({ width, height }),
    screenshot: () => page.screenshot(),
    complaints: () => complaints,
    close: () => context.close(),
  };
}
