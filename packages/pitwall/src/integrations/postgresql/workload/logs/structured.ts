import { type Line, LONGEST_LINE } from '../../../_sql/workload/lines.ts';
import { type LogRecord, type RecordSource, timeOf } from './record.ts';

/** Columns of csvlog: https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG */
const COLUMNS = {
  at: 0,
  user: 1,
  database: 2,
  process: 3,
  session: 5,
  severity: 11,
  message: 13,
  detail: 14,
  application: 22,
  queryId: 25,
};
/** PostgreSQL 9 had 23 columns: the last ones may be missing. */
const FEWEST_COLUMNS = 22;

/**
 * A csvlog. A record that is broken off (by a crash) is counted and skipped, with what cannot be
 * told from it: a line within a value may look like a record, so that nobody can forge one.
 */
export function csvRecords(lines: AsyncIterable<Line>): RecordSource {
  let unknown = 0;
  let cut = 0;
  async function* records(): AsyncGenerator<LogRecord> {
    const { parse } = await import('csv-parse/sync');
    const read = (text: string): LogRecord | null => {
      if (text === '') return null;
      try {
        const [row] = parse(text, { relax_column_count: true, max_record_size: 2 * LONGEST_LINE }) as string[][];
        if (row && row.length >= FEWEST_COLUMNS) return fromCsv(row);
      } catch {
        // Counted below.
      }
      unknown++;
      return null;
    };
    let parts: string[] = [];
    let [length, open, begun] = [0, false, false];
    for await (const line of lines) {
      if (line.cut) cut++;
      // Reading may begin anywhere in a file.
      if (!begun && !BEGIN.test(line.text)) {
        if (line.text !== '') unknown++;
        continue;
      }
      begun = true;
      parts.push(line.text);
      length += line.text.length;
      if (hasOddQuotes(line.text)) open = !open;
      const tooLong = length > 2 * LONGEST_LINE;
      if (open && !tooLong) continue;
      const record = tooLong ? null : read(parts.join('\n'));
      if (tooLong) unknown++;
      [parts, length, open, begun] = [[], 0, false, !tooLong];
      if (record) yield record;
    }
    if (parts.length > 0) unknown++;
  }
  return { records: records(), unknown: () => unknown, cut: () => cut };
}

/** How each record begins: time, user and database, process. */
const BEGIN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,20},(?:"[^"]*")?,(?:"[^"]*")?,\d*,/;

/** Then a quoted value begins or ends in it: quotes within a value are doubled. */
function hasOddQuotes(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

function fromCsv(row: readonly string[]): LogRecord {
  const of = (column: number): string | null => (row[column] === undefined || row[column] === '' ? null : row[column]);
  return {
    at: timeOf(of(COLUMNS.at) ?? ''),
    user: of(COLUMNS.user),
    database: of(COLUMNS.database),
    session: of(COLUMNS.session) ?? of(COLUMNS.process),
    application: of(COLUMNS.application),
    severity: of(COLUMNS.severity) ?? '',
    message: of(COLUMNS.message) ?? '',
    detail: of(COLUMNS.detail),
    queryId: idOf(of(COLUMNS.queryId)),
  };
}

function idOf(text: string | null): string | null {
  return text === '0' ? null : text;
}

/** A jsonlog (PostgreSQL 15 on): a record a line. */
export function jsonRecords(lines: AsyncIterable<Line>): RecordSource {
  let unknown = 0;
  let cut = 0;
  async function* records(): AsyncGenerator<LogRecord> {
    for await (const line of lines) {
      if (line.cut) cut++;
      if (line.text === '') continue;
      const record = fromJson(line.text);
      if (record) yield record;
      else unknown++;
    }
  }
  return { records: records(), unknown: () => unknown, cut: () => cut };
}

function fromJson(text: string): LogRecord | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const fields = parsed as Readonly<Record<string, unknown>>;
  const of = (name: string): string | null => {
    const value = fields[name];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const message = of('message');
  if (message === null) return null;
  return {
    at: timeOf(of('timestamp') ?? ''),
    user: of('user'),
    database: of('dbname'),
    session: of('session_id') ?? of('pid'),
    application: of('application_name'),
    severity: of('error_severity') ?? '',
    message,
    detail: of('detail'),
    // A number of 64 bits: what JSON.parse made of it is not exact, the text is.
    queryId: idOf(/"query_id":\s*(-?\d+)/.exec(text)?.[1] ?? null),
  };
}
