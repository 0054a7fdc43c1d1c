/** Numbers as the reader's language writes them, and the words around them. */

import { localised } from '../format';

/** Significant digits, in scientific notation only where the zeros would be counted. */
export function significant(value: number, ui: string, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7))
    return localised(value, ui, { notation: 'scientific', maximumSignificantDigits: digits }).replace('E', 'e');
  return localised(value, ui, { maximumSignificantDigits: digits });
}

export function whole(value: number, ui: string): string {
  return localised(value, ui, { maximumFractionDigits: 0 });
}

/** A share from 0 to 1 in percent. */
export function share(value: number, ui: string): string {
  const percent = 100 * value;
  const digits =
    percent > 0 && percent < 0.1 ? { maximumSignificantDigits: 1 } : { maximumFractionDigits: percent < 10 ? 1 : 0 };
  return `${localised(percent, ui, digits)}\u00a0%`;
}

/** Percentage points, 0 to 100. */
export function points(value: number | null | undefined, ui: string): string {
  return value === null || value === undefined ? '–' : localised(value, ui, { maximumFractionDigits: 1 });
}

/** A power of ten with a raised exponent, for axes. */
export function power(value: number, ui: string): string {
  const exponent = Math.round(Math.log10(value));
  if (exponent >= -2 && exponent <= 4) return localised(value, ui);
  const raised: Record<string, string> = {
    '-': '⁻',
    0: '⁰',
    1: '¹',
    2: '²',
    3: '³',
    4: '⁴',
    5: '⁵',
    6: '⁶',
    7: '⁷',
    8: '⁸',
    9: '⁹',
  };
  return `10${[...String(exponent)].map((digit) => raised[digit] ?? digit).join('')}`;
}

export function list(items: readonly string[], ui: string): string {
  return new Intl.ListFormat(ui, { type: 'conjunction' }).format(items);
}
