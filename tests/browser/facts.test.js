// Ways in which facts come in: the catalogue, one's own in several languages, a file; and the order in which they are edited in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, SLOW } from './harness.js';
import { browser, site } from './site.js';
import { apply, ask, edit, FACT, formOf, OTHER, rows, settled, tab, withModel, write } from './steps.js';

test('a known fact in two languages, with the keyboard alone', { timeout: 2 * SLOW }, async () => {
  const { page, complaints } = await open(browser, site.address);
  await tab(page, 'My own facts');
  const search = page.getByRole('combobox', { name: 'Search known facts' });
  await search.focus();
  await page.keyboard.type('paris france');
  const list = page.getByRole('listbox', { name: 'Known facts' });
  await list.getByRole('option', { name: /capital.*France → Paris/ }).waitFor();
  assert.equal(await search.getAttribute('aria-expanded'), 'true');
  while (!/^capital/.test(await list.locator('[aria-selected=true]').innerText()))
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await list.isVisible(), false);
  await page.getByLabel('Instead of Paris').fill('Tokyo');
  await page.getByRole('checkbox', { name: 'German' }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Fill in the form' }).focus();
  await page.keyboard.press('Enter');
  const form = await formOf(page);
  await form.getByLabel('Prompt (German)').waitFor();
  assert.equal(await form.getByLabel('Prompt', { exact: true }).inputValue(), 'The capital of France is');
  assert.equal(await form.getByLabel('New object (German)').inputValue(), 'Tokio');

  // The token that is edited is the subject's last, and the model's present answer stands beside it.
  const tokens = page.getByRole('list', { name: /Split into \d+ tokens/ });
  await tokens.waitFor();
  assert.match(await tokens.locator('.edited').innerText(), /edited here/);
  assert.equal(await page.getByRole('table', { name: 'Current answer' }).locator('tbody tr').count(), 5);

  await form.getByRole('button', { name: 'Apply edit' }).focus();
  await page.keyboard.press('Enter');
  assert.equal(await settled(page), 'ready');
  // What became of each stands where it was written.
  await page.getByText(/^English, Tokyo: applied · /).waitFor();
  await page.getByText(/^German, Tokio: applied · /).waitFor();
  const edits = await rows(page, 'Edits');
  assert.equal(edits.length, 2);
  assert.match(edits[1], /German.*Tokio/s);
  assert.match((await rows(page, 'Accuracy by language'))[1], /^German\s+\d/);
  assert.deepEqual(complaints, []);
});

