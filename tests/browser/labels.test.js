// Words in drawings: none is cut off at the side of a figure, and none lies on a mark or on another word, whatever the language and the screen.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { charts, everything, figureMessages, REPORT, SIX, stageMessages, UIS } from './charts.js';

/** A phone, half a page, a whole page, a wall. */
const WIDTHS = [326, 614, 1270, 1900];
/** Pixels that a word may reach beyond the drawing: there is that much room around it. */
const MARGIN = 2;

const overlap = ([a, b], [c, d]) => Math.min(b, d) - Math.max(a, c);

/** What is wrong with the words of a drawing. */
function faults({ marks, width }) {
  const texts = marks
    .filter(({ shape, rotate }) => shape === 'text' && !rotate)
    .map((mark) => ({ text: mark.text, across: charts.scene.extent(mark), down: [mark.y - 9, mark.y + 2] }))
    .filter(({ text }) => text.trim());
  const symbols = marks
    .filter(({ shape }) => shape === 'symbol')
    .map(({ x, y, size }) => ({ across: [x - size / 2, x + size / 2], down: [y - size / 2, y + size / 2] }));
  return [
    ...texts
      .filter(({ across: [from, to] }) => from < -MARGIN || to > width + MARGIN)
      .map(({ text, across }) => `“${text}” reaches from ${across.map(Math.round)} in ${width}`),
    ...texts.flatMap((one, index) =>
      texts
        .slice(index + 1)
        .filter((other) => overlap(one.across, other.across) > 2 && overlap(one.down, other.down) > 3)
        .map((other) => `“${one.text}” lies on “${other.text}”`),
    ),
    ...texts.flatMap(({ text, across, down }) =>
      symbols
        .filter((symbol) => overlap(across, symbol.across) > 1 && overlap(down, symbol.down) > 3)
        .map(() => `“${text}” lies on a mark`),
    ),
  ];
}

for (const [name, report] of Object.entries({ 'three languages': REPORT, 'six languages': SIX })) {
  test(`no word of a drawing is cut off or covered, with ${name}`, () => {
    const found = new Set();
    for (const ui of UIS)
      for (const width of WIDTHS)
        for (const [figure, scene] of Object.entries(everything(report, ui, width).scenes)) {
          // What stands in three dimensions is turned by the reader: there words may meet.
          const free = figure === 'geometry' || figure === 'keys';
          for (const fault of faults(charts.scene.within(scene)))
            if (!free || fault.includes('reaches')) found.add(`${figure} (${ui}, ${width}): ${fault}`);
        }
    assert.deepEqual([...found], []);
  });
}

/** The sides and the height of a phone's and a page's drawing of the projection. */
const STAGE = { widths: [300, 326, 410], height: 288 };

test('the words of the projection keep apart from 0 % to 100 %, with P and without', () => {
  const { changePicture, changeLabels } = charts.change;
  const found = new Set();
  for (const ui of UIS)
    for (const width of STAGE.widths)
      for (let percent = 0; percent <= 100; percent += 1)
        for (const on of [true, false]) {
          const s = stageMessages(ui);
          const labels = changeLabels(changePicture(percent / 100, width, STAGE.height), width, {
            free: s.free,
            freeOf: s.freeOf('637', '768'),
            used: s.used,
            projected: on ? { removed: s.removed(`${percent} %`), written: s.written, whole: s.whole } : null,
            full: on ? null : { written: s.writtenWhole, lands: s.lands },
          });
          const marks = labels.map((label) => ({ shape: 'text', ...label }));
          for (const fault of faults({ marks, width })) found.add(`${ui}, ${width}, P ${on ? 'on' : 'off'}: ${fault}`);
          assert.equal(labels.length, 3 + (on ? 3 : 2));
        }
  assert.deepEqual([...found], []);
});

test('the headline of a comparison says what was written and what was kept', () => {
  const run = (name, efficacy_exact, kept) => ({
    method: 'memit',
    name,
    report: { average: { after: { efficacy_exact } }, steps: [], languages: {} },
    others: kept === null ? null : { asked: 120, kept, languages: {} },
  });
  const said = (ui, ...runs) => charts['comparison-words'].comparisonFinding(runs, 'whole', figureMessages(ui), ui);
  const runs = [run('A', 100, 113), run('B', 50, 120), run('C', 100, 120)];
  assert.match(said('en', ...runs), /highest with A and C \(100\s%\).*lowest with B \(50\s%\)\. Other answers/);
  assert.match(said('en', ...runs), /kept best with B and C \(120 of 120\) and worst with A \(113 of 120\)\.$/);
  for (const ui of UIS) assert.ok(said(ui, ...runs).includes('113'), ui);
  assert.doesNotMatch(said('en', run('A', 100, null), run('B', 50, null)), /Other answers/);
});

