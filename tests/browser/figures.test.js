// The figures as functions: what they compute from a report, and that what they draw is whole and within bounds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { charts, everything, figureMessages, MESSAGES, REPORT, UIS } from './charts.js';
import { engine, launch, open, serve, SLOW } from './harness.js';

const close = (a, b, tolerance = 1e-9) =>
  assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b)), `${a} is not ${b}`);

test('scales go forth and back, with ticks at round numbers', () => {
  const { linear, log, interpolate, bands } = charts.scale;
  const x = linear([0, 100], [20, 220]);
  assert.deepEqual(x.ticks, [0, 20, 40, 60, 80, 100]);
  close(x(50), 120);
  close(x.invert(x(37)), 37);
  assert.deepEqual(linear([0, 0.37], [0, 1], { nice: true, count: 4 }).ticks, [0, 0.1, 0.2, 0.3, 0.4]);
  const y = log([0.003, 40], [100, 0]);
  assert.deepEqual(y.ticks, [0.01, 0.1, 1, 10]);
  close(y.invert(y(0.5)), 0.5);
  assert.equal(y(0), 100, 'zero lies at the low end, not at infinity');
  assert.equal(interpolate([1, 3, 7], [0, 10, 2], 5), 6);
  assert.deepEqual([interpolate([1, 3], [5, 6], -4), interpolate([1, 3], [5, 6], 9)], [5, 6]);
  const band = bands(4, [0, 100], 0.2);
  assert.deepEqual([band.width, band.start(1), band.middle(3)], [20, 27.5, 87.5]);
});

test('labels keep their distance and their order', () => {
  const { spread } = charts.scene;
  const placed = spread([50, 52, 51, 10], 12, 0, 100);
  const order = [3, 0, 2, 1].map((i) => placed[i]);
  order.slice(1).forEach((y, i) => assert.ok(y - order[i] >= 12 - 1e-9, String(placed)));
  assert.ok(Math.max(...spread([98, 99, 100], 12, 0, 100)) <= 100);
});

test('tables become CSV that spreadsheets read', () => {
  assert.equal(
    charts.scene.csv({
      columns: ['a', 'b'],
      rows: [
        ['x, "y"', 1.5],
        [null, 0],
      ],
    }),
    'a,b\r\n"x, ""y""",1.5\r\n,0\r\n',
  );
});

test('the threshold of the run cuts where the run cut, and a higher one never leaves less', () => {
  const { cutAt, thresholdRange, thresholdSetting } = charts.spectrum;
  for (const step of REPORT.steps) {
    for (const [layer, { spectrum }] of Object.entries(step.figures.layers)) {
      const inForce = cutAt(spectrum, spectrum.threshold);
      assert.equal(inForce.null, step.null_dimension[layer]);
      assert.ok(inForce.energy <= 0.1 && inForce.energy > 0.095, 'the run gave a tenth of the energy away');
      const [low, high] = thresholdRange(spectrum);
      let last = { null: -1, energy: -1, room: -1 };
      for (let i = 0; i <= 60; i += 1) {
        const cut = cutAt(spectrum, low * (high / low) ** (i / 60));
        assert.equal(cut.null + cut.discarded, spectrum.ranks.at(-1));
        for (const of of ['null', 'energy', 'room'])
          assert.ok(cut[of] >= last[of] - 1e-12, `${of} fell from ${last[of]} to ${cut[of]}`);
        for (const share of Object.values(cut.exposed)) assert.ok(share >= 0 && share <= 1);
        last = cut;
      }
      assert.equal(cutAt(spectrum, high * 2).discarded, 0);
      assert.equal(cutAt(spectrum, high * 2).energy, 1);
    }
  }
  const { spectrum } = REPORT.steps[2].figures.layers[8];
  assert.equal(
    Number(thresholdSetting(REPORT, '8', spectrum, spectrum.threshold).replace('share:', '')).toFixed(2),
    '0.10',
    'the threshold of the run is its setting',
  );
  assert.match(
    thresholdSetting(REPORT, '8', spectrum, 2 * spectrum.threshold),
    /^share:0\.[12]\d+$/,
    'a higher one gives more away',
  );
  assert.equal(
    thresholdSetting({ ...REPORT, settings: { nullspace_threshold: { absolute: 0.02 } } }, '8', spectrum, 0.1),
    '0.1',
  );
});

