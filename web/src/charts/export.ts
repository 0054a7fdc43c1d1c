/** A drawn chart as a file: SVG with its styles written out, PNG in twice the size. */

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

function framed(svg: SVGSVGElement): { width: number; height: number } {
  const { width, height } = svg.viewBox.baseVal;
  return { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
}

/** The chart as it looks now, colours included, as a document of its own. */
export function svgText(svg: SVGSVGElement, title: string): string {
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
  const { width, height } = framed(svg);
  copy.removeAttribute('class');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`,
  };
  for (const [name, value] of Object.entries(attributes)) copy.setAttribute(name, String(value));
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  const surface = getComputedStyle(svg.closest('figure') ?? svg).backgroundColor;
  for (const [name, value] of Object.entries({ x: -MARGIN, y: -MARGIN, width, height, fill: surface }))
    paper.setAttribute(name, String(value));
  const heading = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  heading.textContent = title;
  copy.prepend(heading, paper);
  return new XMLSerializer().serializeToString(copy);
}

/** The chart as pixels. */
export async function png(svg: SVGSVGElement, title: string): Promise<Blob> {
  const { width, height } = framed(svg);
  const address = URL.createObjectURL(new Blob([svgText(svg, title)], { type: 'image/svg+xml' }));
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
