// The page as a person meets it, in any engine: things are found by role and accessible name, operated by real input, and read.
//
// An engine's file gives `missing()`, why it cannot run here, and `launch()`; a browser gives `profile()`, a tab with a storage of its own:
//
//   goto(url)  evaluate(script or function, ...values)  element(function, ...values)  click(element)  type(element, text)  press(key)
//   resize(width, height)  screenshot()  complaints()  close()

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Time for what needs no computing. */
const SOON = 20_000;

/** In the page: the first visible element of that role whose accessible name fits, below `root` or anywhere. axe computes both alike in every engine. */
function byRole(role, { source, flags }, root) {
  const { axe } = globalThis;
  axe.setup(document.documentElement);
  try {
    const fits = (element) => {
      const node = axe.utils.getNodeFromTree(element);
      if (!node || axe.commons.aria.getRole(node) !== role || !element.checkVisibility()) return false;
      return new RegExp(source, flags).test(axe.commons.text.accessibleTextVirtual(node).trim());
    };
    return [...(root ?? document).querySelectorAll('*')].find(fits) ?? null;
  } finally {
    axe.teardown();
  }
}

export class Page {
  constructor(tab) {
    this.tab = tab;
  }

  /** Goes to an address and waits for the state that it should reach; gives the milliseconds until then. */
  async open(url, state = 'ready') {
    const start = performance.now();
    await this.tab.goto(url);
    await this.reaches(state);
    return performance.now() - start;
  }

  /** Waits until something is true and gives what it was. */
  async until(condition, what, patience = SOON) {
    const end = performance.now() + patience;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (performance.now() > end) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
      await pause(30);
    }
  }

  /** The element of that role and name (all of it, or an expression), once it is there. */
  async find(role, name, within = null) {
    if (await this.tab.evaluate(() => !globalThis.axe)) await this.tab.evaluate(AXE);
    const { source, flags } =
      typeof name === 'string' ? new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : name;
    return this.until(() => this.tab.element(byRole, role, { source, flags }, within), `the ${role} ${name}`);
  }

  async click(role, name, within) {
    await this.tab.click(await this.find(role, name, within));
  }

  /** Replaces what a field holds by typing. */
  async type(role, name, text, within) {
    const field = await this.find(role, name, within);
    await this.tab.click(field);
    await this.tab.evaluate((element) => element.select(), field);
    await this.tab.type(field, text);
  }

  press(key) {
    return this.tab.press(key);
  }

  /** The text of the first element that a selector matches, below `within` or anywhere; null without one. */
  text(selector, within = null) {
    return this.tab.evaluate(
      (query, root) => (root ?? document).querySelector(query)?.innerText ?? null,
      selector,
      within,
    );
  }

  /** As `text`, an attribute. */
  attribute(selector, name, within = null) {
    return this.tab.evaluate(
      (query, attribute, root) => (root ?? document).querySelector(query)?.getAttribute(attribute) ?? null,
      selector,
      name,
      within,
    );
  }

  /** How many elements a selector matches. */
  count(selector, within = null) {
    return this.tab.evaluate((query, root) => (root ?? document).querySelectorAll(query).length, selector, within);
  }

  /** Waits until the page, or an element, says something. */
  says(words, element = null) {
    const read = () => this.tab.evaluate((found) => (found ?? document.body).innerText, element);
    return this.until(async () => words.test(await read()), words);
  }

  address() {
    return this.tab.evaluate(() => location.href);
  }

  /** Waits for a state of the page; an error that was not asked for ends the wait at once. */
  async reaches(state, patience = 120_000) {
    const reached = await this.until(
      async () => {
        const now = await this.attribute(':root', 'data-state');
        return (now === state || now === 'error') && now;
      },
      `the state ${state}`,
      patience,
    );
    if (reached !== state) throw new Error(`the page reports: ${await this.text('[role=alert]')}`);
  }
}