test('forgetting counts from the first edit of a language on', () => {
  const row = (en, de) => ({ en: { efficacy: en }, de: { efficacy: de } });
  const report = {
    steps: [{ language: 'en' }, { language: 'de' }, { language: 'de' }],
    languages: { en: {}, de: {} },
    accuracy_matrix: [row(90, 99), row(95, 60), row(70, 55)],
  };
  assert.deepEqual(charts.matrix.forgetting(report, 'efficacy'), [
    { language: 'en', best: 95, now: 70 },
    { language: 'de', best: 60, now: 55 },
  ]);
  assert.deepEqual(charts.matrix.drawnSteps(3), [0, 1, 2]);
  const many = charts.matrix.drawnSteps(100);
  assert.ok(many.length <= 24 && many.at(-1) === 99);
});

test('a null space that shrinks steadily is forecast to its end', () => {
  const step = (dimension) => ({
    language: 'en',
    fact_ids: [],
    delta_norm: { 4: 1, 5: 1 },
    null_dimension: { 4: dimension, 5: 100 },
  });
  const [falling, steady] = charts.budget.forecasts({ steps: [100, 80, 60].map(step) });
  assert.deepEqual([falling.slope, falling.left], [-20, 3]);
  assert.deepEqual([steady.slope, steady.left], [0, Infinity]);
});

test('past facts keep their languages, also where only some are watched', () => {
  const fact_ids = ['a', 'b', 'c'];
  const figures = {
    layers: {},
    disturbance: { every: 2, predicted: [1, 2, 3], measured: [4, 5, 6], own_predicted: 1, own_measured: 1 },
  };
  const report = {
    steps: [
      { language: 'en', fact_ids },
      { language: 'zh', fact_ids },
      { language: 'en', fact_ids, figures },
    ],
  };
  assert.deepEqual(charts.disturbance.disturbed(report, 2), [
    { id: 'a', language: 'en', predicted: 1, measured: 4 },
    { id: 'c', language: 'en', predicted: 2, measured: 5 },
    { id: 'b', language: 'zh', predicted: 3, measured: 6 },
  ]);
});

test('the effect of an edit of several steps is a share of what it does to its own facts, in words too', () => {
  const disturbance = (predicted, measured) => ({
    layers: {},
    disturbance: { every: 1, predicted, measured, own_predicted: 10, own_measured: 20 },
  });
  const step = (language, id, figures) => ({ language, fact_ids: [id], figures });
  const report = {
    steps: [
      step('en', 'a'),
      step('de', 'b', disturbance([9], [9])),
      step('fr', 'c', disturbance([1, 0.02], [6, 0.1])),
      step('nl', 'c', disturbance([0.5, 0.03, 7], [2, 0.1, 7])),
    ],
  };
  const { effectOf, effectFinding } = charts.foresight;
  const foreseen = effectOf(report, 2, false);
  foreseen.forEach(({ predicted }, index) => close(predicted, [0.15, 0.005][index]));
  assert.deepEqual(
    foreseen.map(({ id, language, measured }) => [id, language, measured]),
    [
      ['a', 'en', null],
      ['b', 'de', null],
    ],
  );
  const t = figureMessages('en');
  assert.match(
    effectFinding(foreseen, t, 'en'),
    /would move the answers of 1 earlier fact \(English 1\) by up to 15\s%/,
  );
  const measured = effectOf(report, 2, true);
  measured.forEach((fact, index) => close(fact.measured, [0.4, 0.01][index]));
  assert.match(
    effectFinding(measured, t, 'en'),
    /^It moved the answers of 2 earlier facts \(English 1, German 1\) by up to 40\s%.*Predicted: up to 15\s%/,
  );
  assert.match(
    effectFinding(
      effectOf({ steps: [report.steps[0], step('de', 'b', disturbance([0.01], [0.01]))] }, 1, false),
      t,
      'en',
    ),
    /no earlier fact by as much as 1\s%/,
  );
  assert.deepEqual(
    effectOf({ steps: report.steps.map(({ figures, ...rest }) => rest) }, 2, true),
    [],
    'reports of older versions have nothing of it',
  );
});

test('every pair of languages has the angles of the last step that edited either', () => {
  const step = (language, overlap) => ({ language, figures: { layers: { 4: { overlap } } } });
  const report = { steps: [step('en', {}), step('de', { en: [1, 2, 3, 4, 5] }), step('en', { de: [6, 7, 8, 9, 10] })] };
  assert.deepEqual(charts.overlap.pairs(report, 1, '4'), [{ a: 'de', b: 'en', angles: [1, 2, 3, 4, 5] }]);
  assert.deepEqual(charts.overlap.pairs(report, 2, '4'), [{ a: 'de', b: 'en', angles: [6, 7, 8, 9, 10] }]);
  assert.equal(charts.overlap.pairs(REPORT, 2, '8').length, 3);
});

