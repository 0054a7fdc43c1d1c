// Links: what they show, what they refuse, and what they leave out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dataset, engine, launch, open, serveWithModel, SLOW } from './harness.js';
import { edit, FACT, rows, settled } from './steps.js';

let site;
let browser;

before(async () => {
  site = await serveWithModel();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  site?.close();
});

test('sharing gives a link, a QR code, a frame, a citation; the frame shows the chosen parts and replays', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  await edit(page, FACT);
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const share = page.getByRole('region', { name: 'Share this experiment' });
  await share.waitFor();
  assert.equal(await share.getByRole('textbox', { name: /^Link \(/ }).inputValue(), page.url());
  assert.match(await share.getByRole('img', { name: 'The link as a QR code' }).locator('path').getAttribute('d'), /^(M\d+ \d+h1v1h-1z){100,}$/);
  assert.match(await share.getByLabel('Cite', { exact: true }).inputValue(), /langedit, 1 facts in en, model .* seed 0.*arXiv:2506\.10800/s);
  await share.getByRole('checkbox', { name: 'Figures' }).uncheck();
  const snippet = await share.getByLabel('Embed in a page', { exact: true }).inputValue();
  const address = new URL(/src="([^"]+)"/.exec(snippet)[1]);
  assert.equal(address.searchParams.get('embed'), '1');
  assert.equal(address.searchParams.get('panels'), 'edits,accuracy');
  const download = page.waitForEvent('download');
  await share.getByRole('button', { name: 'Download the report' }).click();
  assert.equal((await download).suggestedFilename(), 'report.json');

  const { page: frame } = await open(browser, address.href, { model: 'model/manifest.json' });
  assert.equal(await frame.getByText('Replay:').locator('strong').innerText(), 'reproduced');
  assert.equal(await frame.getByRole('form').count(), 0);
  assert.equal(await frame.getByRole('banner').count(), 0);
  assert.equal(await frame.getByRole('table', { name: 'Accuracy by language' }).count(), 1);
  assert.equal(await frame.getByRole('heading', { name: 'Ask the model' }).count(), 0);
});

test('a link of another model is shown and not run, until one says so', { timeout: 2 * SLOW }, async () => {
  const { page: first } = await open(browser, site.address);
  const call = await engine(first);
  await call('start', { device: 'cpu' });
  const fact = { id: '1', language: 'en', subject: 'the river', prompt: 'the river flows to the', new_object: 'north' };
  const recipe = { version: 1, model: { name: 'Other', sha256: 'a'.repeat(64) }, method: 'langedit', mode: 'paper', projection: 'exact', seed: 0, languages: ['en'], order: 'round-robin', batch: 1, steps: [1], facts: [fact] };
  const link = await call('encode_link', { recipe });
  const { page } = await open(browser, site.address + link);
  assert.match((await rows(page, 'Edits'))[0], /waits for a model/);
  assert.match(await page.getByRole('region', { name: 'Model', exact: true }).innerText(), /made with the model “Other”/);
  assert.equal(await page.getByRole('button', { name: 'Apply edit' }).isEnabled(), false);
  await page.getByRole('button', { name: /^Use the built-in model Micro/ }).click();
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /edited in/);
  // The same in a page whose model is open already.
  await page.evaluate((hash) => (location.hash = hash), link);
  await page.getByText(/The edits are shown and not run/).waitFor();
  await page.getByRole('button', { name: /^Run them on/ }).click();
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /edited in/);
});

test('hostile links harm nothing', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  const call = await engine(page);
  await call('start', { device: 'cpu' });
  const script = '<img src=x onerror="globalThis.pwned=true"><script>globalThis.pwned=true</script>';
  const fact = { id: script, language: 'en', subject: script, prompt: `${script} is`, new_object: script };
  const recipe = { version: 1, model: { name: script, sha256: 'a'.repeat(64) }, method: 'langedit', mode: 'paper', projection: 'exact', seed: 0, languages: ['en'], order: 'round-robin', batch: 1, steps: [1], facts: [fact] };
  const { page: victim } = await open(browser, site.address + (await call('encode_link', { recipe })));
  assert.ok((await rows(victim, 'Edits'))[0].includes(script), 'text stays text');
  assert.equal(await victim.evaluate(() => globalThis.pwned), undefined);

  for (const [fragment, message] of [
    [`#1.${'A'.repeat(10 << 20)}`, /at most \d+ are read/],
    ['#2.AAAA', /newer version/],
    ['#1.%00%ff', /link is damaged|not a LangEdit link/],
  ]) {
    const { page: other } = await open(browser, `${site.url}?model=model/manifest.json`, { expect: 'ready' });
    await other.evaluate((hash) => (location.hash = hash), fragment);
    await other.waitForFunction(() => document.documentElement.dataset.state === 'error', null, { timeout: SLOW });
    assert.match(await other.getByRole('alert').first().innerText(), message);
    await other.getByRole('button', { name: 'Dismiss' }).click();
    assert.equal((await dataset(other)).state, 'ready', 'the page goes on');
    await other.context().close();
  }
});
