// A tab by way of WebDriver, the W3C's protocol over HTTP.

import { setTimeout as pause } from 'node:timers/promises';

/** Elements cross the border as objects with this one key. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Keys without a letter, as WebDriver writes them. */
const KEYS = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004', ArrowUp: '\uE013', ArrowDown: '\uE015' };

/**
 * In the page: collects its complaints from now on, unless the document is still the one before. WebDriver has neither a console nor scripts
 * that precede the page's, so this comes as soon as the document is there, before the page's modules have arrived.
 */
function listen(origin) {
  if (location.origin !== origin || globalThis.complaints) return false;
  const complaints = (globalThis.complaints = []);
  const { error } = console;
  console.error = (...values) => {
    complaints.push(values.join(' '));
    error(...values);
  };
  const heard = ({ message, target }) => {
    // An observer that goes on in the next frame: the consoles of the other engines say nothing of it.
    if (!message?.startsWith('ResizeObserver loop'))
      complaints.push(message ?? `${target.src ?? target.href} failed to load`);
  };
  addEventListener('error', heard, true);
  addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason)));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    complaints.push(`${violatedDirective} forbids ${blockedURI}`),
  );
  return true;
}

/** Begins a session with the driver at a port, once it answers; gives what it says about itself, and its tab. */
export async function connect(port, capabilities) {
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver, ${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  for (let left = 200; !(await call('GET', '/status').catch(() => null)); left -= 1) {
    if (left === 0) throw new Error(`no driver answers at port ${port}`);
    await pause(50);
  }
  const begun = await call('POST', '/session', {
    capabilities: { alwaysMatch: { ...capabilities, pageLoadStrategy: 'none' } },
  });
  const get = (path) => call('GET', `/session/${begun.sessionId}${path}`);
  const post = (path, body) => call('POST', `/session/${begun.sessionId}${path}`, body);
  const script = (source, args) => post('/execute/sync', { script: source, args });
  const type = (element, text) => post(`/element/${element[ELEMENT]}/value`, { text });
  const evaluate = (source, ...values) =>
    typeof source === 'string' ? script(source, []) : script(`return (${source})(...arguments)`, values);
  const tab = {
    goto: async (url) => {
      await post('/url', { url });
      while (!(await evaluate(listen, new URL(url).origin))) await pause(5);
    },
    evaluate,
    element: evaluate,
    click: (element) => post(`/element/${element[ELEMENT]}/click`, {}),
    type,
    press: async (key) => type(await get('/element/active'), KEYS[key]),
    resize: (width, height) => post('/window/rect', { width, height }),
    screenshot: async () => Buffer.from(await get('/screenshot'), 'base64'),
    complaints: () => evaluate(() => globalThis.complaints),
  };
  return { capabilities: begun.capabilities, tab };
}