test('the parts of the change add up by Pythagoras, and the map has its cells', () => {
  for (const step of REPORT.steps) {
    for (const { parts, map } of Object.values(step.figures.layers)) {
      close(parts.total ** 2, parts.removed ** 2 + parts.surviving ** 2, 2e-3);
      const cells = charts.update.cellsOf(map);
      assert.equal(cells.length, map.rows * map.cols);
      close(Math.max(...cells), map.largest);
    }
  }
  assert.deepEqual(charts.update.meanLosses([[4, 2], [2]]), [3, 2], 'a fact that stopped early keeps its last loss');
});

test('in three dimensions the projector protects what past keys span', { timeout: SLOW }, async (t) => {
  const { geometryQuestion, geometryTable, geometryFinding, camera } = charts.geometry;
  const server = await serve();
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const { page } = await open(browser, server.url);
  const call = await engine(page);
  const solve = (...question) => call('closed_form', geometryQuestion(...question));
  for (const { name, projects } of (await call('methods', {})).methods)
    assert.equal(charts.formula.projects({ method: name, mode: 'paper' }), projects, `the formula of ${name}`);

  const past = [
    [1, 0.2, 0],
    [0, 1, 0.3],
  ];
  const fresh = [0.5, 0.4, 0.9];
  const exact = await solve(past, fresh, 0);
  assert.deepEqual([exact.discarded_basis.length, exact.null_basis.length], [2, 1]);
  const [projected] = exact.projected_keys;
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  for (const key of past) close(dot(key, projected), 0);
  assert.ok(Math.max(...exact.projected.moved) < 1e-9 && Math.min(...exact.plain.moved) > 0.1);
  close((await solve(past, projected, 0)).room[0], 1);
  close(exact.room[0] ** 2, dot(projected, projected) / dot(fresh, fresh));
  // Delta = r k^T P / (k^T P k + 1), entry by entry.
  exact.projected.delta[0].forEach((value, i) => close(value, projected[i] / (dot(projected, fresh) + 1)));
  exact.plain.delta[0].forEach((value, i) => close(value, fresh[i] / (dot(fresh, fresh) + 1)));
  const words = figureMessages('en');
  assert.deepEqual(
    geometryTable(past, fresh, exact, words)
      .rows.slice(0, 2)
      .map((row) => row.slice(4)),
    past.map((_, i) => [exact.projected.moved[i], exact.plain.moved[i]]),
  );
  assert.match(geometryFinding(null, words, 'en'), /on its way/);

  assert.equal((await solve([...past, [0, 0, 1]], fresh, 0)).null_basis.length, 0);
  assert.ok(
    Math.max(...(await solve([...past, [0, 0.1, 0.05]], fresh, 0.4)).projected.moved) > 1e-3,
    'a threshold lets past keys be disturbed',
  );
  await assert.rejects(
    call('closed_form', { ...geometryQuestion(past, fresh, 0), residuals: [] }),
    /one residual per new key/,
  );
  await assert.rejects(call('closed_form', geometryQuestion(past, [NaN, 0, 0], 0)), /keys/);

  // What the pointer moves lies under the pointer.
  const view = camera({ yaw: 0.7, pitch: 0.3 }, 400, 300);
  const [px, py] = view.of(fresh);
  const moved = view.back(12, -7).map((value, i) => value + fresh[i]);
  const [qx, qy] = view.of(moved);
  close(qx - px, 12);
  close(qy - py, -7);
});

test('methods have the formulas that they solve', () => {
  const text = (report) =>
    charts.formula
      .formulaOf(report)
      .map((piece) => (typeof piece === 'string' ? piece : piece.tex))
      .join(' ');
  assert.equal(text({ method: 'langedit', mode: 'paper' }), '\\Delta = R K^\\top P (K K^\\top P + \\lambda I)^{-1}');
  const heard = charts.formula
    .formulaOf({ method: 'langedit', mode: 'repo' })
    .filter((piece) => typeof piece !== 'string');
  assert.deepEqual(
    heard.map(({ tex }) => charts.formula.spoken(tex)),
    ['Δ', 'R', 'K⊤', 'P', '((K K⊤ + Kₚ Kₚ⊤) P + λI)⁻¹'],
  );
  assert.match(text({ method: 'langedit', mode: 'repo' }), /K_p/);
  assert.doesNotMatch(text({ method: 'memit', mode: 'paper' }), /P/);
});