test('a search can be narrowed to a relation and a language', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&tab=facts`);
  // The catalogue is read when somebody turns to it.
  await page.getByLabel('Relation').focus();
  await page.getByLabel('Relation').selectOption('author');
  await page.getByLabel('Only in').selectOption('de');
  await page.getByRole('combobox', { name: 'Search known facts' }).fill('kafka');
  const options = page.getByRole('listbox', { name: 'Known facts' }).getByRole('option');
  await options.first().waitFor();
  for (const text of await options.allInnerTexts()) assert.match(text, /author.*→ Franz Kafka/s);

  // Words that no name has do no harm, nor do missing accents.
  const only = page.getByLabel('Only in');
  await page.getByLabel('Relation').selectOption('');
  for (const [language, query, expected] of [
    ['', 'What is the capital of Egypt?', /^capital.*Egypt → Cairo/s],
    ['de', 'koln', /^country of a city.*Köln → in Deutschland/s],
  ]) {
    await only.selectOption(language);
    await page.getByRole('combobox', { name: 'Search known facts' }).fill(query);
    await page.waitForFunction(() => document.querySelectorAll('[role=option]').length < 5);
    assert.match(await options.first().innerText(), expected);
  }
});

test('many facts from a text; what is wrong is named by its line', { timeout: 2 * SLOW }, async () => {
  const { page } = await open(browser, `${site.address}&tab=facts`);
  await page.getByText('Paste or upload many facts').click();
  const text = page.getByLabel('Text of the file');
  const read = async (contents) => {
    await text.fill(contents);
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await page.locator('[id$=-result]').locator('p').first().waitFor();
    return page.locator('[id$=-result]').innerText();
  };
  assert.match(
    await read(
      'language,subject,prompt,new_object\nen,Anna Lund,The home of Anna Lund,Orsk\nde,Köln,Durch die Stadt Köln',
    ),
    /line 3: 3 cells/,
  );
  assert.match(await read('{"language":"en"\n,"subject" "x"}'), /line 2/);
  assert.match(await read('{"language":"en","subject":"a","prompt":"a b","new_object":""}'), /record 1/);
  assert.match(
    await read(
      '[{"subject":"Anna Lund","src":"The home of Anna Lund","alt":"Orsk","answers":["Rome"],"rephrase":"Anna Lund lives in","loc":"the river","loc_ans":"north"}]',
    ),
    /1 fact: English 1/,
  );
  assert.match(
    await read(
      'language,subject,prompt,new_object\nen,Anna Lund,"The home of ""Anna Lund""",Orsk\nde,Köln,Durch die Stadt Köln,Veldania\nen,the river,the river flows to the,north',
    ),
    /3 facts: English 2, German 1/,
  );
  await page.getByLabel('Facts per step').fill('1');
  await page.getByRole('button', { name: 'Edit 3 facts in 3 steps' }).click();
  assert.equal(await settled(page), 'ready');
  const edits = await rows(page, 'Edits');
  assert.deepEqual(
    edits.map((row) => /English|German/.exec(row)[0]),
    ['English', 'German', 'English'],
  );
  assert.match(edits[0], /The home of "Anna Lund"/);
});

test(
  'the order is changed by keyboard and by dragging, and undoing restores what the model says',
  { timeout: 3 * SLOW },
  async () => {
    const { page } = await open(browser, site.address);
    await edit(page, FACT);
    await edit(page, OTHER);
    const before = await ask(page, FACT.Prompt);
    const objects = async () => (await rows(page, 'Edits')).map((row) => /north|Orsk/.exec(row)[0]);
    await tab(page, 'Accuracy');
    const step = (number) => page.getByRole('button', { name: `Step ${number}`, exact: true });
    await step(2).focus();
    await page.keyboard.press('ArrowUp');
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await objects(), ['Orsk', 'north']);
    await page.waitForFunction(() => document.activeElement?.textContent?.trim() === '1');
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await objects(), ['north', 'Orsk']);
    assert.deepEqual(await ask(page, FACT.Prompt), before);
    await tab(page, 'Accuracy');
    await step(1).dragTo(step(2));
    assert.equal(await settled(page), 'ready');
    await page.waitForFunction(() =>
      document.querySelector('tbody tr [data-step="1"]')?.closest('tr')?.textContent?.includes('Orsk'),
    );
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await settled(page), 'ready');
    // Reset is the unedited model; undoing brings all facts back at once.
    await page.getByRole('button', { name: 'Reset' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await rows(page, 'Edits'), ['No edits yet.']);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await objects(), ['north', 'Orsk']);
    await page.getByRole('button', { name: 'Redo' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await rows(page, 'Edits'), ['No edits yet.']);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await settled(page), 'ready');
    assert.deepEqual(await ask(page, FACT.Prompt), before);
  },
);

test('a finger moves a step and deletes one; nothing of the table is cut off', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address, { viewport: { width: 390, height: 844 }, hasTouch: true });
  await edit(page, FACT);
  await edit(page, { ...OTHER, Prompt: 'The home of Anna Lund, who was born by the river and has never left it, is' });
  const objects = async () => (await rows(page, 'Edits')).map((row) => /north|Orsk/.exec(row)[0]);
  await tab(page, 'Accuracy');
  const size = await page.getByRole('button', { name: '2: earlier' }).boundingBox();
  assert.ok(Math.min(size.width, size.height) >= 43, `a finger needs more than ${JSON.stringify(size)}`);
  const cut = (ui) =>
    page.locator('table').evaluateAll(
      (tables, language) =>
        tables
          .filter((table) => table.checkVisibility() && table.closest('.scroll'))
          .map((table) => ({ name: table.caption?.textContent, box: table.closest('.scroll') }))
          .filter(({ box }) => box.scrollWidth > box.clientWidth + 1)
          .map(({ name }) => `${language}: ${name}`),
      ui,
    );
  assert.deepEqual(await cut('en'), []);
  await page.getByRole('button', { name: '2: earlier' }).tap();
  assert.equal(await settled(page), 'ready');
  assert.deepEqual(await objects(), ['Orsk', 'north']);
  await page.getByRole('button', { name: '1: delete' }).tap();
  assert.equal(await settled(page), 'ready');
  assert.deepEqual(await objects(), ['north']);
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === '1', null, { timeout: 5000 });
});

test(
  'an import says where the subject is missing in the prompt, and what can be measured',
  { timeout: SLOW },
  async () => {
    const { page } = await open(browser, `${site.address}&tab=facts`);
    await page.getByText('Paste or upload many facts').click();
    const read = async (contents) => {
      await page.getByLabel('Text of the file').fill(contents);
      await page.getByRole('button', { name: 'Read', exact: true }).click();
      await page.locator('[id$=-result]').locator('p').first().waitFor();
      return page.locator('[id$=-result]').innerText();
    };
    const said = await read(
      'language,subject,prompt,new_object,rephrases,neighbours\nen,Anna Lund,The home of Anna Lund,Orsk,Anna Lund lives in,the river flows to the = north | Anna is = here\nen,the sea,the river flows to the,north,,',
    );
    assert.match(said, /In 1 record \(2\) the subject does not occur in the prompt/);
    assert.match(said, /generality for 1 of 2.*specificity for 1 of 2/);
    assert.match(
      await read('language,subject,prompt,new_object,neighbours\nen,a,a b,c,no answer'),
      /line 2: “no answer” in column neighbours is not of the form: question = answer/,
    );
  },
);

test('the table of edits says what the model answers now to each of them', { timeout: 3 * SLOW }, async () => {
  const { page } = await open(browser, site.address);
  await edit(page, FACT);
  const states = () => page.getByRole('table', { name: 'Edits' }).locator('.state').allInnerTexts();
  const english = async () => {
    const row = (await rows(page, 'Accuracy by language')).find((text) => text.startsWith('English'));
    // Whole answers, after.
    return Number(row.trim().split(/\s+/)[2]);
  };
  const HOLDS = /^applied · in effect \((?:< 1|[1-9]\d*)\s%\)$/;
  const OTHER_ANSWER = /^applied · now says “.*” \((?:< 1|[1-9]\d*)\s%\)$/s;
  const first = await english();
  const [alone] = await states();
  assert.match(alone, first === 100 ? HOLDS : OTHER_ANSWER);
  // The same question with two answers: at most one of them can hold, and each row says which.
  await edit(page, { ...FACT, 'New object': 'south' });
  const exact = await english();
  assert.ok(exact <= 50, `${exact} % of two answers to one question`);
  const both = await states();
  assert.equal(both.length, 2);
  assert.equal(both.filter((state) => HOLDS.test(state)).length, exact === 50 ? 1 : 0, both.join('\n'));
  assert.ok(
    both.every((state) => HOLDS.test(state) || OTHER_ANSWER.test(state)),
    both.join('\n'),
  );
  const said = both.filter((state) => OTHER_ANSWER.test(state)).map((state) => /“(.*)”/s.exec(state)[1]);
  // What it says when it is asked, which breaks off sooner.
  const { text } = await ask(page, FACT.Prompt);
  const begins = text.slice(FACT.Prompt.length).trim().slice(0, 5);
  for (const answer of said) assert.ok(answer.startsWith(begins), `${answer} does not begin with ${begins}`);
});

test('a fact that is typed while another is edited in stays', { timeout: 2 * SLOW }, async () => {
  const { page } = await withModel(browser, site.url, 'cpu', { statistics: true });
  await apply(page, FACT);
  const form = await write(page, OTHER);
  assert.equal(await settled(page), 'ready');
  assert.equal(await form.getByLabel('Subject').inputValue(), OTHER.Subject);
  await form.getByRole('button', { name: 'Apply edit' }).click();
  await page.waitForFunction(() => document.querySelectorAll('[data-step]').length > 1, null, { timeout: SLOW });
  assert.equal(await settled(page), 'ready');
  assert.equal(await form.getByLabel('Subject').inputValue(), '', 'what was edited in makes room');
});

test('what is selected in the prompt becomes the subject, unless there is one', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?device=cpu&tab=facts`);
  const form = await formOf(page);
  const prompt = form.getByLabel('Prompt');
  await prompt.fill('the river flows to the');
  const select = (from, to) => prompt.evaluate((input, [from, to]) => input.setSelectionRange(from, to), [from, to]);
  await select(0, 9);
  await page.waitForFunction(() => document.getElementById('fact-subject').value === 'the river');
  await select(10, 15);
  await page.waitForTimeout(200);
  assert.equal(await form.getByLabel('Subject').inputValue(), 'the river', 'a subject that stands there stays');
});

