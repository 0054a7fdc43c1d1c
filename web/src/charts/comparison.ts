/** Methods side by side: one panel a measure in which they differ, one group of bars a language, one bar a method. */

import type { Language, Method, Report } from '../engine/types';
import { localised } from '../format';
import type { FigureMessages } from '../i18n/figures';
import { points } from './numbers';
import { languagesOf, measured, METRICS, namer, type Counted } from './report';
import { linear } from './scale';
import { textWidth, type Frame, type Mark, type Scene, type Spot } from './scene';

/** Known facts that were asked, and those that are answered as before. */
export interface Others {
  asked: number;
  kept: number;
}

/** One method's run. */
export interface Compared {
  method: Method;
  /** What the reader's language calls it. */
  name: string;
  report: Report;
  /** Null where no known facts were asked. */
  others: (Others & { languages: Readonly<Record<Language, Others>> }) | null;
}

/** What is drawn of a run in a language: nothing where the language is none of the measure's, null where it was not measured. */
interface Value {
  before: number | null;
  after: number | null;
}

interface Panel {
  name: string;
  /** With the unit. */
  title: string;
  /** Where the axis ends. */
  most: number;
  of: (run: Compared, language: Language) => Value | undefined;
  /** A number as it stands behind its bar, and as it is told. */
  written: (value: number) => string;
  told: (written: string) => string;
}

const [TOP, BOTTOM, HEAD, BAR, SPACE, GAP] = [26, 28, 20, 17, 10, 26];
/** Least width of a panel beside its labels: below it they stand one below the other. */
const NARROW = 200;

/** Languages of all runs, in the order of the first; those in which nothing was edited come last. */
export function languagesIn(runs: readonly Compared[]): Language[] {
  return [
    ...new Set([
      ...runs.flatMap(({ report }) => languagesOf(report)),
      ...runs.flatMap(({ others }) => Object.keys(others?.languages ?? {})),
    ]),
  ];
}

/** Other answers of a language that a run changed; nothing where none were asked. */
export function changedIn({ others }: Compared, language: Language): number | undefined {
  const found = others?.languages[language];
  return found && found.asked - found.kept;
}

/** All that can be drawn. */
function panelsOf(runs: readonly Compared[], counted: Counted, t: FigureMessages, ui: string): Panel[] {
  const metrics = METRICS.map((metric): Panel => ({
    name: t[metric],
    title: `${t[metric]} %`,
    most: 100,
    of: ({ report }, language) => {
      const accuracy = report.languages[language];
      return (
        accuracy && {
          before: measured(accuracy.before, metric, counted),
          after: measured(accuracy.after, metric, counted),
        }
      );
    },
    written: (value) => points(value, ui),
    told: (written) => `${written}\u00a0%`,
  }));
  const changed = runs.flatMap((run) => languagesIn(runs).flatMap((language) => changedIn(run, language) ?? []));
  if (changed.length === 0) return metrics;
  const others: Panel = {
    name: t.comparison.changed,
    title: t.comparison.changed,
    most: Math.max(...changed, 2),
    of: (run, language) => {
      const after = changedIn(run, language);
      return after === undefined ? undefined : { before: null, after };
    },
    written: (value) => localised(value, ui),
    told: (written) => written,
  };
  return [others, ...metrics];
}

/** Those in which the runs differ, and the names of the others; all where they differ in none. */
function differing(panels: readonly Panel[], runs: readonly Compared[]): { drawn: readonly Panel[]; same: string[] } {
  const differs = ({ of, written }: Panel): boolean =>
    languagesIn(runs).some((language) => {
      const values = runs.map((run) => of(run, language)?.after);
      return new Set(values.map((value) => (value == null ? value : written(value)))).size > 1;
    });
  const drawn = panels.filter(differs);
  return drawn.length > 0
    ? { drawn, same: panels.filter((panel) => !drawn.includes(panel)).map(({ name }) => name) }
    : { drawn: panels, same: [] };
}

/** What is not drawn because all methods are alike in it, by name. */
export function comparisonSame(runs: readonly Compared[], counted: Counted, t: FigureMessages, ui: string): string[] {
  return differing(panelsOf(runs, counted, t, ui), runs).same;
}

const labelWidth = (runs: readonly Compared[]): number => Math.max(...runs.map(({ name }) => textWidth(name)), 20) + 14;

/** No panel is wider than it would be beside two others. */
const panelWidth = (runs: readonly Compared[], panels: number, width: number): number =>
  (width - labelWidth(runs)) / Math.max(panels, 2) - GAP;