function assertSound(name, { width, height, marks, spots }) {
  for (const mark of marks) {
    const numbers = Object.values(mark).filter((value) => typeof value === 'number');
    assert.ok(numbers.every(Number.isFinite), `${name}: ${JSON.stringify(mark)}`);
    assert.doesNotMatch(`${mark.d ?? ''}${mark.text ?? ''}`, /NaN|Infinity|undefined/, name);
    const [x, y] = [mark.x ?? mark.x1 ?? 0, mark.y ?? mark.y1 ?? 0];
    assert.ok(
      x >= -1 && x <= width + 1 && y >= -1 && y <= height + 1,
      `${name} draws outside of ${width} x ${height}: ${JSON.stringify(mark)}`,
    );
  }
  for (const spot of spots)
    assert.ok(
      Number.isFinite(spot.x) && Number.isFinite(spot.y) && spot.label.length > 0 && !/NaN|undefined/.test(spot.label),
      `${name}: ${spot.label}`,
    );
}

test('every figure is drawn whole in every language, on a phone and on a wall', () => {
  for (const ui of UIS) {
    for (const width of [326, 614, 1400]) {
      const { scenes, findings } = everything(REPORT, ui, width);
      for (const [name, scene] of Object.entries(scenes)) {
        assertSound(`${name} (${ui}, ${width})`, scene);
        assert.ok(scene.spots.length > 0, `${name} has nothing to point at`);
      }
      for (const finding of findings) assert.match(finding, /\d/, `a finding names its number: ${finding}`);
    }
  }
});

test('reports of one step, and of versions without these data, are drawn too', () => {
  const first = { ...REPORT, steps: REPORT.steps.slice(0, 1), accuracy_matrix: REPORT.accuracy_matrix.slice(0, 1) };
  const old = { ...REPORT, steps: REPORT.steps.map(({ figures, z_error, ...step }) => step) };
  for (const report of [first, old]) {
    const { scenes, findings } = everything(report, 'en', 614);
    for (const [name, scene] of Object.entries(scenes)) assertSound(name, scene);
    for (const finding of findings) assert.ok(finding.length > 0 && !/NaN|undefined/.test(finding), finding);
  }
});

test('findings name all languages that are alike', () => {
  const row = (en, de, nl) => ({ en: { efficacy: en }, de: { efficacy: de }, nl: { efficacy: nl } });
  const languages = Object.fromEntries(
    Object.entries(row(40, 100, 100)).map(([language, after]) => [language, { before: { efficacy: 10 }, after }]),
  );
  const report = {
    steps: ['en', 'de', 'nl'].map((language) => ({ language })),
    languages,
    average: { before: { efficacy: 10 }, after: { efficacy: 80 } },
    accuracy_matrix: [row(90, 10, 10), row(90, 100, 10), row(40, 100, 100)],
  };
  const t = figureMessages('en');
  const { accuracyFinding } = charts.accuracy;
  const { matrixFinding } = charts.matrix;
  assert.match(
    accuracyFinding(report, 'tokens', t, 'en'),
    /highest in German and Dutch \(100\s%\) and lowest in English/,
  );
  assert.match(matrixFinding(report, 'efficacy', t, 'en'), /^English has forgotten most.*90\s%.*40\s%/);
  const alike = { ...report, accuracy_matrix: [row(90, 10, 10), row(90, 100, 10), row(40, 50.02, 100)] };
  assert.match(matrixFinding(alike, 'efficacy', t, 'en'), /^English and German have forgotten most, 50 points each/);
});

test('counts agree with what is counted', () => {
  const { en, es, zh } = MESSAGES;
  assert.deepEqual([en.importAdd(1, 1), en.importAdd(3, 2)], ['Edit 1 fact in 1 step', 'Edit 3 facts in 2 steps']);
  assert.match(es.rerunNote(1), /el hecho/);
  assert.match(es.rerunNote(2), /los 2 hechos/);
  assert.match(zh.importAdd(1, 1), /1 步.*1 条事实/);
  assert.match(en.importFound(2000, ''), /2,000 facts/);
});

test('all languages of the interface have texts of their own', () => {
  const english = figureMessages('en');
  for (const ui of UIS.slice(1)) {
    const t = figureMessages(ui);
    for (const figure of [
      'matrix',
      'spectrum',
      'budget',
      'projection',
      'disturbance',
      'foresight',
      'overlap',
      'geometry',
    ]) {
      assert.notEqual(t[figure].title, english[figure].title, `${figure} in ${ui}`);
    }
  }
  // The figures' names are part of what tests from outside rely on.
  assert.deepEqual(
    ['spectrum', 'projection', 'overlap', 'matrix', 'budget'].map((figure) => english[figure].title),
    ['Key spectrum', 'Null-space projection', 'Language overlap', 'Accuracy matrix', 'Null-space budget'],
  );
});