test('tables are read as spreadsheets save them', { timeout: SLOW }, async () => {
  const { page } = await open(browser, `${site.url}?device=cpu&tab=facts`);
  await page.getByText('Paste or upload many facts').click();
  const rows = [
    ['language', 'subject', 'prompt', 'new_object'],
    ['de', 'Köln', 'Durch die Stadt Köln fließt', '"die Ruhr, breit"'],
  ];
  const table = (between, end = '\r\n') => rows.map((row) => row.join(between)).join(end) + end;
  const windows = Buffer.from(table(';'), 'latin1');
  const tables = {
    'semicolons and a mark': Buffer.from(`\ufeff${table(';')}`),
    tabs: Buffer.from(table('\t')),
    'a line that says it': Buffer.from(`sep=,\r\n${table(',')}`),
    'old line ends': Buffer.from(table(',', '\r')),
    'empty rows': Buffer.from(`${table(',')},,,\r\n;;;\r\n\r\n`),
    'UTF-16': Buffer.from(`\ufeff${table('\t')}`, 'utf16le'),
    'Windows-1252': windows,
  };
  const choose = (buffer) =>
    page.locator('input[type=file][accept*=csv]').setInputFiles({ name: 'table.csv', mimeType: 'text/csv', buffer });
  const result = page.locator('[id$=-result]');
  for (const [name, buffer] of Object.entries(tables)) {
    await choose(buffer);
    await result
      .filter({ hasText: '1 fact: German 1' })
      .waitFor({ timeout: 5_000 })
      .catch(() => assert.fail(name));
    assert.match(await page.getByLabel('Text of the file').inputValue(), /K\u00f6ln/, name);
    // So that the next result is its own.
    await choose(Buffer.from('subject,subject\nx,y\n'));
    await result.filter({ hasText: /column subject twice/ }).waitFor();
  }
  const refused = {
    'a,subject,subject\nx,y,z\n': /column subject twice/,
    'en,Anna,Orsk\nde,Jan,Ulm\n': /not the head/,
  };
  for (const [text, what] of Object.entries(refused)) {
    await choose(Buffer.from(text));
    await result.filter({ hasText: what }).waitFor();
  }
});

