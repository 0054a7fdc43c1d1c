/** Tables as spreadsheets save them (RFC 4180, and what they make of it) as JSON lines, so that the engine's one reader of facts reads them too. */

import { EngineError } from '../engine/error';
import type { Probe } from '../engine/types';

/** Columns that hold several texts, and what is between them. */
const LISTS = new Set(['rephrases']);
const SEPARATOR = '|';
/** Columns that hold several questions with their answers, as `question = answer`. */
const PROBES = new Set(['neighbours', 'same_subject', 'portability']);
const ANSWER = '=';
/** Without these a row is no fact. */
const NEEDED = ['subject', 'prompt', 'new_object'];
/** What is between cells: spreadsheets take a semicolon where the comma is for decimals, and a tab for text. */
const BETWEEN = [',', ';', '\t'] as const;
/** The line by which a spreadsheet says what is between cells. */
const SAID = /^sep=(.)\n/i;

const refuse = (message: string): never => {
  throw new EngineError({ kind: 'data', message });
};

/** One kind of line end, and no byte-order mark. */
const plain = (text: string): string =>
  text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n');

/** Whether a text is such a table: no JSON begins with a letter. */
export function looksLikeCsv(text: string): boolean {
  const [first = ''] = plain(text).trimStart().replace(SAID, '').split('\n', 1);
  return /^["\p{L}]/u.test(first) && BETWEEN.some((between) => first.includes(between));
}

/** One line of JSON for each row; a row that spans several lines is followed by as many empty ones, so that lines keep their numbers. */
export function csvToJsonLines(text: string): string {
  const table = plain(text);
  const said = SAID.exec(table);
  const between = said?.[1] ?? usual(table);
  const rows = parse(table.slice(said?.[0].length ?? 0), between);
  const [head, ...body] = rows;
  if (!head) return refuse('the table is empty');
  const columns = head.cells.map((cell) => cell.trim().toLowerCase().replaceAll(' ', '_'));
  const twice = columns.find((column, index) => column && columns.indexOf(column) < index);
  if (twice) refuse(`the table has the column ${twice} twice`);
  if (!NEEDED.some((column) => columns.includes(column)))
    refuse(`line 1 is not the head of a table: it must name the columns, among them ${NEEDED.join(', ')}`);
  const before = said ? 1 : 0;
  const lines: string[] = Array.from({ length: head.lines + before }, () => '');
  for (const { cells, lines: count, line } of body) {
    // Below its table a spreadsheet leaves rows of nothing but what is between cells.
    const empty = cells.every((cell) => !cell.replaceAll(/[,;\t]/g, '').trim());
    if (!empty && cells.length !== columns.length)
      refuse(`line ${line + before}: ${cells.length} cells, the head of the table has ${columns.length}`);
    lines.push(
      empty
        ? ''
        : JSON.stringify(
            Object.fromEntries(
              columns.map((column, index) => [column, value(column, cells[index] ?? '', line + before)]),
            ),
          ),
    );
    for (let more = 1; more < count; more += 1) lines.push('');
  }
  return lines.join('\n');
}

/** What is between the cells of the head. */
function usual(table: string): string {
  const [first = ''] = table.split('\n', 1);
  const count = (between: string): number => first.split(between).length;
  return BETWEEN.reduce((best, between) => (count(between) > count(best) ? between : best), BETWEEN[0] as string);
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
    refuse(`line ${line}: “${part}” in column ${column} is not of the form: question = answer`);
  return { prompt, answer };
}

interface Row {
  cells: string[];
  /** Where it begins, from 1, and how many lines it takes. */
  line: number;
  lines: number;
}

function parse(text: string, between: string): Row[] {
  const rows: Row[] = [];
  let [line, at] = [1, 0];
  while (at < text.length) {
    const row: Row = { cells: [], line, lines: 1 };
    for (let more = true; more;) {
      let cell = '';
      if (text[at] === '"') {
        const end = closing(text, at + 1);
        if (end < 0) refuse(`line ${line}: a quotation mark that is not closed`);
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        row.lines += cell.split('\n').length - 1;
        at = end + 1;
      }
      const from = at;
      while (at < text.length && text[at] !== between && text[at] !== '\n') at += 1;
      row.cells.push(cell + text.slice(from, at));
      more = text[at] === between;
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
