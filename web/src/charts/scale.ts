/** Scales: from data to pixels and back, with ticks at round numbers. */

export interface Scale {
  (value: number): number;
  invert(pixel: number): number;
  ticks: number[];
  domain: [number, number];
  range: [number, number];
}

/** A step of 1, 2 or 5 times a power of ten that divides `span` into about `count`. */
function niceStep(span: number, count: number): number {
  if (!(span > 0)) return 1;
  const raw = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power;
}

/** A linear scale; `nice` widens the domain to whole ticks. */
export function linear(domain: [number, number], range: [number, number], { count = 5, nice = false } = {}): Scale {
  let [low, high] = domain;
  if (high <= low) high = low + 1;
  const step = niceStep(high - low, count);
  if (nice) [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    ticks.push(Number((i * step).toPrecision(12)));
  return scale(
    (value) => value,
    (value) => value,
    [low, high],
    range,
    ticks,
  );
}

/** A logarithmic scale with ticks at powers of ten, as many as fit. Values at or below zero are drawn at the low end. */
export function log(domain: [number, number], range: [number, number], { count = 6, nice = false } = {}): Scale {
  let low = Math.max(domain[0], Number.MIN_VALUE * 1e16);
  let high = Math.max(domain[1], low * 10);
  if (nice) [low, high] = [10 ** Math.floor(Math.log10(low) + 1e-9), 10 ** Math.ceil(Math.log10(high) - 1e-9)];
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((to - from + 1) / count));
  const ticks: number[] = [];
  // From the top, which is where the eye begins.
  for (let power = to; power >= from; power -= every) ticks.unshift(10 ** power);
  return scale(
    (value) => Math.log10(Math.max(value, low)),
    (value) => 10 ** value,
    [low, high],
    range,
    ticks,
  );
}

function scale(
  forth: (v: number) => number,
  back: (v: number) => number,
  domain: [number, number],
  range: [number, number],
  ticks: number[],
): Scale {
  const [low, high] = [forth(domain[0]), forth(domain[1])];
  const per = (range[1] - range[0]) / (high - low);
  const map = (value: number): number => range[0] + (forth(value) - low) * per;
  return Object.assign(map, { invert: (pixel: number) => back(low + (pixel - range[0]) / per), ticks, domain, range });
}

/** Bands for categories: `start(i)` and `width` of each, with a gap of `gap` of a band between them. */
export function bands(
  count: number,
  range: [number, number],
  gap = 0.2,
): { start: (index: number) => number; middle: (index: number) => number; width: number } {
  const pitch = (range[1] - range[0]) / Math.max(count, 1);
  const width = pitch * (1 - gap);
  return {
    start: (index) => range[0] + index * pitch + (pitch - width) / 2,
    middle: (index) => range[0] + (index + 0.5) * pitch,
    width,
  };
}

/** The value at `x` of the polyline through (xs, ys), xs ascending; beyond the ends, that of the end. */
export function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  const last = xs.length - 1;
  if (last < 0) return Number.NaN;
  let after = xs.findIndex((value) => value >= x);
  if (after < 0) after = last;
  if (after === 0 || x >= xs[after]!) return ys[after]!;
  const [x0, x1, y0, y1] = [xs[after - 1]!, xs[after]!, ys[after - 1]!, ys[after]!];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
