/** The spectrum of the keys: where a threshold cuts it, and what each cut exposes. */

import type { Report, Spectrum } from '../engine/types';
import type { FigureMessages } from '../i18n/figures';
import { power, share, significant, whole } from './numbers';
import { byLanguage, namer, namerWithin } from './report';
import { interpolate, linear, log, type Scale } from './scale';
import {
  polyline,
  spread,
  textWidth,
  xAxis,
  yAxis,
  type Mark,
  type Scene,
  type Spot,
  type Table,
  type Frame,
} from './scene';

/** Eigenvalues this far below the largest are rounding and not drawn. */
const DEPTH = 1e-9;

/** Shares below this are drawn as if they were this. */
const FAINT = 1e-6;

/** What a threshold does to a spectrum. Shares are from 0 to 1. */
export interface Cut {
  threshold: number;
  discarded: number;
  null: number;
  energy: number;
  room: number;
  exposed: Record<string, number>;
}

/** How many eigenvalues are not below `threshold`: exact for the threshold in force, between samples by the logarithm of the eigenvalue. */
function discardedAt(spectrum: Spectrum, threshold: number): number {
  const { ranks, values } = spectrum;
  const all = ranks.at(-1) ?? 0;
  if (threshold === spectrum.threshold) return all - spectrum.null;
  const after = values.findIndex((value) => value < threshold);
  if (after < 0) return all;
  if (after === 0) return 0;
  const [r0, r1, v0, v1] = [ranks[after - 1]!, ranks[after]!, values[after - 1]!, values[after]!];
  if (r1 === r0 + 1) return r0;
  const [high, low] = [Math.log(v0), Math.log(Math.max(v1, v0 * 1e-12))];
  const part = high > low ? (high - Math.log(threshold)) / (high - low) : 0;
  return Math.min(r1 - 1, Math.floor(r0 + Math.min(part, 1) * (r1 - r0)));
}

/** The cut that `threshold` makes. */
export function cutAt(spectrum: Spectrum, threshold: number): Cut {
  const discarded = discardedAt(spectrum, threshold);
  const at = (shares: readonly number[]): number =>
    discarded < 1 ? 1 : interpolate(spectrum.ranks, shares, discarded);
  return {
    threshold,
    discarded,
    null: (spectrum.ranks.at(-1) ?? 0) - discarded,
    energy: at(spectrum.energy),
    room: at(spectrum.room),
    exposed: Object.fromEntries(Object.entries(spectrum.exposed).map(([language, shares]) => [language, at(shares)])),
  };
}

/** The least and the greatest threshold worth trying. */
export function thresholdRange({ values }: Spectrum): [number, number] {
  const largest = values[0] ?? 1;
  return [Math.max(values.at(-1) ?? 0, largest * DEPTH), largest];
}

/** The value of the setting `nullspace_threshold` that would have cut at `threshold` where the run cut at that of `spectrum`, in the form
 * that the run used. An eigenvalue is itself. A share is of the pre-trained keys, whose spectrum is that of the first step; what cuts there
 * cuts, in proportion, in the later ones. */
export function thresholdSetting(report: Report, layer: string, spectrum: Spectrum, threshold: number): string {
  if ('absolute' in report.settings.nullspace_threshold) return String(Number(threshold.toPrecision(3)));
  const first = report.steps[0]?.figures?.layers[layer]?.spectrum ?? spectrum;
  const { energy } = cutAt(first, (threshold * first.threshold) / spectrum.threshold);
  return `share:${Number(energy.toPrecision(3))}`;
}

/** Below this width the curves' names stand below them. */
const STACKED = 480;
const LEGEND_ROW = 20;

interface Named {
  language: string | undefined;
  label: string;
}

/** The curves below: that of the edit itself, then the earlier languages'. */
function curvesOf(spectrum: Spectrum, t: FigureMessages, ui: string): Named[] {
  const name = namer(ui);
  return [
    { language: undefined, label: t.spectrum.own },
    ...byLanguage(spectrum.exposed).map(([language]) => ({ language, label: name(language) })),
  ];
}

