/** The closed form of each method, in pieces that can be pointed at. */

import type { Report } from '../engine/types';

export type TermName = 'update' | 'residuals' | 'keys' | 'projector' | 'inverse';

/** TeX, or the TeX of a term that has something to tell. */
export type Piece = string | { term: TermName; tex: string };

const START: Piece[] = [{ term: 'update', tex: '\\Delta' }, '='];
const PRODUCT: Piece[] = [
  { term: 'residuals', tex: 'R' },
  { term: 'keys', tex: 'K^\\top' },
];
const PROJECTOR: Piece = { term: 'projector', tex: 'P' };

const PAST = 'K_p K_p^\\top';
const inverse = (matrix: string): string => `(${matrix})^{-1}`;

const PLAIN: [tex: RegExp, text: string][] = [
  [/\\Delta/g, 'Δ'],
  [/\\lambda /g, 'λ'],
  [/\^\\top/g, '⊤'],
  [/_p/g, 'ₚ'],
  [/\^\{-1\}/g, '⁻¹'],
];

/** A term's TeX as plain text, for those who hear it, and until it is set. */
export const spoken = (tex: string): string => PLAIN.reduce((text, [sign, plain]) => text.replace(sign, plain), tex);

/** The formula of the report's method and mode. Methods that solve nothing in closed form have their update alone. */
export function formulaOf(report: Pick<Report, 'method'> & { mode?: string }): Piece[] {
  const past = report.method === 'alphaedit' || report.mode === 'repo';
  switch (report.method) {
    case 'langedit':
    case 'alphaedit':
      return [
        ...START,
        ...PRODUCT,
        PROJECTOR,
        { term: 'inverse', tex: inverse(past ? `(K K^\\top + ${PAST}) P + \\lambda I` : 'K K^\\top P + \\lambda I') },
      ];
    case 'memit':
      return [...START, ...PRODUCT, { term: 'inverse', tex: inverse('\\lambda C + K K^\\top') }];
    case 'memit-seq':
      return [...START, ...PRODUCT, { term: 'inverse', tex: inverse(`\\lambda C + K K^\\top + ${PAST}`) }];
    default:
      return [{ term: 'update', tex: '\\Delta' }];
  }
}
