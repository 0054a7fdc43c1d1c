// Links: what they show, what they refuse, and what they leave out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataset, engine, open, SLOW, visit } from './harness.js';
import { browser, site } from './site.js';
import { card, edit, FACT, formOf, recipeFor, rows, settled, tab } from './steps.js';

test(
  'sharing gives a link, a QR code, a frame, a citation; the frame shows the chosen parts and replays',
  { timeout: 3 * SLOW },
  async () => {
    const { page } = await open(browser, site.address);
    const press = page.getByRole('button', { name: 'Share', exact: true });
    await press.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Apply an edit first').waitFor();
    await edit(page, FACT);
    await press.click();
    const share = page.getByRole('region', { name: 'Share this experiment' });
    await share.waitFor();
    // Nothing lies over its button, from the first moment on.
    const covered = await share.getByRole('button', { name: 'Dismiss' }).evaluate((button) => {
      const { left, top, width, height } = button.getBoundingClientRect();
      const notes = [...document.querySelectorAll('.share [role=status]')].filter(
        (note) => !button.closest('.share').contains(note),
      );
      return notes.some((note) => {
        const box = note.getBoundingClientRect();
        return box.left < left + width && box.right > left && box.top < top + height && box.bottom > top;
      });
    });
    assert.equal(covered, false, 'the note lies over the button');
    await share.getByText(/^(Link copied|The link is in the address bar)/).waitFor();
    assert.equal(await share.getByRole('textbox', { name: /^Link \(/ }).inputValue(), page.url());
    assert.match(
      await share.getByRole('img', { name: 'The link as a QR code' }).locator('path').getAttribute('d'),
      /^(M\d+ \d+h1v1h-1z){100,}$/,
    );
    assert.match(
      await share.getByLabel('Cite', { exact: true }).inputValue(),
      /langedit, 1 fact in en, model .* seed 0.*arXiv:2506\.10800/s,
    );
    await share.getByRole('checkbox', { name: 'Figures' }).uncheck();
    const snippet = await share.getByLabel('Embed in a page', { exact: true }).inputValue();
    const address = new URL(/src="([^"]+)"/.exec(snippet)[1]);
    assert.equal(address.searchParams.get('embed'), '1');
    assert.equal(address.searchParams.get('panels'), 'stage,status,edits,accuracy');
    const label = 'Link for a class, showing only these parts; on any device';
    const forClass = new URL(await share.getByLabel(label, { exact: true }).inputValue());
    assert.deepEqual(
      [forClass.searchParams.get('device'), forClass.searchParams.get('panels')],
      [null, 'stage,status,edits,accuracy'],
    );
    const code = await share.getByRole('img', { name: 'The link as a QR code' }).boundingBox();
    assert.ok(code.width >= 300, `a code of ${code.width} pixels cannot be read from afar`);
    const download = page.waitForEvent('download');
    await share.getByRole('button', { name: 'Download the report' }).click();
    assert.equal((await download).suggestedFilename(), 'report.json');

    const { page: frame } = await open(browser, address.href, { model: 'model/manifest.json' });
    assert.equal(await frame.getByText('Link’s result:').locator('strong').innerText(), 'reproduced');
    assert.equal(await frame.getByRole('region', { name: 'Answers by language' }).count(), 1);
    assert.equal(await frame.getByRole('heading', { level: 1 }).count(), 0);
    assert.equal(await frame.getByRole('button', { name: 'Share', exact: true }).count(), 0);
    assert.deepEqual(await frame.getByRole('tab').allInnerTexts(), ['Accuracy']);
    assert.match((await rows(frame, 'Accuracy by language'))[0], /^English\s+\d/);
    assert.match((await rows(frame, 'Edits'))[0], /applied/);
    assert.equal(await frame.getByRole('figure', { name: 'Accuracy matrix' }).count(), 0);
  },
);

