/** Room to edit: how many null dimensions each step finds, and how much of its own new answers it gets written. */

import type { Report } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { forecasts, keyDimension } from './budget';
import { points, whole } from './numbers';
import { mean, namer, type NamedRun } from './report';
import { bands, linear } from './scale';
import { textWidth, yAxis, type Mark, type Scene, type Spot, type Table, type Frame } from './scene';

export interface RoomWords {
  dimensions: string;
  written: string;
  /** The stroke: what the unedited model got right of them, for wrong answers share tokens with right ones. */
  before: string;
  threshold: string;
  spot: (threshold: string, step: string, dimensions: string, written: string) => string;
  finding: (
    most: string,
    wide: string,
    wideWritten: string,
    narrow: string,
    narrowDimensions: string,
    narrowWritten: string,
    before: string,
  ) => string;
  /** At that pace nothing would be left after so many steps more. */
  left: (threshold: string, taken: string, steps: string) => string;
}

const TALL = 128;
const HEAD = 66;
const GAP = 58;
const FOOT = 24;

const columnsOf = (count: number, width: number): number => Math.min(count, width < 560 ? 1 : 3);

/** The layer that has least left. */
const tightest = (report: Report): ReturnType<typeof forecasts>[number] | undefined =>
  forecasts(report).toSorted((a, b) => (a.counts.at(-1) ?? 0) - (b.counts.at(-1) ?? 0))[0];

/** New answers that a step's own facts give right after it, in percent. */
function writtenAt(report: Report, step: number): number | null {
  return report.accuracy_matrix[step]?.[report.steps[step]?.language ?? '']?.efficacy ?? null;
}

const beforeAt = (report: Report, step: number): number | null =>
  report.languages[report.steps[step]?.language ?? '']?.before.efficacy ?? null;
const writtenMean = (report: Report): number => mean(report.steps.flatMap((_, step) => writtenAt(report, step) ?? []));

export function roomHeight(all: readonly NamedRun[], width: number): number {
  return Math.ceil(all.length / columnsOf(all.length, width)) * (HEAD + 2 * TALL + GAP + FOOT);
}

export function roomScene(
  all: readonly NamedRun[],
  words: RoomWords,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const name = namer(ui);
  const columns = columnsOf(all.length, width);
  const dimension = Math.max(...all.map(({ report }) => keyDimension(report)), 1);
  const [left, gap] = [40, 34];
  const across = (width - left - 8 - (columns - 1) * gap) / columns;
  const down = HEAD + 2 * TALL + GAP + FOOT;
  const marks: Mark[] = [];
  const spots: Spot[] = [];
  all.forEach(({ name: threshold, report }, index) => {
    const x0 = left + (index % columns) * (across + gap);
    const top = Math.floor(index / columns) * down + HEAD;
    const labelled = index % columns === 0;
    const step = bands(report.steps.length, [x0, x0 + across], 0.3);
    const counts = tightest(report)?.counts ?? [];
    const room = linear([0, dimension], [top + TALL, top], { count: 3 });
    const share = linear([0, 100], [top + 2 * TALL + GAP, top + TALL + GAP], { count: 2 });
    marks.push({ shape: 'text', x: x0, y: top - 46, text: `${words.threshold} ${threshold}`, kind: 'title' });
    marks.push(
      { shape: 'text', x: x0, y: top - 24, text: words.dimensions, kind: 'tick' },
      { shape: 'text', x: x0, y: top + TALL + GAP - 24, text: `${words.written} %`, kind: 'tick' },
    );
    marks.push(
      ...yAxis(room, x0, x0 + across, labelled ? (tick) => whole(tick, ui) : () => ''),
      ...yAxis(share, x0, x0 + across, labelled ? (tick) => whole(tick, ui) : () => ''),
    );
    report.steps.forEach(({ language }, at) => {
      const [count, written] = [counts[at] ?? 0, writtenAt(report, at)];
      const middle = step.middle(at);
      marks.push({
        shape: 'rect',
        x: step.start(at),
        y: room(count),
        width: step.width,
        height: room(0) - room(count),
        kind: 'bar',
        language,
      });
      marks.push({
        shape: 'text',
        x: middle,
        y: room(count) - 5,
        text: whole(count, ui),
        kind: 'tick halo',
        anchor: 'middle',
      });
      if (written !== null) {
        marks.push({
          shape: 'rect',
          x: step.start(at),
          y: share(written),
          width: step.width,
          height: share(0) - share(written),
          kind: 'bar',
          language,
        });
        const before = beforeAt(report, at);
        if (before !== null)
          marks.push({
            shape: 'line',
            x1: step.start(at) - 4,
            x2: step.start(at) + step.width + 4,
            y1: share(before),
            y2: share(before),
            kind: 'mark-before',
          });
        marks.push({
          shape: 'text',
          x: middle,
          y: share(Math.max(written, before ?? 0)) - 5,
          text: points(Math.round(written), ui),
          kind: 'tick halo',
          anchor: 'middle',
        });
      }
      const label = textWidth(name(language)) < step.width + 14 ? name(language) : language;
      marks.push({ shape: 'text', x: middle, y: share(0) + 17, text: label, kind: 'tick', anchor: 'middle' });
      spots.push({
        x: middle,
        y: room(count),
        label: words.spot(
          `${words.threshold} ${threshold}`,
          t.stepName(at + 1, name(language)),
          whole(count, ui),
          points(written, ui),
        ),
      });
    });
  });
  return { width, height, marks, spots };
}

export function roomFinding(all: readonly NamedRun[], words: RoomWords, ui: string): string {
  const ranked = all.flatMap((one) => {
    const layer = tightest(one.report);
    return layer ? [{ ...one, layer, first: layer.counts[0] ?? 0, written: writtenMean(one.report) }] : [];
  });
  const sorted = ranked.toSorted((a, b) => b.first - a.first);
  const [wide, narrow] = [sorted[0], sorted.at(-1)];
  if (!wide || !narrow || wide === narrow) return '';
  const sentence = words.finding(
    whole(wide.first, ui),
    wide.name,
    points(Math.round(wide.written), ui),
    narrow.name,
    whole(narrow.first, ui),
    points(Math.round(narrow.written), ui),
    points(Math.round(mean(wide.report.steps.flatMap((_, step) => beforeAt(wide.report, step) ?? []))), ui),
  );
  const { slope, left } = narrow.layer;
  return Number.isFinite(left)
    ? `${sentence} ${words.left(narrow.name, points(-slope, ui), whole(left, ui))}`
    : sentence;
}

export function roomTable(all: readonly NamedRun[], words: RoomWords, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  return {
    columns: [words.threshold, t.step, t.language, words.dimensions, `${words.before} %`, `${words.written} %`, '‖Δ‖'],
    rows: all.flatMap(({ name: threshold, report }) => {
      const layer = tightest(report);
      return report.steps.map((step, at): Table['rows'][number] => [
        threshold,
        at + 1,
        name(step.language),
        layer?.counts[at] ?? null,
        beforeAt(report, at),
        writtenAt(report, at),
        (layer && step.delta_norm[layer.layer]) ?? null,
      ]);
    }),
  };
}
