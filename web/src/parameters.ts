/** The page's address: what its query asks for, and the recipe in its fragment. */

import type { DeviceChoice, Solver } from './engine/types';
import { isUiLanguage, preferredUi, type UiLanguage } from './i18n';

export interface Parameters {
  device: DeviceChoice;
  /** Where closed forms are solved; on a GPU that is one, where the address does not say. */
  solver: Solver | undefined;
  ui: UiLanguage;
  /** Without header and footer, for a frame: the stage alone, unless the address names panels. */
  embed: boolean;
  /** The panels that are shown; all where the address names none. */
  panels: ReadonlySet<Panel>;
  /** The tab that is open at first. */
  tab: Tab;
  /** The address of the manifest of the model that is opened by itself; null for none. */
  model: string | null;
  /** The lesson that is open, from 1; 0 for none. */
  lesson: number;
  /** A lesson for a wall: larger, and nothing else. */
  teacher: boolean;
}

/** What an address can leave out, for a frame or for a class. */
export const PANELS = [
  'stage',
  'status',
  'facts',
  'method',
  'model',
  'edits',
  'accuracy',
  'figures',
  'ask',
  'trace',
  'compare',
] as const;
export type Panel = (typeof PANELS)[number];

/** What lies below the stage, one behind the other, with the panels that each holds. */
export const TABS = {
  accuracy: ['accuracy', 'edits'],
  nullspace: ['figures'],
  update: ['figures'],
  trace: ['trace'],
  compare: ['compare'],
  merge: ['compare'],
  ask: ['ask'],
  model: ['model', 'method'],
  facts: ['facts'],
} as const satisfies Record<string, readonly Panel[]>;
export type Tab = keyof typeof TABS;

/** The tabs that have something to show. */
export function tabsOf(panels: ReadonlySet<Panel>): Tab[] {
  return (Object.keys(TABS) as Tab[]).filter((tab) => TABS[tab].some((panel) => panels.has(panel)));
}

/** Whether the page was built with a model. */
declare const BUILTIN: boolean;
const BUILTIN_MANIFEST = 'model/manifest.json';

/** Reads the query; what is missing or unknown takes its default. */
export function readParameters(search: string, languages: readonly string[]): Parameters {
  const query = new URLSearchParams(search);
  const device = query.get('device');
  const solver = query.get('solver');
  const ui = query.get('ui');
  const embed = query.get('embed') === '1';
  const panels = new Set(panelsIn(query.get('panels'), embed));
  return {
    device: device === 'webgpu' || device === 'cpu' ? device : 'auto',
    solver: solver === 'device' || solver === 'host' ? solver : undefined,
    ui: isUiLanguage(ui) ? ui : preferredUi(languages),
    embed,
    panels,
    tab: tabIn(query.get('tab'), tabsOf(panels)),
    model: modelIn(query.get('model')),
    teacher: query.get('teacher') === '1',
    lesson: /^[1-9]$/.test(query.get('lesson') ?? '') ? Number(query.get('lesson')) : 0,
  };
}

function panelsIn(list: string | null, embed: boolean): readonly Panel[] {
  const named = PANELS.filter((panel) => list?.split(',').includes(panel));
  if (named.length > 0) return named;
  return embed ? ['stage', 'status'] : PANELS;
}

function tabIn(name: string | null, tabs: readonly Tab[]): Tab {
  return tabs.find((tab) => tab === name) ?? tabs[0] ?? 'accuracy';
}

/** `none`, or the address of a manifest beside the page; what lies elsewhere is opened by hand only, lest a link makes a browser load it. */
function modelIn(address: string | null): string | null {
  const usual = BUILTIN ? BUILTIN_MANIFEST : null;
  if (address === null || !URL.canParse(address, document.baseURI)) return usual;
  if (address === 'none') return null;
  return new URL(address, document.baseURI).origin === location.origin ? address : usual;
}

/** The fragment, where it is meant to carry a recipe: a version's digits and a dot, escaped or not. Programs that pass links on dress them up, which
 * the engine sees through (`recipe/link/carried.rs`). */
export function linkIn(hash: string): string | null {
  return /^#.*\d(\.|%(25)*2E)/is.test(hash) ? hash : null;
}

/** The address of the catalogue of facts, whatever the address of the script that fetches it. */
export function catalogueAddress(): string {
  return new URL('facts/catalogue.json', document.baseURI).href;
}

/** Puts a link, or none, into the address without a new entry in the history. */
export function showLink(fragment: string | null): void {
  history.replaceState(history.state, '', location.pathname + location.search + (fragment ?? ''));
}

/** Changes one value of the query, likewise; null takes it out. With `entry` the browser's Back leads to where one was. */
export function showParameter(name: string, value: string | null, entry = false): void {
  const query = new URLSearchParams(location.search);
  if (value === null) query.delete(name);
  else query.set(name, value);
  const text = query.toString();
  const address = location.pathname + (text && `?${text}`) + location.hash;
  if (entry) history.pushState(history.state, '', address);
  else history.replaceState(history.state, '', address);
}
