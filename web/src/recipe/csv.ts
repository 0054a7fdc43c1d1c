/** Tables with commas (RFC 4180) as JSON lines, so that the engine's one reader of facts reads them too. */

import { EngineError } from '../engine/error';
import type { Probe } from '../engine/types';

/** Columns that hold several texts, and what is between them. */
const LISTS = new Set(['rephrases']);
const SEPARATOR = '|';
/** Columns that hold several questions with their answers, as `question = answer`. */
const PROBES = new Set(['neighbours', 'same_subject', 'portability']);
const ANSWER = '=';

/** Whether a text is such a table: no JSON begins with a letter. */
export function looksLikeCsv(text: string): boolean {
  const first = text.trimStart().split('\n', 1)[0] ?? '';
  return /^["\p{L}]/u.test(first) && first.includes(',');
}

/** One line of JSON for each row; a row that spans several lines is followed by as many empty ones, so that lines keep their numbers. */
export function csvToJsonLines(text: string): string {
  const rows = parse(text.replace(/^\ufeff/, ''));
  const [head, ...body] = rows;
  if (!head) throw new EngineError({ kind: 'data', message: 'the table is empty' });
  const columns = head.cells.map((cell) => cell.trim().toLowerCase().replaceAll(' ', '_'));
  const lines: string[] = Array.from({ length: head.lines }, () => '');
  for (const { cells, lines: count, line } of body) {
    const empty = cells.length === 1 && cells[0]?.trim() === '';
    if (!empty && cells.length !== columns.length) {
      throw new EngineError({
        kind: 'data',
        message: `line ${line}: ${cells.length} cells, the head of the table has ${columns.length}`,
      });
    }
    lines.push(
      empty
        ? ''
        : JSON.stringify(
            Object.fromEntries(columns.map((column, index) => [column, value(column, cells[index] ?? '', line)])),
          ),
    );
    for (let more = 1; more < count; more += 1) lines.push('');
  }
  return lines.join('\n');
}

function value(column: string, cell: string, line: number): string | string[] | Probe[] {
  if (!LISTS.has(column) && !PROBES.has(column)) return cell.trim();
  const parts = cell
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter(Boolean);
  return LISTS.has(column) ? parts : parts.map((part) => probe(part, column, line));
}

function probe(part: string, column: string, line: number): Probe {
  const at = part.lastIndexOf(ANSWER);
  const [prompt, answer] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  if (at < 0 || !prompt || !answer)
    throw new EngineError({
      kind: 'data',
      message: `line ${line}: “${part}” in column ${column} is not of the form: question = answer`,
    });
  return { prompt, answer };
}

interface Row {
  cells: string[];
  /** Where it begins, from 1, and how many lines it takes. */
  line: number;
  lines: number;
}

function parse(text: string): Row[] {
  const rows: Row[] = [];
  let [line, at] = [1, 0];
  while (at < text.length) {
    const row: Row = { cells: [], line, lines: 1 };
    for (let more = true; more;) {
      let cell = '';
      if (text[at] === '"') {
        const end = closing(text, at + 1);
        if (end < 0)
          throw new EngineError({ kind: 'data', message: `line ${line}: a quotation mark that is not closed` });
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        row.lines += cell.split('\n').length - 1;
        at = end + 1;
      }
      const from = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\n') at += 1;
      row.cells.push(cell + text.slice(from, at).replace(/\r$/, ''));
      more = text[at] === ',';
      at += 1;
    }
    line += row.lines;
    rows.push(row);
  }
  return rows;
}

/** Where the quotation ends that begins before `at`; two marks in a row are one that is meant. */
function closing(text: string, at: number): number {
  for (let end = text.indexOf('"', at); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"') return end;
  }
  return -1;
}
