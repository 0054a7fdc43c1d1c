/** Numbers as the reader's language writes them. */

const formats = new Map<string, Intl.NumberFormat>();

/** As `toLocaleString`, with the formatter kept: making one takes longer than drawing what it is for. */
export function localised(value: number, ui: string, options: Intl.NumberFormatOptions = {}): string {
  const key = `${ui} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(ui, options);
  formats.set(key, format);
  return format.format(value);
}

/** A number of bytes in the largest unit that leaves a whole part. */
export function bytes(count: number, ui: string): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${localised(value, ui, { maximumFractionDigits: unit === 0 ? 0 : 1 })} ${units[unit]}`;
}

/** A percentage with one decimal, or as many as asked for; a dash where there is none. */
export function percent(value: number | null | undefined, ui: string, digits = 1): string {
  return value === null || value === undefined
    ? '–'
    : `${localised(value, ui, { minimumFractionDigits: digits, maximumFractionDigits: digits })} %`;
}

/** A probability in whole percent: what rounds to none is still less than one. */
export function likelihood(value: number, ui: string): string {
  return value > 0 && value < 0.5 ? `< ${percent(1, ui, 0)}` : percent(value, ui, 0);
}

/** A percentage where the sign stands at the head of the table. */
export function points(value: number | null | undefined, ui: string): string {
  return value === null || value === undefined
    ? '–'
    : localised(value, ui, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** The beginning of a text: a damaged model may say anything, at any length. */
export function shortly(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most).join('')}…` : text;
}

/** A large number, shortened. */
export function compact(count: number, ui: string): string {
  return localised(count, ui, { notation: 'compact', maximumFractionDigits: 1 });
}

/** A token as it is shown: spaces and line ends are parts of it too. */
export function tokenText(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\n', '↵') || '∅';
}