test('what was not measured is said in words, and is no bar of length 0', () => {
  const unasked = { efficacy: null, generality: null, specificity: null };
  const report = { ...SIX, languages: { ...SIX.languages, de: { before: unasked, after: unasked } } };
  const t = figureMessages('en');
  const runs = [{ method: 'langedit', name: 'LangEdit', report, others: null }];
  const draw = (counted) =>
    charts.comparison.comparisonScene(runs, counted, t, { ui: 'en', width: 1270, height: 400 }).marks;
  for (const counted of ['whole', 'tokens']) {
    assert.equal(draw(counted).filter(({ text }) => text === 'not measured').length, 3);
    assert.equal(draw(counted).filter(({ kind, language }) => kind === 'bar' && language === 'de').length, 0);
  }
  assert.ok(draw('whole').filter(({ kind, language }) => kind === 'bar' && language === 'en').length > 0);
});

test('methods side by side show what tells them apart, and name the rest', () => {
  const t = figureMessages('en');
  const run = (name, kept, report = SIX) => ({
    method: 'memit',
    name,
    report,
    others: { asked: 40, kept: kept + 20, languages: { en: { asked: 20, kept: 20 }, de: { asked: 20, kept } } },
  });
  const titles = (runs) =>
    charts.comparison
      .comparisonScene(runs, 'whole', t, { ui: 'en', width: 1270, height: 400 })
      .marks.filter(({ kind }) => kind === 'title')
      .map(({ text }) => text);
  const same = (runs) => charts.comparison.comparisonSame(runs, 'whole', t, 'en');
  const changed = [run('A', 18), run('B', 11)];
  assert.deepEqual(titles(changed), ['Other answers changed']);
  assert.deepEqual(same(changed), ['Efficacy', 'Generality', 'Specificity']);
  const { marks } = charts.comparison.comparisonScene(changed, 'whole', t, { ui: 'en', width: 1270, height: 400 });
  const bars = marks.filter(({ kind, language }) => kind === 'bar' && language === 'de').map(({ width }) => width);
  assert.ok(bars[1] > 4 * bars[0], 'two answers and nine are no bars of like length');
  const alike = [run('A', 18), run('B', 18)];
  assert.deepEqual(titles(alike), ['Other answers changed', 'Efficacy %', 'Generality %', 'Specificity %']);
  assert.deepEqual(same(alike), []);
  const de = { ...SIX.languages.de, after: { ...SIX.languages.de.after, generality_exact: 1 } };
  const other = { ...SIX, languages: { ...SIX.languages, de } };
  assert.deepEqual(titles([run('A', 18), run('B', 18, other)]), ['Generality %']);
});

test('a finding names every pair of languages that is equally close', () => {
  const step = (language, overlap) => ({ language, figures: { layers: { 4: { overlap } } } });
  const angles = (median) => [0, median, median, median, 90];
  const report = {
    steps: [step('en', {}), step('de', { en: angles(3) }), step('nl', { en: angles(3.2), de: angles(40) })],
  };
  const t = figureMessages('en');
  const finding = charts.overlap.overlapFinding(report, 2, '4', 'median', t, 'en');
  assert.match(finding, /3° apart: German–English and English–Dutch\..*40° apart: German–Dutch\./);
});

test('the first thing said of a disturbance is the fact that moves most, the last what it did to answers', () => {
  const matrix = (en) => ({ en: { efficacy: en }, de: { efficacy: 100 } });
  const disturbance = { every: 1, predicted: [1, 1], measured: [10, 0.1], own_predicted: 10, own_measured: 10 };
  const report = {
    steps: [
      { language: 'en', fact_ids: ['a', 'b'] },
      { language: 'de', fact_ids: ['a'], figures: { layers: {}, disturbance } },
    ],
    accuracy_matrix: [matrix(100), matrix(15)],
  };
  const said = charts.disturbance.disturbanceFinding(report, 1, figureMessages('en'), 'en');
  assert.match(
    said,
    /^Of the facts edited before, one in English moves most: by 10, 100\s%.*fell from 100\s% to 15\s%\.$/,
  );
});
