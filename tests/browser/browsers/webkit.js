// WebKit by way of WebKitGTK's driver and its MiniBrowser, on a display of their own.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { program } from './programs.js';
import { connect } from './webdriver.js';

export const name = 'WebKit';

const findDriver = () => program('WEBKIT_DRIVER', ['WebKitWebDriver']);
const findDisplay = () => program('XVFB', ['Xvfb']);

export function missing() {
  if (!findDriver())
    return 'no WebKitWebDriver in PATH: install it (Debian: apt-get install webkit2gtk-driver), or name it in WEBKIT_DRIVER';
  if (!findDisplay()) return 'no Xvfb in PATH, on which WebKit draws: install it (Debian: apt-get install xvfb)';
  return null;
}

export async function launch() {
  const screen = spawn(findDisplay(), ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = await new Promise((resolve, reject) => {
    screen.stdio[3].once('data', (number) => resolve(`:${String(number).trim()}`));
    screen.once('error', reject);
    screen.once('exit', (code) => reject(new Error(`Xvfb ended with ${code}`)));
  });
  const drivers = [];
  const browser = {
    version: null,
    /** A driver has one browser at a time, whose storage ends with it: every profile is a driver of its own. */
    profile: async () => {
      const port = await freePort();
      const driver = spawn(findDriver(), [`--port=${port}`], {
        // In this locale WebKit's language is en-US; in others it depends on what the system has.
        env: { ...process.env, DISPLAY: display, LC_ALL: 'C' },
        stdio: 'ignore',
        detached: true,
      });
      drivers.push(driver);
      const { capabilities, tab } = await connect(port, { browserName: 'MiniBrowser' });
      browser.version = capabilities.browserVersion;
      await tab.resize(1440, 900);
      return { ...tab, close: async () => end(driver) };
    },
    close: async () => {
      drivers.forEach(end);
      screen.kill();
    },
  };
  return browser;
}

/** Ends a driver with the browser that it has started. */
function end(driver) {
  if (driver.exitCode === null && driver.signalCode === null) process.kill(-driver.pid);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
