// The site that most files of tests visit: the built page with the tests' model, served, and a browser without a GPU. They come before the
// first test of the file that imports them and go after its last.

import { after, before } from 'node:test';
import { launch, serveWithModel } from './harness.js';

export let site;
export let browser;

before(async () => {
  site = await serveWithModel();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
});
