/** Causal tracing: how much of an answer comes back when one state of the clean run is put back into the run with noise on the subject. */

import type { Component, TracedFact, TraceReport } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { share, significant } from './numbers';
import { bands } from './scale';
import { textWidth, wrapped, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

/** What is put back to its clean value. */
export const COMPONENTS: readonly Component[] = ['state', 'mlp', 'attention'];

/** Rows that fit; of longer prompts those before the subject, where nothing is corrupted, are left out. */
const MAX_ROWS = 40;
/** Room for the colours with what they mean. */
const KEY_TOP = 31;
const LINE = 15;
const BOTTOM = 50;
/** Widest cell, and the narrowest one that has room for a number. */
const WIDEST = 84;
const ROOM = 30;
/** Colours are not stretched to show less than this, lest noise looks like a finding. */
const LEAST_SCALE = 0.1;
/** A smaller effect is left white: half a point. */
const SHOWN = 0.005;
/** Steps of the key to the colours. */
const KEY = 5;
/** Less lost than this, or than a tenth of the answer's probability, is nothing to restore. */
const LEAST_LOST = 0.05;

/** A token as it is shown: bytes of a character that is cut in two have no text of their own. */
function shownToken(text: string): string {
  return text.trim().replaceAll('\uFFFD', '▯') || '·';
}

/** The positions that are drawn, from the first of the prompt on. */
export function drawnTokens(fact: TracedFact): number[] {
  const from = fact.tokens.length > MAX_ROWS ? fact.subject_start : 0;
  return fact.tokens.map((_, position) => position).slice(from);
}

function rowHeight(rows: number): number {
  return rows > 16 ? 20 : 28;
}

export function traceHeight(fact: TracedFact, of: string, t: FigureMessages, width: number): number {
  const rows = drawnTokens(fact).length;
  return topOf(keyLines(fact, of, t, width)) + rows * rowHeight(rows) + BOTTOM;
}

/** What the colours mean, and which model they are of. */
function keyLines(fact: TracedFact, of: string, t: FigureMessages, width: number): string[] {
  const loses = Object.values(fact.effects)
    .flat(2)
    .some((effect) => effect < -SHOWN);
  return wrapped(`${of && `${of} · `}${t.trace.scale}${loses ? t.trace.scaleLost : ''}`, width);
}

const topOf = (lines: readonly string[]): number => KEY_TOP + LINE * lines.length;

/** The layers restored for the cell of `layer`, first and last. */
export function restoredLayers(component: Component, layer: number, window: number, layers: number): [number, number] {
  if (component === 'state') return [layer, layer];
  return [Math.max(layer - Math.floor(window / 2), 0), Math.min(layer + Math.ceil(window / 2), layers) - 1];
}

/** The largest effect, which all components share as the end of their colours. */
function largestEffect(fact: TracedFact): number {
  return Math.max(LEAST_SCALE, ...Object.values(fact.effects).flat(2).map(Math.abs));
}

function isSubject(fact: TracedFact, position: number): boolean {
  return position >= fact.subject_start && position < fact.subject_end;
}

/** Runs of neighbours among ascending layers. */
function runsOf(layers: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const layer of layers) {
    const last = runs.at(-1);
    if (last && last[1] === layer - 1) last[1] = layer;
    else runs.push([layer, layer]);
  }
  return runs;
}