test(
  'what can be shared lies over the page, which stays where it is, until one turns to something else',
  { timeout: 2 * SLOW },
  async () => {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      const { page } = await open(browser, site.address, { viewport });
      await edit(page, FACT);
      await page.evaluate(() => scrollTo(0, 0));
      const press = page.getByRole('button', { name: 'Share', exact: true });
      const share = page.getByRole('region', { name: 'Share this experiment' });
      const below = () => page.getByRole('region', { name: 'Answers by language' }).boundingBox();
      const before = await below();
      const opened = async () => {
        await press.click();
        await share.waitFor();
        assert.equal(await press.getAttribute('aria-expanded'), 'true');
      };
      const closed = () => share.waitFor({ state: 'detached' });

      await opened();
      assert.deepEqual(await below(), before, 'nothing below it moves');
      const { x, width } = await share.boundingBox();
      assert.ok(x >= 0 && x + width <= viewport.width, 'and nothing of it is cut off');
      await share.getByRole('textbox', { name: /^Link \(/ }).focus();
      await page.keyboard.press('Escape');
      await closed();
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Share', 'the focus goes back');

      await opened();
      await press.click();
      await closed();
      await opened();
      await page.getByRole('tab', { name: 'Merge' }).focus();
      await page.keyboard.press('Enter');
      await closed();
      await opened();
      await page.goBack();
      await closed();
      await opened();
      await page.mouse.click(8, viewport.height - 8);
      await closed();
      await page.context().close();
    }
  },
);

test('a link of another model is shown and not run, until one says so', { timeout: 2 * SLOW }, async () => {
  const { page: first } = await open(browser, site.address);
  const call = await engine(first);
  await call('start', { device: 'cpu' });
  const recipe = recipeFor({ name: 'Other', sha256: 'a'.repeat(64) });
  const link = await call('encode_link', { recipe });
  const { page } = await open(browser, site.address + link);
  assert.match((await rows(page, 'Edits'))[0], /waiting for a model/);
  assert.equal(await (await formOf(page)).getByRole('button', { name: 'Apply edit' }).isEnabled(), false);
  assert.match(await (await card(page, 'Model')).innerText(), /made with the model “Other”/);
  await page.getByRole('button', { name: /^Use the built-in model Micro/ }).click();
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /applied/);
  // A frame without the panel of models says why nothing is run, too.
  const { page: frame } = await open(browser, `${site.address}&embed=1&panels=edits${link}`);
  await frame.getByText(/made with the model “Other”/).waitFor();
  // The same in a page whose model is open already.
  await page.evaluate((hash) => (location.hash = hash), link);
  await page.getByText(/The edits are shown but not run/).waitFor();
  await page.getByRole('button', { name: /^Run them on/ }).click();
  assert.equal(await settled(page), 'ready');
  assert.match((await rows(page, 'Edits'))[0], /applied/);
});

