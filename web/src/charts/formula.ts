/** The closed form of each method, in pieces that can be pointed at. */

import type { Method, Mode, Report } from '../engine/types';

export type TermName = 'update' | 'residuals' | 'keys' | 'projector' | 'inverse';

/** TeX, or the TeX of a term that has something to tell. */
export type Piece = string | { term: TermName; tex: string };

const START: Piece[] = [{ term: 'update', tex: '\\Delta' }, '='];
const PRODUCT: Piece[] = [
  { term: 'residuals', tex: 'R' },
  { term: 'keys', tex: 'K^\\top' },
];
const PROJECTOR: Piece = { term: 'projector', tex: 'P' };

const inverse = (matrix: string): Piece => ({ term: 'inverse', tex: `(${matrix})^{-1}` });

const PAST = 'K_p K_p^\\top';
const MEMIT: Piece[] = [...PRODUCT, inverse('\\lambda C + K K^\\top')];
const WITH_PAST: Piece[] = [...START, ...PRODUCT, PROJECTOR, inverse(`(K K^\\top + ${PAST}) P + \\lambda I`)];
const WITHOUT_PAST: Piece[] = [...START, ...PRODUCT, PROJECTOR, inverse('K K^\\top P + \\lambda I')];
/** Descent has no closed form. */
const DESCENT: Piece[] = [{ term: 'update', tex: '\\Delta' }];

/** The formula of each method in a mode. */
const FORMULAS: Record<Method, (mode: Mode) => Piece[]> = {
  ft: () => DESCENT,
  'ft-l': () => DESCENT,
  'ft-m': () => DESCENT,
  rome: () => [
    ...START,
    '\\textstyle\\sum_i',
    { term: 'residuals', tex: 'r_i' },
    'u_i^\\top / u_i^\\top',
    { term: 'keys', tex: 'k_i' },
  ],
  memit: () => [...START, ...MEMIT],
  'memit-seq': () => [...START, ...PRODUCT, inverse(`\\lambda C + K K^\\top + ${PAST}`)],
  rect: () => [...START, 'M \\circ (', ...MEMIT, ')'],
  prune: () => ['\\textstyle\\sum', ...START, 'f(\\textstyle\\sum', ...MEMIT, ')'],
  alphaedit: () => WITH_PAST,
  langedit: (mode) => ({ paper: WITHOUT_PAST, repo: WITH_PAST })[mode],
  evoedit: () => WITHOUT_PAST,
  answeredit: () => [...START, ...PRODUCT, PROJECTOR, inverse(`(\\lambda C + K K^\\top + ${PAST}) P + \\mu I`)],
};

const PLAIN: [tex: RegExp, text: string][] = [
  [/\\Delta/g, 'Δ'],
  [/\\lambda /g, 'λ'],
  [/\\mu /g, 'μ'],
  [/\^\\top/g, '⊤'],
  [/_p/g, 'ₚ'],
  [/_i/g, 'ᵢ'],
  [/\^\{-1\}/g, '⁻¹'],
];

/** A term's TeX as plain text, for those who hear it, and until it is set. */
export const spoken = (tex: string): string => PLAIN.reduce((text, [sign, plain]) => text.replace(sign, plain), tex);

/** The formula of the report's method and mode. Methods that solve nothing in closed form have their update alone. */
export function formulaOf({ method, mode }: Pick<Report, 'method' | 'mode'>): Piece[] {
  return FORMULAS[method](mode);
}

/** Whether the report's method projects onto a null space at all. */
export function projects(report: Pick<Report, 'method' | 'mode'>): boolean {
  return formulaOf(report).some((piece) => typeof piece !== 'string' && piece.term === 'projector');
}
