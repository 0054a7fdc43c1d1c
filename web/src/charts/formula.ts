/** The closed form of each method, in pieces that can be pointed at. */

import type { FigureReport } from '../engine/figures-types';

export type TermName = 'update' | 'residuals' | 'keys' | 'projector' | 'inverse';

/** Text, or a term that has something to tell. */
export type Piece = string | { term: TermName; text: string };

const START: Piece[] = [{ term: 'update', text: 'Δ' }, '='];
const PRODUCT: Piece[] = [
  { term: 'residuals', text: 'R' },
  { term: 'keys', text: 'K⊤' },
];
const PROJECTOR: Piece = { term: 'projector', text: 'P' };

/** The formula of the report's method and mode. Methods that solve nothing in closed form have their update alone. */
export function formulaOf(report: Pick<FigureReport, 'method'> & { mode?: string }): Piece[] {
  const past = report.method === 'alphaedit' || report.mode === 'repo';
  switch (report.method) {
    case 'langedit':
    case 'alphaedit':
      return [...START, ...PRODUCT, PROJECTOR, { term: 'inverse', text: past ? '((K K⊤ + Kₚ Kₚ⊤) P + λI)⁻¹' : '(K K⊤ P + λI)⁻¹' }];
    case 'memit':
      return [...START, ...PRODUCT, { term: 'inverse', text: '(λC + K K⊤)⁻¹' }];
    case 'memit-seq':
      return [...START, ...PRODUCT, { term: 'inverse', text: '(λC + K K⊤ + Kₚ Kₚ⊤)⁻¹' }];
    default:
      return [{ term: 'update', text: 'Δ' }];
  }
}