/** Where the curves' names go below the plot: rows as full as they get. */
function legend(curves: readonly Named[], width: number): { x: number; row: number }[] {
  let [x, row] = [0, 0];
  return curves.map(({ label }) => {
    const wide = textWidth(label) + 34;
    if (x > 0 && x + wide > width) [x, row] = [0, row + 1];
    const at = { x, row };
    x += wide;
    return at;
  });
}

function legendHeight(spectrum: Spectrum, t: FigureMessages, ui: string, width: number): number {
  if (width >= STACKED) return 0;
  return LEGEND_ROW * ((legend(curvesOf(spectrum, t, ui), width).at(-1)?.row ?? -1) + 1) + 8;
}

export function spectrumHeight(spectrum: Spectrum, t: FigureMessages, ui: string, width: number): number {
  return 440 + legendHeight(spectrum, t, ui, width);
}

interface Layout {
  x: Scale;
  value: Scale;
  exposure: Scale;
  left: number;
  right: number;
}

/** Where both panels lie; dragging needs it too. */
export function spectrumLayout(spectrum: Spectrum, t: FigureMessages, { ui, width, height }: Frame): Layout {
  const left = 64;
  const below = legendHeight(spectrum, t, ui, width);
  const labels = curvesOf(spectrum, t, ui).map(({ label }) => textWidth(label));
  const right = below > 0 ? width - 10 : width - Math.max(...labels) - 26;
  const plot = height - below;
  const split = plot * 0.56;
  return {
    left,
    right,
    x: linear([0, spectrum.ranks.at(-1) ?? 1], [left, right], { count: width < 500 ? 4 : 7 }),
    value: log(thresholdRange(spectrum), [split - 34, 24], { count: 5 }),
    exposure: log([FAINT, 1], [plot - 40, split + 24], { count: 4 }),
  };
}

