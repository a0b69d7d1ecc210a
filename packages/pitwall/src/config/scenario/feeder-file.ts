import { extname } from 'node:path';
import { parseExactly } from '../../model/exact-json.ts';
import { describeFound } from '../problem.ts';
import { readText, UnreadableFile } from '../read-text.ts';

/** Rows are held in memory, once for each worker. */
const MOST_BYTES = 100 * 1024 ** 2;
/** One row. */
const MOST_ROW_BYTES = 1024 ** 2;
const MOST_COLUMNS = 1000;
const DEEPEST = 20;

type Row = Readonly<Record<string, string>>;

export interface FeederRows {
  /** All with the same keys. */
  readonly rows: readonly Row[];
  /** Keys that some rows have and others do not, with where the first one is that does not. They are in no row. */
  readonly missing: ReadonlyMap<string, string>;
}

/** What is wrong with a file of rows, as the end of a sentence that names file and line. */
export class FeederMistake extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'FeederMistake';
  }
}

export interface FeederFileOptions {
  readonly format?: 'csv' | 'jsonl' | undefined;
  readonly delimiter?: string | undefined;
}

const FORMATS: Readonly<Record<string, 'csv' | 'jsonl'>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
};

/**
 * Reads the rows of a feeder: CSV with a header line (RFC 4180; quoted values may hold line breaks), or JSON lines (a value
 * inside a map is named with dots, `user.id`; lists and maps are their JSON text). `path`: as written, for messages. Throws
 * FeederMistake.
 */
export async function readFeederFile(file: string, path: string, options: FeederFileOptions): Promise<FeederRows> {
  const ending = extname(file).toLowerCase();
  const format = options.format ?? FORMATS[ending];
  if (format === undefined) {
    throw new FeederMistake(`the ending of ${describeFound(path)} does not tell its format: give format: csv or jsonl`);
  }
  if (format === 'jsonl' && options.delimiter !== undefined) throw new FeederMistake('JSON lines have no delimiter');
  const text = read(file, path);
  const located = (line: number, problem: string) => new FeederMistake(`${path}:${line}: ${problem}`);
  const delimiter = options.delimiter ?? (ending === '.tsv' ? '\t' : ',');
  const result = format === 'csv' ? await csvRows(text, delimiter, located) : jsonRows(text, located);
  if (result.rows.length === 0) throw new FeederMistake(`${describeFound(path)} has no rows`);
  return result;
}

/** Rows that are written in the scenario itself. Throws FeederMistake. */
export function rowsOf(data: readonly Readonly<Record<string, unknown>>[]): FeederRows {
  if (data.length === 0) throw new FeederMistake('it has no rows');
  return uniform(
    data.map((each) => flat(each)),
    (index) => `row ${index + 1}`,
  );
}

function read(file: string, path: string): string {
  try {
    return readText(file, MOST_BYTES);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new FeederMistake(`${describeFound(path)} cannot be read: ${error.message}`);
  }
}

type Located = (line: number, problem: string) => FeederMistake;

async function csvRows(text: string, delimiter: string, located: Located): Promise<FeederRows> {
  // Only who has such a file needs the parser.
  const { parse } = await import('csv-parse/sync');
  const rows: Row[] = [];
  let columns: readonly string[] | null = null;
  let line = 1;
  try {
    parse(text, {
      delimiter,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      max_record_size: MOST_ROW_BYTES,
      on_record(values: readonly string[], { lines }: { readonly lines: number }) {
        line = lines - values.reduce((sum, value) => sum + value.split('\n').length - 1, 0);
        if (columns === null) columns = checkHeader(values, (problem) => located(line, problem));
        else if (values.length === columns.length) rows.push(rowOf(columns, values));
        else
          throw located(
            line,
            `it has ${count(values.length, 'value')}, and the header has ${count(columns.length, 'column')}`,
          );
        line = lines + 1;
        return null;
      },
    });
  } catch (error) {
    if (error instanceof FeederMistake) throw error;
    throw csvMistake(error, line, located);
  }
  return { rows, missing: new Map() };
}

