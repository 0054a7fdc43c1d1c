/** What several figures read off a Report. */

import type { Accuracy, LayerFigures, Method, Report, StepReport } from '../engine/types';
import { METHOD_NAMES } from '../i18n/methods';
import { LANGUAGES, languageName } from '../languages';

export type Metric = 'efficacy' | 'generality' | 'specificity';
export const METRICS: readonly Metric[] = ['efficacy', 'generality', 'specificity'];

/** What counts as right: a whole answer, or each of its tokens given the right ones before it. */
export type Counted = 'whole' | 'tokens';
export const COUNTED: readonly Counted[] = ['whole', 'tokens'];

/** A metric counted that way. Unrelated questions are counted by token only. */
export function measured(accuracy: Partial<Accuracy> | undefined, metric: Metric, counted: Counted): number | null {
  const name = counted === 'whole' && metric !== 'specificity' ? (`${metric}_exact` as const) : metric;
  return accuracy?.[name] ?? null;
}

/** Whether whole answers were counted; old reports have only tokens. */
export function hasWhole(...accuracies: (Partial<Accuracy> | undefined)[]): boolean {
  return accuracies.some((accuracy) => measured(accuracy, 'efficacy', 'whole') !== null);
}

/** What made a report, for a picture that leaves the page. */
export function sourceOf({ method, model, seed }: Report, { seed: word }: { seed: string }): string {
  const names: Partial<Record<Method, string>> = METHOD_NAMES;
  return [names[method] ?? method, model, `${word} ${seed}`].join(' · ');
}

/** A run among others, by its name in the reader's language. */
export interface NamedRun {
  name: string;
  report: Report;
}

/** Languages in the order of the recipe, or else of their first edit; asked ones that were never edited come last. */
export function languagesOf(report: Report): string[] {
  const order = [
    ...(report.recipe?.languages ?? []),
    ...report.steps.map((step) => step.language),
    ...Object.keys(report.languages),
  ];
  return [...new Set(order)].filter((language) => language in report.languages);
}

/** Entries by language, in the order of the playground's languages. */
export function byLanguage<Value>(entries: Record<string, Value> | undefined): [string, Value][] {
  const place = (language: string): number => (LANGUAGES as readonly string[]).indexOf(language) >>> 0;
  return Object.entries(entries ?? {}).sort(([a], [b]) => place(a) - place(b));
}

/** The edited layers, ascending. */
export function layersOf(report: Report): string[] {
  return Object.keys(report.steps.at(-1)?.delta_norm ?? {}).sort((a, b) => Number(a) - Number(b));
}

/** A step by its number from 0; the last one where there is no such step. */
export function stepAt(report: Report, step: number): StepReport | undefined {
  return report.steps[step] ?? report.steps.at(-1);
}

export function layerFigures(step: StepReport | undefined, layer: string): LayerFigures | undefined {
  return step?.figures?.layers[layer];
}

/** Language of every fact of the steps before `step`, in order, with its id. */
export function pastFacts(report: Report, step: number): { id: string; language: string }[] {
  return report.steps.slice(0, step).flatMap(({ fact_ids, language }) => fact_ids.map((id) => ({ id, language })));
}

/** Names of languages as they stand within a sentence, where some interfaces write them small. */
export function namerWithin(ui: string): (language: string) => string {
  const names = new Intl.DisplayNames([ui], { type: 'language' });
  return (language) => {
    try {
      return names.of(language) ?? language;
    } catch {
      // What is no language code stands for itself.
      return language;
    }
  };
}

/** Names in a row, as the interface's language lists them: `a, b and c`. */
export function listed(names: readonly string[], ui: string): string {
  return new Intl.ListFormat(ui, { type: 'conjunction' }).format(names);
}

/** As `listed`, of many only the first few and how many more there are. */
export function listedFew(names: readonly string[], more: (count: number) => string, ui: string, most = 4): string {
  return names.length <= most
    ? listed(names, ui)
    : listed([...names.slice(0, most - 1), more(names.length - most + 1)], ui);
}

/** A sentence with a capital letter in front. */
export function capital(sentence: string, ui: string): string {
  const [first = '', ...rest] = sentence;
  return first.toLocaleUpperCase(ui) + rest.join('');
}

/** Names of languages in the interface's, each looked up once. */
export function namer(ui: string): (language: string) => string {
  const names = new Map<string, string>();
  return (language) => {
    let name = names.get(language);
    if (name === undefined) names.set(language, (name = languageName(language, ui)));
    return name;
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
