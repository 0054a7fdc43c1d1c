// The built page as it is, with the model that it brings along, served, and a browser without a GPU. As `site.js`, for the files that import it.

import { after, before } from 'node:test';
import { launch, serve } from './harness.js';

/** Opens the page with its own model, at the size of a desk. */
export const OWN = { model: 'model/manifest.json', viewport: { width: 1440, height: 900 } };

export let server;
export let browser;

before(async () => {
  server = await serve();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server?.close();
});