test('what cannot be used is named and costs the others nothing', { timeout: 2 * SLOW }, async () => {
  const { page, complaints } = await open(browser, `${site.address}&tab=facts`);
  await page.getByText('Paste or upload many facts').click();
  const record = (fact) => JSON.stringify({ language: 'en', subject: 'Anna Lund', new_object: 'Orsk', ...fact });
  const records = [
    record({ id: 'fine', prompt: 'The home of Anna Lund' }),
    record({ id: 'empty', prompt: 'The home of Anna Lund', new_object: '' }),
    record({ id: 'number', prompt: 3, new_object: ['x'] }),
    record({ id: 'long', prompt: `${'and so '.repeat(300)}the home of Anna Lund` }),
    record({ id: 'nowhere', prompt: 'the river flows to the', new_object: 'north<|endoftext|>' }),
  ];
  await page.getByLabel('Text of the file').fill(records.join('\n'));
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await page.getByText('3 facts: English 3').waitFor();
  const left = await page.locator('[id$=-result]').innerText();
  assert.match(left, /Some facts are left out.*record 2: .* is empty; record 3: /);
  await page.getByRole('button', { name: /^Edit 3 facts/ }).click();
  assert.equal(await settled(page), 'ready');
  const edits = await rows(page, 'Edits');
  assert.match(edits[1], /not edited: the prompt has \d+ tokens with its answer, the model \d+ positions/);
  assert.equal(edits.filter((row) => /not edited/.test(row)).length, 1);
  // The gravest stands beside the answers, with what to do; the others are behind it.
  const warnings = page.locator('details', { hasText: 'Some facts are left out' }).and(page.locator('.line *'));
  assert.match(await warnings.innerText(), /^Some facts are left out: correct what is wrong with them\. and \d more$/);
  await warnings.locator('summary').click();
  const said = await warnings.innerText();
  assert.match(said, /long \(English: the prompt has/);
  assert.match(said, /The subject is not in the prompt: write it .*nowhere \(English\)/);
  assert.match(said, /control tokens: take them out.*<\|endoftext\|>.*nowhere \(English\)/);
  assert.deepEqual(complaints, []);
});

test(
  'the form says of a prompt which tokens are read as control tokens, and where its subject stands twice',
  { timeout: SLOW },
  async () => {
    const { page } = await open(browser, `${site.address}&tab=facts`);
    const form = await formOf(page);
    await form.getByLabel('Prompt', { exact: true }).fill('Anna Lund and<|endoftext|> Anna Lund live in');
    await form.getByLabel('Subject', { exact: true }).fill('Anna Lund');
    await page.getByText('not read letter by letter: <|endoftext|>').waitFor();
    await page.getByText('The subject occurs 2 times in the prompt').waitFor();
  },
);
