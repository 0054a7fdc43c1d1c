/** The page's address: what its query asks for, and the recipe in its fragment. */

import type { DeviceChoice } from './engine/types';
import { isUiLanguage, preferredUi, type UiLanguage } from './i18n';

export interface Parameters {
  device: DeviceChoice;
  ui: UiLanguage;
  embed: boolean;
}

/** Reads the query; what is missing or unknown takes its default. */
export function readParameters(search: string, languages: readonly string[]): Parameters {
  const query = new URLSearchParams(search);
  const device = query.get('device');
  const ui = query.get('ui');
  return {
    device: device === 'webgpu' || device === 'cpu' ? device : 'auto',
    ui: isUiLanguage(ui) ? ui : preferredUi(languages),
    embed: query.get('embed') === '1',
  };
}

/** The fragment that carries a recipe, if the address has one. */
export function linkIn(hash: string): string | null {
  return /^#\d+\./.test(hash) ? hash : null;
}

/** Puts a link, or none, into the address without a new entry in the history. */
export function showLink(fragment: string | null): void {
  history.replaceState(history.state, '', location.pathname + location.search + (fragment ?? ''));
}

/** Changes one value of the query, likewise. */
export function showParameter(name: string, value: string): void {
  const query = new URLSearchParams(location.search);
  query.set(name, value);
  history.replaceState(history.state, '', `${location.pathname}?${query}${location.hash}`);
}
