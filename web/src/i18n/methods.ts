import type { Method } from '../engine/types';

/** Names of methods that are the same in every language. */
export const METHOD_NAMES = {
  ft: 'FT',
  'ft-l': 'FT-L',
  'ft-m': 'FT-M',
  rome: 'ROME',
  memit: 'MEMIT',
  rect: 'RECT',
  prune: 'PRUNE',
  alphaedit: 'AlphaEdit',
  langedit: 'LangEdit',
  evoedit: 'EvoEdit',
  answeredit: 'AnswerEdit',
} satisfies Partial<Record<Method, string>>;