export function traceScene(
  report: TraceReport,
  component: Component,
  edited: readonly number[],
  of: string,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const [fact] = report.facts;
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  if (!fact) return { width, height, marks, spots };
  const rows = drawnTokens(fact);
  const labels = rows.map((position) => shortened(shownToken(fact.tokens[position] ?? ''), width * 0.3));
  const left = Math.max(...labels.map((label) => textWidth(label, 12, true)), textWidth(t.layer)) + 20;
  const lines = keyLines(fact, of, t, width);
  const top = topOf(lines);
  const across = Math.min(
    width - left - 2,
    Math.max(WIDEST, 3 * ((height - top - BOTTOM) / rows.length)) * report.layers,
  );
  const column = bands(report.layers, [left, left + across], 0.04);
  const row = bands(rows.length, [top, height - BOTTOM], 0.06);
  const largest = largestEffect(fact);
  const table = fact.effects[component] ?? [];

  marks.push(...key(largest, lines, t, ui, left));
  rows.forEach((position, index) => {
    const subject = isSubject(fact, position);
    const y = row.start(index);
    if (subject) marks.push({ shape: 'rect', x: left - 8, y, width: 4, height: row.width, kind: 'heat', opacity: 1 });
    marks.push({
      shape: 'text',
      x: left - 14,
      y: row.middle(index) + 4,
      text: labels[index] ?? '',
      kind: subject ? 'title' : 'note',
      anchor: 'end',
    });
    (table[position] ?? []).forEach((effect, layer) => {
      const x = column.start(layer);
      const depth = Math.abs(effect) / largest;
      const opacity = Math.abs(effect) < SHOWN ? 0 : 0.06 + 0.79 * depth;
      marks.push({
        shape: 'rect',
        x,
        y,
        width: column.width,
        height: row.width,
        kind: effect < 0 ? 'heat-loss' : 'heat',
        opacity,
      });
      marks.push({ shape: 'rect', x, y, width: column.width, height: row.width, kind: 'cell-border' });
      const points = Math.round(100 * effect);
      if (column.width >= ROOM && points !== 0) {
        const kind = `cell-text${opacity > 0.6 ? ' on-dark' : ''}`;
        marks.push({
          shape: 'text',
          x: column.middle(layer),
          y: row.middle(index) + 4,
          text: localised(points, ui),
          kind,
          anchor: 'middle',
        });
      }
      // Before the subject nothing is corrupted, so there is nothing to tell.
      if (position < fact.subject_start) return;
      const layers = layersText(restoredLayers(component, layer, report.window, report.layers), t);
      const label = t.trace.spot(
        shownToken(fact.tokens[position] ?? ''),
        layers,
        share(fact.corrupted + effect, ui),
        share(fact.corrupted, ui),
      );
      spots.push({ x: column.middle(layer), y: row.middle(index), label });
    });
  });
  marks.push(...axis(report.layers, column, height, edited, t));
  // An edit writes at the subject's last token.
  const at = rows.indexOf(fact.subject_end - 1);
  if (at >= 0) {
    for (const [first, last] of runsOf(edited.filter((layer) => layer < report.layers))) {
      const x = column.start(first) - 1;
      marks.push({
        shape: 'rect',
        x,
        y: row.start(at) - 1,
        width: column.start(last) + column.width + 1 - x,
        height: row.width + 2,
        kind: 'frame',
      });
    }
  }
  return { width, height, marks, spots };
}

/** The colours with what they mean, above the map. */
function key(largest: number, lines: readonly string[], t: FigureMessages, ui: string, left: number): Mark[] {
  const marks = lines.map((text, index): Mark => ({ shape: 'text', x: 0, y: 12 + LINE * index, text, kind: 'tick' }));
  const cell = 22;
  const y = 6 + LINE * lines.length;
  marks.push({ shape: 'text', x: left - 14, y: y + 10, text: '0', kind: 'tick', anchor: 'end' });
  for (let step = 0; step < KEY; step += 1) {
    marks.push({
      shape: 'rect',
      x: left + step * cell,
      y,
      width: cell,
      height: 12,
      kind: 'heat',
      opacity: 0.06 + (0.79 * (step + 0.5)) / KEY,
    });
  }
  marks.push({
    shape: 'text',
    x: left + KEY * cell + 8,
    y: y + 10,
    text: t.trace.points(significant(100 * largest, ui, 2)),
    kind: 'tick',
  });
  return marks;
}

