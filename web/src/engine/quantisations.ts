/** Which of several GGUF files of one model is opened: the most exact one that there is room for. */

import { checkRoom, fits } from './capacity';
import { ModelError } from './troubles';

/** By exactness per byte. Q8_0 loses next to nothing; the floats come last, for they are twice as large and gain nothing that an edit shows. */
const PREFERRED = [
  'Q8_0',
  'Q6_K',
  'Q5_K_M',
  'Q5_K_S',
  'Q5_1',
  'Q5_0',
  'Q4_K_M',
  'Q4_K_S',
  'Q4_1',
  'Q4_0',
  'Q3_K_L',
  'Q3_K_M',
  'Q3_K_S',
  'Q2_K',
  'BF16',
  'F16',
  'FP16',
  'F32',
  'FP32',
];

export interface Sized {
  name: string;
  bytes: number;
}

/** The number of parts that a file's name says it is one of. */
export function partsOf(name: string): number {
  return Number(/-\d{5}-of-(\d{5})\.gguf$/i.exec(name)?.[1] ?? 1);
}

/** Where a file stands in the order of preference; null for formats that are not read (IQ4_XS, TQ1_0), -1 where the name tells none. */
function rank(name: string): number | null {
  const words = name.replace(/\.gguf$/i, '').toUpperCase();
  const format = /(?:^|[-._])((?:IQ|TQ|Q|BF|FP?|MXFP)\d\w*)$/.exec(words)?.[1];
  if (format === undefined) return -1;
  const place = PREFERRED.indexOf(format);
  return place < 0 ? null : place;
}

/** Files beside a model that are none: the eyes of a vision model, the statistics of a quantisation. */
const BESIDE = /mmproj|imatrix/i;

/** The file to open of those, which are of `name`: the first in the order for which there is room. Null where none is a GGUF file. */
export function preferred<F extends Sized>(files: readonly F[], name: string, anyway = false): F | null {
  const gguf = files.filter((file) => /\.gguf$/i.test(file.name) && !BESIDE.test(file.name));
  const whole = gguf
    .filter((file) => partsOf(file.name) === 1)
    .flatMap((file) => {
      const place = rank(file.name);
      return place === null ? [] : [{ file, place }];
    })
    .sort((a, b) => a.place - b.place || a.file.bytes - b.file.bytes)
    .map(({ file }) => file);
  const found = whole.find((file) => fits(file.bytes, anyway));
  if (found) return found;
  const smallest = whole.sort((a, b) => a.bytes - b.bytes)[0];
  if (smallest) checkRoom(`${name}/${smallest.name}`, smallest.bytes, anyway);
  const part = gguf.find((file) => partsOf(file.name) > 1);
  if (part) throw new ModelError('parts', { name: part.name, count: partsOf(part.name) });
  return null;
}