test(
  'a link of many facts of the catalogue is short, and gives the same in a browser that has seen nothing of it',
  { timeout: 4 * SLOW },
  async () => {
    const { page: first } = await open(browser, site.address);
    const call = await engine(first);
    await call('start', { device: 'cpu' });
    const catalogue = new URL('facts/catalogue.json', site.url).href;
    const informed = await engine(first);
    await informed('start', { device: 'cpu', catalogue });
    const { facts: known } = await informed('catalogue');
    const choices = known
      .filter((_, index) => index % 97 === 0)
      .map((fact) => ({
        fact: fact.id,
        objects: [
          known.find((other) => other.relation === fact.relation && other.names.en.object !== fact.names.en.object).id,
        ],
        languages: ['en', 'de'],
      }));
    const facts = (await informed('catalogue_facts', { choices })).sort((a, b) => b.language.localeCompare(a.language));
    assert.equal(facts.length, 50);
    const recipe = {
      version: 1,
      model: { name: 'Micro' },
      method: 'memit',
      mode: 'paper',
      projection: 'exact',
      seed: 0,
      languages: ['en', 'de'],
      order: 'round-robin',
      batch: 5,
      steps: Array(10).fill(5),
      facts,
    };
    // Written by somebody who had no catalogue, it holds every fact whole.
    const whole = await call('encode_link', { recipe });
    assert.ok(whole.length > 4000, `${whole.length} characters`);
    const asked = [];
    const note = (page) =>
      page.on('request', (request) => request.url().endsWith('facts/catalogue.json') && asked.push(request.url()));

    const { page } = await open(browser, site.address + whole);
    assert.equal((await rows(page, 'Edits')).length, 50);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const link = await page.getByRole('textbox', { name: /^Link \(/ }).inputValue();
    assert.ok(link.length <= 2000, `${link.length} characters`);
    assert.equal(await page.getByRole('img', { name: 'The link as a QR code' }).count(), 1);

    const fresh = await (await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' })).newPage();
    note(fresh);
    await visit(fresh, link, { model: 'model/manifest.json' });
    assert.equal(await fresh.getByText('Link’s result:').locator('strong').innerText(), 'reproduced');
    assert.equal((await rows(fresh, 'Edits')).length, 50);
    assert.equal(asked.length, 1, 'the catalogue is fetched for the facts that the link names');
    assert.equal(fresh.url(), link, 'the same experiment has the same link');

    const own = {
      ...recipe,
      steps: [1],
      facts: [{ id: '1', language: 'en', subject: 'the river', prompt: 'the river flows to the', new_object: 'north' }],
    };
    const without = await (await browser.newContext({ locale: 'en-US', serviceWorkers: 'block' })).newPage();
    note(without);
    await visit(without, site.address + (await call('encode_link', { recipe: { ...own, languages: ['en'] } })));
    assert.match((await rows(without, 'Edits'))[0], /applied/);
    assert.equal(asked.length, 1, 'and not for a link that names none');
  },
);

test('a link of a newer version is shown as far as it can be read, and stays', { timeout: 3 * SLOW }, async () => {
  const { page: first } = await open(browser, site.address);
  const call = await engine(first);
  await call('start', { device: 'cpu' });
  const recipe = recipeFor({ name: 'Other' });
  const newer = (await call('encode_link', { recipe })).replace('#1.', '#2.');
  const { page } = await open(browser, site.address + newer, { expect: 'error' });
  const shown = page.getByRole('region', { name: 'A link that cannot be run here' });
  assert.match(
    await shown.innerText(),
    /newer version of the playground \(format 2\)[^]*Other · langedit[^]*1 read, 0 not/,
  );
  assert.match((await rows(page, 'Facts in the link'))[0], /English\s+the river flows to the\s+north/);
  assert.ok(page.url().endsWith(newer), 'the link stays in the address');
  assert.equal(await (await formOf(page)).getByRole('button', { name: 'Apply edit' }).isEnabled(), false);
  // Of what is no JSON at all nothing can be read; the page says so.
  const { page: opaque } = await open(browser, `${site.address}#7.AAAA`, { expect: 'error' });
  assert.match(
    await opaque.getByRole('region', { name: 'A link that cannot be run here' }).innerText(),
    /format 7[^]*None of its contents can be read/,
  );

  await shown.getByRole('button', { name: 'Continue without the link' }).click();
  await shown.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).hash, '');
  await edit(page, FACT);
  assert.match(new URL(page.url()).hash, /^#1\./);
});

test(
  'a link that was changed on the way opens all the same, or says that it did not',
  { timeout: 4 * SLOW },
  async () => {
    const { page: first } = await open(browser, site.address);
    const call = await engine(first);
    await call('start', { device: 'cpu' });
    const link = await call('encode_link', { recipe: recipeFor({ name: 'Micro' }) });
    const { page } = await open(browser, site.url);
    for (const changed of [
      `${link})`,
      `${link}&fbclid=IwAR0abc`,
      link.replace('#1.', '#1%2E'),
      `#%23${link.slice(1)}`,
      `${link.slice(0, 20)}\u00ad ${link.slice(20)}.`,
      `#https://eur02.safelinks.protection.outlook.com/?url=${encodeURIComponent(encodeURIComponent(link))}&data=05`,
    ]) {
      await page.evaluate((hash) => (location.hash = hash), changed);
      await page.getByRole('cell', { name: 'the river flows to the' }).waitFor();
      assert.equal(await settled(page), 'ready', changed);
      assert.equal((await rows(page, 'Edits')).length, 1, changed);
      // The next one is another recipe's.
      await page.goto('about:blank');
      await visit(page, site.url);
    }
    for (const cut of [link.slice(0, -4), '#1.', `#1%2E${link.slice(3, 40)}`]) {
      const { page: other } = await open(browser, site.url + cut, { expect: 'error' });
      assert.match(
        await other.getByRole('alert').first().innerText(),
        /link is damaged.*copy the whole link again/s,
        cut,
      );
      await other.context().close();
    }
  },
);

test('hostile links harm nothing', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  const call = await engine(page);
  await call('start', { device: 'cpu' });
  const script = '<img src=x onerror="globalThis.pwned=true"><script>globalThis.pwned=true</script>';
  const fact = { id: script, language: 'en', subject: script, prompt: `${script} is`, new_object: script };
  const recipe = recipeFor({ name: script, sha256: 'a'.repeat(64) }, fact);
  const { page: victim } = await open(browser, site.address + (await call('encode_link', { recipe })));
  assert.ok((await rows(victim, 'Edits'))[0].includes(script), 'text stays text');
  assert.equal(await victim.evaluate(() => globalThis.pwned), undefined);

  for (const [fragment, message] of [
    [`#1.${'A'.repeat(10 << 20)}`, /the limit is \d+/],
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