function axis(
  layers: number,
  column: ReturnType<typeof bands>,
  height: number,
  edited: readonly number[],
  t: FigureMessages,
): Mark[] {
  const y = height - BOTTOM + 16;
  const every = [1, 2, 5, 10, 20].find((step) => step * (column.width / 0.96) >= 20) ?? 50;
  const marks: Mark[] = [{ shape: 'text', x: column.start(0) - 14, y, text: t.layer, kind: 'tick', anchor: 'end' }];
  for (let layer = 0; layer < layers; layer += 1) {
    if (layer % every === 0)
      marks.push({
        shape: 'text',
        x: column.middle(layer),
        y,
        text: String(layer),
        kind: edited.includes(layer) ? 'title' : 'tick',
        anchor: 'middle',
      });
  }
  for (const [first, last] of runsOf(edited.filter((layer) => layer < layers))) {
    const [from, to] = [column.start(first), column.start(last) + column.width];
    marks.push({ shape: 'rect', x: from, y: y + 7, width: to - from, height: 4, kind: 'heat', opacity: 1 });
    marks.push({ shape: 'text', x: from, y: y + 25, text: t.trace.edited, kind: 'tick' });
  }
  return marks;
}

function layersText([first, last]: [number, number], t: FigureMessages): string {
  return first === last ? t.layerName(String(first)) : t.trace.layers(String(first), String(last));
}

function shortened(text: string, most: number): string {
  let kept = [...text];
  while (kept.length > 3 && textWidth(kept.join('')) > most) kept = kept.slice(0, -1);
  return kept.length < [...text].length ? `${kept.join('')}…` : text;
}

interface Cell {
  position: number;
  layer: number;
  effect: number;
}

/** The largest effect of a component among the tokens from `from` up to `to`. */
function best(fact: TracedFact, component: Component, from: number, to: number): Cell | null {
  let found: Cell | null = null;
  fact.effects[component]?.slice(from, to).forEach((row, index) =>
    row.forEach((effect, layer) => {
      if (effect > (found?.effect ?? 0)) found = { position: from + index, layer, effect };
    }),
  );
  return found;
}

/** The first layer from which on tokens behind the subject give back more than the subject's own; null where there is none. */
export function handover(fact: TracedFact, layers: number): number | null {
  const table = fact.effects.state ?? [];
  const peak = (layer: number, from: number, to: number): number =>
    Math.max(0, ...table.slice(from, to).map((row) => row[layer] ?? 0));
  for (let layer = 0; layer < layers; layer += 1) {
    if (peak(layer, fact.subject_end, fact.tokens.length) > peak(layer, fact.subject_start, fact.subject_end))
      return layer;
  }
  return null;
}

export function traceFinding(report: TraceReport, component: Component, t: FigureMessages, ui: string): string {
  const [fact] = report.facts;
  if (!fact) return t.noData;
  const lost = fact.clean - fact.corrupted;
  const said = [fact.subject, shownToken(fact.answer), share(fact.clean, ui), share(fact.corrupted, ui)] as const;
  if (lost < LEAST_LOST || lost < 0.1 * fact.clean) return t.trace.findingRobust(...said);
  const own = best(fact, component, fact.subject_start, fact.subject_end);
  const later = best(fact, component, fact.subject_end, fact.tokens.length);
  const told = (cell: Cell): string => {
    const layers = layersText(restoredLayers(component, cell.layer, report.window, report.layers), t);
    return t.trace.findingBack(
      t.trace.components[component],
      shownToken(fact.tokens[cell.position] ?? ''),
      layers,
      share(Math.min(cell.effect / lost, 1), ui),
    );
  };
  const sentences = [t.trace.finding(...said)];
  if (own) sentences.push(told(own));
  const moves = component === 'state' ? handover(fact, report.layers) : null;
  if (moves !== null && moves > 0) sentences.push(t.trace.findingMoves(t.layerName(String(moves))));
  else if (later && (!own || later.effect > own.effect + 0.05 * lost)) sentences.push(told(later));
  return sentences.join(ui === 'zh' ? '' : ' ');
}

export function traceTable(report: TraceReport, t: FigureMessages): Table {
  const [fact] = report.facts;
  const columns = [
    t.trace.position,
    t.trace.token,
    t.trace.subject,
    t.layer,
    ...COMPONENTS.map((component) => t.trace.components[component]),
  ];
  const rows = fact?.tokens.flatMap((token, position) =>
    Array.from({ length: report.layers }, (_, layer): Table['rows'][number] => [
      position,
      shownToken(token),
      isSubject(fact, position) ? '✓' : '',
      layer,
      ...COMPONENTS.map((component) => fact.effects[component]?.[position]?.[layer] ?? null),
    ]),
  );
  return { columns, rows: rows ?? [] };
}