const stacked = (runs: readonly Compared[], panels: number, width: number): boolean =>
  panelWidth(runs, panels, width) < NARROW;

function panelHeight(runs: readonly Compared[]): number {
  return TOP + languagesIn(runs).length * (HEAD + BAR * runs.length + SPACE) + BOTTOM;
}

export function comparisonHeight(
  runs: readonly Compared[],
  counted: Counted,
  t: FigureMessages,
  ui: string,
  width: number,
): number {
  const { length } = differing(panelsOf(runs, counted, t, ui), runs).drawn;
  return panelHeight(runs) * (stacked(runs, length, width) ? length : 1);
}

export function comparisonScene(
  runs: readonly Compared[],
  counted: Counted,
  t: FigureMessages,
  { ui, width, height }: Frame,
): Scene {
  const { drawn } = differing(panelsOf(runs, counted, t, ui), runs);
  const left = labelWidth(runs);
  const below = stacked(runs, drawn.length, width);
  const across = below ? width - left : panelWidth(runs, drawn.length, width);
  const parts = drawn.map((panel, index) => {
    const x = below ? left : left + index * (across + GAP);
    const y = below ? (index * height) / drawn.length : 0;
    return panelDrawn(panel, runs, t, ui, { x, y, across, named: below || index === 0 });
  });
  return {
    width,
    height,
    marks: parts.flatMap(({ marks }) => marks),
    spots: parts.flatMap(({ spots }) => spots),
  };
}

interface Place {
  x: number;
  y: number;
  across: number;
  /** Whether languages and methods stand beside the bars. */
  named: boolean;
}

function panelDrawn(
  panel: Panel,
  runs: readonly Compared[],
  t: FigureMessages,
  ui: string,
  { x: left, y: top, across, named }: Place,
): Pick<Scene, 'marks' | 'spots'> {
  const name = namer(ui);
  const bottom = top + panelHeight(runs) - BOTTOM;
  // The numbers behind the bars need room, the longest being 100.0.
  const x = linear([0, panel.most], [left, left + across - 40], { count: 2 });
  const marks: Mark[] = [{ shape: 'text', x: left, y: top + 14, text: panel.title, kind: 'title' }];
  const spots: Spot[] = [];
  for (const tick of x.ticks)
    marks.push(
      { shape: 'line', x1: x(tick), x2: x(tick), y1: top + TOP, y2: bottom, kind: 'grid' },
      { shape: 'text', x: x(tick), y: bottom + 16, text: localised(tick, ui), kind: 'tick', anchor: 'middle' },
    );
  let y = top + TOP;
  for (const language of languagesIn(runs)) {
    if (named)
      marks.push(
        { shape: 'symbol', x: 7, y: y + HEAD / 2 + 2, size: 11, language },
        { shape: 'text', x: 20, y: y + HEAD / 2 + 6, text: name(language), kind: 'title halo' },
      );
    y += HEAD;
    for (const run of runs) {
      const middle = y + BAR / 2;
      if (named)
        marks.push({ shape: 'text', x: left - 10, y: middle + 4, text: run.name, kind: 'label', anchor: 'end' });
      const value = panel.of(run, language);
      if (value) {
        const bar = barOf(panel, value, x, [y, middle], language, t);
        marks.push(...bar.marks);
        const label = t.comparison.spot(run.name, name(language), panel.name, bar.told);
        spots.push({ x: x(value.after ?? 0), y: middle, label });
      }
      y += BAR;
    }
    y += SPACE;
  }
  return { marks, spots };
}

/** One run's bar, what was before as a short line, and the number behind both. */
function barOf(
  { written, told }: Panel,
  { before, after }: Value,
  x: (value: number) => number,
  [y, middle]: [number, number],
  language: Language,
  t: FigureMessages,
): { marks: Mark[]; told: string } {
  const marks: Mark[] = [];
  if (after !== null)
    marks.push({
      shape: 'rect',
      x: x(0),
      y: y + 2,
      width: x(after) - x(0),
      height: BAR - 4,
      kind: 'bar',
      opacity: 0.85,
      language,
    });
  if (before !== null)
    marks.push({ shape: 'line', x1: x(before), x2: x(before), y1: y, y2: y + BAR, kind: 'mark-before' });
  // What was not measured is no bar of length 0.
  const text = after === null ? t.comparison.notMeasured : written(after);
  const end = Math.max(x(after ?? 0), before !== null && x(before) < x(after ?? 0) + 44 ? x(before) : 0);
  marks.push({ shape: 'text', x: end + 6, y: middle + 4, text, kind: 'note halo' });
  return { marks, told: after === null ? text : told(text) };
}
