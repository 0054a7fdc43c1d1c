/** What the projector does to the change that an edit wants, and what is left of it along past keys. */

import type { Report, StepReport } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { projects } from './formula';
import { power, share, significant } from './numbers';
import { byLanguage, layerFigures, namer, namerWithin } from './report';
import { bands, linear, log } from './scale';
import { textWidth, xAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** Norms this far below the largest are rounding. */
const ROUNDING = 1e-12;

function layersIn(step: StepReport): string[] {
  return Object.keys(step.figures?.layers ?? {}).sort((a, b) => Number(a) - Number(b));
}

/** Share of the squared norm of R K^T that P removes. */
function removedShare(step: StepReport, layer: string): number {
  const parts = layerFigures(step, layer)?.parts;
  return parts && parts.total > 0 ? (parts.removed / parts.total) ** 2 : 0;
}

const NARROW = 620;

export function projectionHeight(step: StepReport, layer: string, width: number): number {
  const left = 70 + 30 * layersIn(step).length;
  const right = 70 + 30 * Math.max(Object.keys(layerFigures(step, layer)?.parts.along ?? {}).length, 1);
  return width < NARROW ? left + right + 10 : Math.max(left, right, 190);
}

export function projectionScene(
  step: StepReport,
  chosen: string,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const name = namer(ui);
  const layers = layersIn(step);
  const along = byLanguage(layerFigures(step, chosen)?.parts.along);
  const narrow = width < NARROW;
  const marks: Mark[] = [];
  const spots: Spot[] = [];

  // Left: the squared norm of the whole, divided.
  const split = narrow ? width : width * 0.46;
  const label = Math.max(...layers.map((layer) => textWidth(t.layerName(layer)))) + 10;
  const leftBottom = narrow ? 40 + 30 * layers.length : height - 30;
  const part = linear([0, 1], [label, split - 14], { count: 4 });
  const row = bands(layers.length, [34, leftBottom], 0.3);
  marks.push(...xAxis(part, 34, leftBottom, (value) => share(value, ui)));
  marks.push(
    { shape: 'text', x: label, y: 14, text: t.projection.removed, kind: 'title' },
    { shape: 'text', x: split - 14, y: 14, text: t.projection.surviving, kind: 'title', anchor: 'end' },
  );
  layers.forEach((layer, i) => {
    const removed = removedShare(step, layer);
    const y = row.start(i);
    marks.push({
      shape: 'rect',
      x: part(0),
      y,
      width: part(removed) - part(0),
      height: row.width,
      kind: 'heat-loss',
      opacity: layer === chosen ? 0.55 : 0.3,
    });
    marks.push({
      shape: 'rect',
      x: part(removed),
      y,
      width: part(1) - part(removed),
      height: row.width,
      kind: 'heat',
      opacity: layer === chosen ? 1 : 0.6,
    });
    marks.push({
      shape: 'text',
      x: label - 10,
      y: y + row.width / 2 + 4,
      text: t.layerName(layer),
      kind: layer === chosen ? 'title' : 'label',
      anchor: 'end',
    });
    spots.push({
      x: part(removed),
      y: y + row.width / 2,
      label: t.projection.spotPart(t.layerName(layer), share(removed, ui), share(1 - removed, ui)),
    });
  });

  // Right: the part along each language's past keys, before and after.
  const [x0, y0] = narrow ? [0, leftBottom + 62] : [split + 20, 34];
  marks.push({ shape: 'text', x: x0, y: y0 - 20, text: t.projection.along, kind: 'title' });
  if (along.length === 0) {
    marks.push({ shape: 'text', x: x0, y: y0 + 14, text: t.projection.noPast, kind: 'note' });
    return { width, height, marks, spots };
  }
  const names = Math.max(...along.map(([language]) => textWidth(name(language)))) + 28;
  const norms = along.flatMap(([, { before, after }]) => [before, after]);
  const largest = Math.max(...norms);
  const norm = log([Math.max(Math.min(...norms), largest * ROUNDING), largest], [x0 + names, width - 14], {
    count: 5,
    nice: true,
  });
  const bottom = narrow ? height - 30 : Math.min(height - 30, y0 + 34 * along.length);
  const line = bands(along.length, [y0, bottom]);
  marks.push(...xAxis(norm, y0, bottom, (value) => power(value, ui)));
  along.forEach(([language, { before, after }], i) => {
    const y = line.middle(i);
    marks.push(
      { shape: 'symbol', x: x0 + 7, y, size: 12, language },
      { shape: 'text', x: x0 + 20, y: y + 4, text: name(language), kind: 'label' },
    );
    marks.push({ shape: 'line', x1: norm(before), x2: norm(after), y1: y, y2: y, kind: 'connector', language });
    marks.push(
      { shape: 'symbol', x: norm(before), y, size: 10, language, hollow: true },
      { shape: 'symbol', x: norm(after), y, size: 13, language },
    );
    spots.push({
      x: norm(after),
      y,
      label: t.projection.spotAlong(name(language), significant(before, ui), significant(after, ui)),
    });
  });
  return { width, height, marks, spots };
}

export function projectionFinding(
  report: Report,
  step: StepReport,
  layer: string,
  t: FigureMessages,
  ui: string,
): string {
  const figures = layerFigures(step, layer);
  if (!projects(report)) return t.projection.findingNone;
  const worst = Object.entries(figures?.parts.along ?? {}).sort((a, b) => b[1].after - a[1].after)[0];
  const sentence = t.projection.finding(share(removedShare(step, layer), ui), layer);
  if (!worst) return sentence;
  const factor = worst[1].before / Math.max(worst[1].after, worst[1].before * ROUNDING);
  return sentence + t.projection.findingAlong(namerWithin(ui)(worst[0]), significant(factor, ui, 2));
}

export function projectionTable(step: StepReport, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  return {
    columns: [t.layer, t.language, `‖R Kᵀ‖`, t.projection.removed, t.projection.surviving, t.before, t.after],
    rows: layersIn(step).flatMap((layer): Table['rows'] => {
      const { total, removed, surviving, along } = step.figures!.layers[layer]!.parts;
      return [
        [layer, null, total, removed, surviving, null, null],
        ...byLanguage(along).map(([language, { before, after }]): (string | number | null)[] => [
          layer,
          name(language),
          null,
          null,
          null,
          before,
          after,
        ]),
      ];
    }),
  };
}
