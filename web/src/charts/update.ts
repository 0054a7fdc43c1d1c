/** The update of a step: its size by layer, its shape, and how its targets were found. */

import type { StepReport, HeatMap } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { significant, whole } from './numbers';
import { layerFigures } from './report';
import { bands, linear } from './scale';
import { polyline, textWidth, xAxis, yAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** The cells of a map, from 0 to its largest, row by row. */
export function cellsOf(map: HeatMap): number[] {
  return Array.from(
    { length: map.rows * map.cols },
    (_, i) => (Number.parseInt(map.cells.slice(2 * i, 2 * i + 2), 16) / 255) * map.largest,
  );
}

const layersIn = (step: StepReport): string[] => Object.keys(step.delta_norm).sort((a, b) => Number(a) - Number(b));

/** Mean loss over the facts that were still optimised, by iteration. */
export function meanLosses(losses: readonly (readonly number[])[]): number[] {
  const longest = Math.max(0, ...losses.map((each) => each.length));
  return Array.from({ length: longest }, (_, i) => {
    // A fact that stopped early keeps its last loss.
    const held = losses.filter((each) => each.length > 0).map((each) => each[Math.min(i, each.length - 1)]!);
    return held.reduce((sum, loss) => sum + loss, 0) / held.length;
  });
}

const STACKED = 760;
const PANEL = 250;

export function updateHeight(width: number): number {
  return width < STACKED ? 3 * PANEL + 60 : PANEL + 30;
}

export function updateScene(step: StepReport, chosen: string, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  const stacked = width < STACKED;
  const gap = 44;
  const across = stacked ? width : (width - 2 * gap) / 3;
  const panel = (index: number): [number, number] =>
    stacked ? [0, index * (PANEL + 30)] : [index * (across + gap), 0];
  const bottom = (stacked ? PANEL : height - 30) - 24;
  byLayer(step, chosen, t, ui, panel(0), across, bottom, marks, spots);
  losses(step, t, ui, panel(1), across, bottom, marks, spots);
  const map = layerFigures(step, chosen)?.map;
  const shape = layerFigures(step, chosen)?.shape;
  if (map && shape) heat(map, shape, t, ui, panel(2), across, bottom, marks, spots);
  return { width, height, marks, spots };
}

/** Two rows of bars a layer: the norm of the change, and how far the state was from its target. */
function byLayer(
  step: StepReport,
  chosen: string,
  t: FigureMessages,
  ui: string,
  [x0, y0]: [number, number],
  across: number,
  bottom: number,
  marks: Mark[],
  spots: Spot[],
): void {
  const layers = layersIn(step);
  const label = Math.max(...layers.map((layer) => textWidth(t.layerName(layer)))) + 10;
  const middle = y0 + (bottom + 24) / 2;
  // Methods without target values have no distance to them.
  const errors = step.z_error && Object.keys(step.z_error).length > 0 ? step.z_error : null;
  const half = (
    title: string,
    values: Record<string, number>,
    top: number,
    end: number,
    spot: (layer: string, value: string) => string,
  ): void => {
    const x = linear([0, Math.max(...Object.values(values), 1e-12) * 1.15], [x0 + label, x0 + across], { count: 3 });
    const row = bands(layers.length, [top + 20, Math.min(end, top + 20 + 28 * layers.length)], 0.35);
    marks.push({ shape: 'text', x: x0, y: top + 8, text: title, kind: 'title' });
    layers.forEach((layer, i) => {
      const value = values[layer] ?? 0;
      const y = row.start(i);
      marks.push({
        shape: 'text',
        x: x0 + label - 10,
        y: row.middle(i) + 4,
        text: t.layerName(layer),
        kind: layer === chosen ? 'title' : 'note',
        anchor: 'end',
      });
      marks.push({
        shape: 'rect',
        x: x(0),
        y,
        width: x(value) - x(0),
        height: row.width,
        kind: 'heat',
        opacity: layer === chosen ? 1 : 0.5,
      });
      marks.push({ shape: 'text', x: x(value) + 6, y: row.middle(i) + 4, text: significant(value, ui), kind: 'note' });
      spots.push({ x: x(value), y: row.middle(i), label: spot(t.layerName(layer), significant(value, ui)) });
    });
  };
  half(t.update.norms, step.delta_norm, y0 + 4, errors ? middle - 14 : y0 + bottom, t.update.spotNorm);
  if (errors) half(t.update.errors, errors, middle + 4, y0 + bottom, t.update.spotError);
}

function losses(
  step: StepReport,
  t: FigureMessages,
  ui: string,
  [x0, y0]: [number, number],
  across: number,
  bottom: number,
  marks: Mark[],
  spots: Spot[],
): void {
  const all = step.losses.filter((each) => each.length > 0);
  const iterations = Math.max(2, ...all.map((each) => each.length));
  const x = linear([1, iterations], [x0 + 34, x0 + across - 8], { count: 5 });
  x.ticks = x.ticks.filter((tick) => Number.isInteger(tick));
  const y = linear([0, Math.max(...all.flat(), 1e-9)], [y0 + bottom, y0 + 30], { count: 4, nice: true });
  marks.push({ shape: 'text', x: x0, y: y0 + 12, text: t.update.losses, kind: 'title' });
  marks.push(
    ...yAxis(y, x0 + 34, x0 + across, (tick) => significant(tick, ui)),
    ...xAxis(x, y0 + 30, y0 + bottom, (tick) => whole(tick, ui), false),
  );
  all.forEach((each, fact) => {
    marks.push({
      shape: 'path',
      d: polyline(each.map((loss, i) => [x(i + 1), y(loss)])),
      kind: 'line-soft',
      language: step.language,
    });
    each.forEach((loss, i) =>
      spots.push({
        x: x(i + 1),
        y: y(loss),
        label: t.update.spotLoss(step.fact_ids[fact] ?? String(fact + 1), whole(i + 1, ui), significant(loss, ui)),
      }),
    );
  });
  marks.push({
    shape: 'path',
    d: polyline(meanLosses(all).map((loss, i) => [x(i + 1), y(loss)])),
    kind: 'line',
    language: step.language,
  });
}

function heat(
  map: HeatMap,
  [outputs, inputs]: readonly number[],
  t: FigureMessages,
  ui: string,
  [x0, y0]: [number, number],
  across: number,
  bottom: number,
  marks: Mark[],
  spots: Spot[],
): void {
  marks.push({ shape: 'text', x: x0, y: y0 + 12, text: t.update.map, kind: 'title' });
  const [top, wide, high] = [y0 + 30, across / map.cols, (bottom - 30) / map.rows];
  const span = (part: number, parts: number, all: number): string =>
    `${whole(Math.floor((part * all) / parts) + 1, ui)}–${whole(Math.floor(((part + 1) * all) / parts), ui)}`;
  const rows = Array.from({ length: map.rows }, (_, row) => span(row, map.rows, outputs ?? map.rows));
  const columns = Array.from({ length: map.cols }, (_, col) => span(col, map.cols, inputs ?? map.cols));
  cellsOf(map).forEach((value, i) => {
    const [row, col] = [Math.floor(i / map.cols), i % map.cols];
    // Cells overlap by a fraction of a pixel, so that no seams show.
    marks.push({
      shape: 'rect',
      x: x0 + col * wide,
      y: top + row * high,
      width: wide + 0.3,
      height: high + 0.3,
      kind: 'heat',
      opacity: map.largest > 0 ? value / map.largest : 0,
    });
    spots.push({
      x: x0 + (col + 0.5) * wide,
      y: top + (row + 0.5) * high,
      label: t.update.spotCell(rows[row]!, columns[col]!, significant(value, ui)),
    });
  });
  marks.push({ shape: 'rect', x: x0, y: top, width: across, height: bottom - 30, kind: 'cell-border' });
  marks.push({ shape: 'text', x: x0, y: y0 + bottom + 18, text: `0 – ${significant(map.largest, ui)}`, kind: 'tick' });
}

export function updateFinding(step: StepReport, t: FigureMessages, ui: string): string {
  const largest = layersIn(step).sort((a, b) => step.delta_norm[b]! - step.delta_norm[a]!)[0];
  const held = meanLosses(step.losses);
  const [first, last] = [held[0], held.at(-1)];
  if (largest === undefined || first === undefined || last === undefined) return '';
  return t.update.finding(
    largest,
    significant(step.delta_norm[largest]!, ui),
    significant(first, ui),
    significant(last, ui),
  );
}

export function updateTable(step: StepReport, t: FigureMessages): Table {
  const layers = layersIn(step);
  const norms = layers.map((layer): Table['rows'][number] => [
    t.layerName(layer),
    step.delta_norm[layer] ?? null,
    step.z_error?.[layer] ?? null,
    null,
  ]);
  const losses = meanLosses(step.losses).map((loss, i): Table['rows'][number] => [
    `${t.update.iteration} ${i + 1}`,
    null,
    null,
    loss,
  ]);
  return { columns: ['', '‖Δ‖', '‖z − h‖', t.update.loss], rows: [...norms, ...losses] };
}
