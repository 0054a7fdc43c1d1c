/** A drawn chart as a file: SVG with its styles written out, PNG in twice the size; with the words that explain it. */

import { wrapped } from './scene';

const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linejoin',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'paint-order',
] as const;

/** Pixels around the chart: labels reach beyond it by a few. */
const MARGIN = 16;

/** What a picture says about itself. */
export interface Words {
  title: string;
  /** What the data say. */
  finding: string;
  /** What made the data; may be empty. */
  source: string;
}

interface Line {
  text: string;
  size: number;
  weight: number;
  opacity: number;
}

/** Title and finding above the chart, the source below it. */
function linesOf({ title, finding, source }: Words, width: number): { above: Line[]; below: Line[] } {
  const set = (text: string, size: number, weight: number, opacity: number): Line[] =>
    wrapped(text, width, size, weight > 400).map((line) => ({ text: line, size, weight, opacity }));
  return {
    above: [...set(title, 17, 700, 1), ...set(finding, 13, 400, 1)],
    below: set(source, 11, 400, 0.7),
  };
}

const LEADING = 1.45;
const heightOf = (lines: readonly Line[]): number =>
  lines.length === 0 ? 0 : lines.reduce((sum, { size }) => sum + size * LEADING, 0) + MARGIN;

/** The picture's box around the chart's. */
function framed(svg: SVGSVGElement, words: Words): { x: number; y: number; width: number; height: number } {
  const { width, height } = svg.viewBox.baseVal;
  const { above, below } = linesOf(words, width);
  const top = heightOf(above) + MARGIN;
  return { x: -MARGIN, y: -top, width: width + 2 * MARGIN, height: top + height + heightOf(below) + MARGIN };
}

function written(lines: readonly Line[], top: number, style: CSSStyleDeclaration): SVGTextElement[] {
  let y = top;
  return lines.map(({ text, size, weight, opacity }) => {
    y += size * LEADING;
    const element = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    const attributes = {
      x: 0,
      y: y - size * 0.3,
      fill: style.color,
      'fill-opacity': opacity,
      'font-family': style.fontFamily,
      'font-size': `${size}px`,
      'font-weight': weight,
    };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.textContent = text;
    return element;
  });
}

/** The chart as it looks now, colours included, as a document of its own. */
export function svgText(svg: SVGSVGElement, words: Words): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [originals, copies] = [svg.querySelectorAll('*'), copy.querySelectorAll('*')];
  originals.forEach((element, index) => {
    const target = copies[index];
    if (!target) return;
    const style = getComputedStyle(element);
    for (const property of PROPERTIES) target.setAttribute(property, style.getPropertyValue(property));
    target.removeAttribute('class');
    target.removeAttribute('style');
  });
  const { x, y, width, height } = framed(svg, words);
  copy.removeAttribute('class');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `${x} ${y} ${width} ${height}`,
  };
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, String(value));
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const style = getComputedStyle(svg.closest('figure') ?? svg);
  for (const [name, value] of Object.entries({ x, y, width, height, fill: style.backgroundColor }))
    paper.setAttribute(name, String(value));
  const heading = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  heading.textContent = words.title;
  const { above, below } = linesOf(words, svg.viewBox.baseVal.width);
  copy.prepend(heading, paper);
  copy.append(...written(above, y + MARGIN / 2, style), ...written(below, svg.viewBox.baseVal.height, style));
  return new XMLSerializer().serializeToString(copy);
}

/** The chart as pixels. */
export async function png(svg: SVGSVGElement, words: Words): Promise<Blob> {
  const { width, height } = framed(svg, words);
  const address = URL.createObjectURL(new Blob([svgText(svg, words)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2 * width, 2 * height];
    const context = canvas.getContext('2d');
    if (!context) throw new Error('this browser has no canvas');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture is too large'))), 'image/png'),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Hands a file to the reader. */
export function download(name: string, contents: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(contents);
  link.download = name;
  link.click();
  // The browser has taken the address by the next turn of the event loop, but not in all of them by this one.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
