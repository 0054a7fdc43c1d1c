// Finds the programs of browsers.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program that an environment variable names, else the first of `names` that is in PATH or is a path itself; null without one. */
export function program(variable, names) {
  if (process.env[variable]) return process.env[variable];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = names.flatMap((name) => (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))));
  return paths.find(existsSync) ?? null;
}
