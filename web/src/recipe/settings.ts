/** Settings as a reader is told of them. */

import type { ListedSetting, Messages } from '../i18n';

/** Fields of the recipe, and what else a warning may name. */
const OTHERS = { mode: 'mode', projection: 'projection', seed: 'seed' } as const satisfies Record<
  string,
  keyof Messages
>;

const isListed = (name: string, t: Messages): name is ListedSetting => Object.hasOwn(t.settings, name);
const isOther = (name: string): name is keyof typeof OTHERS => Object.hasOwn(OTHERS, name);

/** A setting by the label of its control; one that has none keeps its name. */
export function settingLabel(name: string, t: Messages): string {
  if (isListed(name, t)) return t.settings[name][0];
  return isOther(name) ? t[OTHERS[name]] : name;
}

/** A value as its field shows it: a share of energy as its hint writes it. */
export function settingValue(value: string): string {
  const share = /^share:(.+)$/.exec(value)?.[1];
  return share === undefined ? value : `${Number((100 * Number(share)).toPrecision(12))}%`;
}

/**
 * What a refused setting may be, in the reader's language, read off what the engine says that it takes; nothing where that is no range: then the
 * description of the setting says it.
 */
export function legalRange(refusal: string, t: Messages): string {
  const [, kind, from, to] =
    /it takes a (number|percentage|whole number) from ([\d.e-]+) to ([\d.e]+)$/.exec(refusal) ?? [];
  if (!kind || !from || !to) return '';
  return kind === 'whole number' ? t.settingRange.whole(from, to) : t.settingRange.from(from, to);
}