export function spectrumScene(spectrum: Spectrum, cut: Cut, t: FigureMessages, { ui, width, height }: Frame): Scene {
  const { x, value, exposure, left, right } = spectrumLayout(spectrum, t, { ui, width, height });
  const [top, middle] = [value.range[1], value.range[0]];
  const [upper, bottom] = [exposure.range[1], exposure.range[0]];
  const [cutX, cutY] = [x(cut.discarded), value(cut.threshold)];
  const { ranks } = spectrum;
  const line = ranks.map((rank, i): [number, number] => [x(rank), value(spectrum.values[i]!)]);
  const marks: Mark[] = [
    { shape: 'rect', x: left, y: top, width: cutX - left, height: middle - top, kind: 'shade-warm' },
    { shape: 'rect', x: cutX, y: top, width: right - cutX, height: middle - top, kind: 'shade' },
    ...yAxis(value, left, right, (tick) => power(tick, ui)),
    { shape: 'text', x: left, y: 12, text: t.spectrum.eigenvalue, kind: 'tick' },
    { shape: 'path', d: polyline(line), kind: 'line' },
    ...yAxis(exposure, left, right, (tick) => share(tick, ui)),
    ...xAxis(x, upper, bottom, (tick) => whole(tick, ui), false),
    { shape: 'text', x: right, y: bottom + 34, text: t.spectrum.rank, kind: 'tick', anchor: 'end' },
  ];
  const spots: Spot[] = line.map(([px, py], i) => ({
    x: px,
    y: py,
    label: t.spectrum.spotValue(whole(ranks[i]!, ui), significant(spectrum.values[i]!, ui)),
  }));
  const curves = curvesOf(spectrum, t, ui);
  for (const { language } of curves) {
    const shares = language === undefined ? spectrum.room : (spectrum.exposed[language] ?? []);
    marks.push({
      shape: 'path',
      d: polyline(
        ranks.flatMap((rank, i): [number, number][] => (shares[i]! > 0 ? [[x(rank), exposure(shares[i]!)]] : [])),
      ),
      kind: language === undefined ? 'line-dashed' : 'line',
      language,
    });
  }
  // Where the cut meets the curves: marks, and the curves' names beside the plot, in the order of their values, or below it.
  const here = curves.map(({ language }) => (language === undefined ? cut.room : (cut.exposed[language] ?? 0)));
  const placed = spread(
    here.map((at) => exposure(at)),
    Math.min(15, Math.max((bottom - upper) / curves.length, 12)),
    upper + 6,
    bottom,
  );
  const rows = width < STACKED ? legend(curves, width) : null;
  curves.forEach(({ language, label }, i) => {
    const y = exposure(here[i]!);
    const at = rows
      ? { x: rows[i]!.x + 7, y: bottom + 56 + LEGEND_ROW * rows[i]!.row }
      : { x: right + 11, y: placed[i]! };
    if (language === undefined)
      marks.push({ shape: 'line', x1: at.x - 7, x2: at.x + 7, y1: at.y, y2: at.y, kind: 'line-dashed' });
    else
      marks.push(
        { shape: 'symbol', x: cutX, y, size: 11, language },
        { shape: 'symbol', x: at.x, y: at.y, size: 10, language },
      );
    marks.push({ shape: 'text', x: at.x + (rows ? 13 : 9), y: at.y + 4, text: label, kind: 'label' });
    spots.push({ x: cutX, y, label: t.spectrum.spotExposed(whole(cut.discarded, ui), label, share(here[i]!, ui)) });
  });
  marks.push(
    { shape: 'line', x1: cutX, x2: cutX, y1: top, y2: bottom, kind: 'threshold' },
    { shape: 'line', x1: left, x2: right, y1: cutY, y2: cutY, kind: 'threshold' },
    { shape: 'rect', x: cutX - 7, y: cutY - 7, width: 14, height: 14, kind: 'handle' },
    // After the lines, which would strike it through.
    { shape: 'text', x: left, y: upper - 10, text: t.spectrum.exposed, kind: 'tick halo' },
  );
  // The counts stand in the larger corner beside the curve.
  const [discarded, kept] = [t.spectrum.discarded(whole(cut.discarded, ui)), t.spectrum.kept(whole(cut.null, ui))];
  const keptRoom = right - cutX > textWidth(kept, 13) + 16;
  marks.push({
    shape: 'text',
    x: keptRoom ? right - 8 : Math.max(cutX - 10, left + textWidth(kept, 12, true) + 4),
    y: top + 18,
    text: kept,
    kind: 'title halo',
    anchor: 'end',
  });
  if (cutX - left > textWidth(discarded, 13) + 16)
    marks.push({ shape: 'text', x: left + 8, y: middle - 8, text: discarded, kind: 'title halo' });
  return { width, height, marks, spots, grips: [[cutX, cutY]] };
}

export function spectrumFinding(
  spectrum: Spectrum,
  cut: Cut,
  nullDimension: number | undefined,
  t: FigureMessages,
  ui: string,
): string {
  const name = namerWithin(ui);
  const { exposed } = cut;
  const worst = Object.keys(exposed).sort((a, b) => exposed[b]! - exposed[a]!)[0];
  let sentence = t.spectrum.finding(
    significant(cut.threshold, ui),
    whole(cut.null, ui),
    whole(cut.null + cut.discarded, ui),
    share(cut.energy, ui),
  );
  const removed = spectrum.null - (nullDimension ?? spectrum.null);
  if (removed > 0 && cut.threshold === spectrum.threshold) sentence += t.spectrum.removed(whole(removed, ui));
  return (
    sentence +
    (worst === undefined
      ? t.spectrum.findingRoom(share(cut.room, ui))
      : t.spectrum.findingLeak(share(cut.room, ui), name(worst), share(exposed[worst]!, ui)))
  );
}

export function spectrumTable(spectrum: Spectrum, t: FigureMessages, ui: string): Table {
  const name = namer(ui);
  const languages = byLanguage(spectrum.exposed).map(([language]) => language);
  return {
    columns: [t.direction, t.spectrum.eigenvalue, 'Σ λ', t.spectrum.own, ...languages.map(name)],
    rows: spectrum.ranks.map((rank, i) => [
      rank,
      spectrum.values[i]!,
      spectrum.energy[i]!,
      spectrum.room[i]!,
      ...languages.map((language) => spectrum.exposed[language]![i]!),
    ]),
  };
}