function checkHeader(names: readonly string[], refuse: (problem: string) => FeederMistake): readonly string[] {
  const columns = names.map((name) => name.trim());
  const seen = new Set<string>();
  if (columns.length > MOST_COLUMNS) throw refuse(`it has more than ${MOST_COLUMNS} columns`);
  for (const [index, name] of columns.entries()) {
    if (name === '') throw refuse(`column ${index + 1} of the header has no name`);
    if (!isNameable(name))
      throw refuse(`${describeFound(name)} cannot be the name of a column: {{…}} could not name it`);
    if (seen.has(name)) throw refuse(`the header has the column ${describeFound(name)} twice`);
    seen.add(name);
  }
  return columns;
}

/** As model/template.ts reads names. */
function isNameable(name: string): boolean {
  return /^[^\s{}|$'][^{}|]*$/.test(name);
}

function rowOf(columns: readonly string[], values: readonly string[]): Row {
  const row = Object.create(null) as Record<string, string>;
  for (const [index, name] of columns.entries()) row[name] = values[index]!;
  return { ...row };
}

const CSV_MISTAKES: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE:
    'after the closing quote of a value comes more of it; a quote inside a value is written twice',
  INVALID_OPENING_QUOTE: 'a quote stands inside a value that does not begin with one',
  CSV_MAX_RECORD_SIZE: 'a row is larger than 1 MiB; is a quote missing?',
};

/** `line`: where the row began that could not be read. */
function csvMistake(error: unknown, line: number, located: Located): FeederMistake {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const words = CSV_MISTAKES[code];
  if (words === undefined) throw error;
  return located(line, words);
}

function jsonRows(text: string, located: Located): FeederRows {
  const rows: Record<string, string>[] = [];
  const lines: number[] = [];
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    at = end < 0 ? text.length : end + 1;
    number++;
    if (line === '') continue;
    let value: unknown;
    try {
      value = parseExactly(line);
    } catch {
      throw located(number, 'it is not JSON; each line has to be a map such as {"user":"a"}');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw located(number, `expected a map such as {"user":"a"}, found ${describeFound(value)}`);
    }
    rows.push(flat(value as Record<string, unknown>));
    lines.push(number);
  }
  return uniform(rows, (index) => `line ${lines[index]}`);
}

/** Maps in maps get names with dots, and are there as JSON text too. Null is the text "null", as JSON writes it. */
function flat(value: Readonly<Record<string, unknown>>): Record<string, string> {
  const row: Record<string, string> = {};
  let columns = 0;
  const add = (inside: Readonly<Record<string, unknown>>, prefix: string, depth: number): void => {
    for (const [key, each] of Object.entries(inside)) {
      if (++columns > MOST_COLUMNS || depth > DEEPEST) return;
      const name = prefix + key;
      const text = typeof each === 'string' ? each : JSON.stringify(each ?? null);
      // A plain assignment would set the prototype.
      if (name === '__proto__') Object.defineProperty(row, name, { value: text, enumerable: true, configurable: true });
      else row[name] = text;
      if (typeof each === 'object' && each !== null && !Array.isArray(each)) {
        add(each as Record<string, unknown>, `${name}.`, depth + 1);
      }
    }
  };
  add(value, '', 0);
  return row;
}

/** Leaves out keys that not every row has: a template that names one could find nothing. */
function uniform(rows: readonly Record<string, string>[], place: (index: number) => string): FeederRows {
  const times = new Map<string, number>();
  for (const row of rows) for (const key of Object.keys(row)) times.set(key, (times.get(key) ?? 0) + 1);
  const missing = new Map<string, string>();
  for (const [key, count] of times) {
    if (count < rows.length) missing.set(key, place(rows.findIndex((row) => !Object.hasOwn(row, key))));
  }
  if (missing.size > 0) for (const row of rows) for (const key of missing.keys()) delete row[key];
  return { rows, missing };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
