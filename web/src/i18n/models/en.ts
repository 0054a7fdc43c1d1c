/** The panel of models in English; the other languages have the same entries. */

import { TROUBLES } from '../../engine/troubles';

export const en = {
  gallery: 'Models to open',
  galleryWhat:
    'They come from the Hugging Face Hub and stay in this browser. Nothing of what you do with them is sent anywhere.',
  galleryMissing: 'The list of models could not be loaded.',
  size: (size: string) => `${size} to download`,
  memory: (size: string) => `takes about ${size} of memory to open, more to edit`,
  resume: 'Continue',
  languagesOf: (names: string, of: number) => `${names} and more: over ${of} languages`,
  open: (name: string) => `Open ${name}`,
  continue: (name: string, share: string) => `Continue ${name} (${share} is here)`,
  here: 'open now',
  stored: 'stored in this browser',
  wanted: 'The link was made with this model.',
  noRoom: (name: string, free: string) =>
    `This browser has room for only ${free}: ${name} opens, but will be downloaded again next time. Delete something below to keep it.`,
  anyway: 'Open it all the same',
  again: 'Try again',
  families: (list: string) => `Families that open: ${list}.`,
  address: 'A model of the Hub (owner/name), or the URL of a .gguf file or a model folder',
  addressHint:
    'Of several quantisations the most exact one that there is room for is taken, Q8_0 first; without a .gguf file, .safetensors with config.json and tokenizer.json.',
  progress: {
    read: 'Reading',
    download: 'Downloading',
    cache: 'Reading from this browser’s storage',
    prepare: 'Looking at the files',
    unpack: 'Loading onto the device',
  },
  ahead:
    'While nothing is asked of the model, its first edit is being prepared: key statistics, null spaces, context templates. Nothing waits for it.',
  statisticsUnused: 'The key statistics that the page has for this model are not used; an edit collects its own.',
  amount: (done: string, total: string) => `${done} of ${total}`,
  speed: (size: string) => `${size} per second`,
  remaining: (time: string) => `${time} left`,
  stop: 'Stop',
  stopNote: 'What has arrived is kept, and the download continues from there.',
  unfinished: (share: string) => `unfinished, ${share}`,
  lazy: 'This part of the page could not be loaded.',
  lazyWhy:
    'The network may be down, or the page has a newer version. Your experiment is in the address and comes back.',
  lazyReload: 'Reload the page',
  troubles: TROUBLES,
};

export type ModelMessages = typeof en;
