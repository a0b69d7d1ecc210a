import { detectFormat, readerFor } from '../../load/imports/access-log/formats.ts';
import type { LineReader, LogRecord, ReadLine } from '../../load/imports/access-log/record.ts';

/** A reader of lines that say how long the request took, and how finely. */
export interface TimedReader {
  readonly name: string;
  read(line: string): ReadLine;
  /** Seconds: the grain in which durations are written. */
  readonly resolution: number;
  /** Seconds: the grain of the times at which lines were written. */
  readonly grain: number;
}

/** Fields in front of what somebody added to a format: combined, vhost_combined, common. */
const USUAL: Readonly<Record<string, number>> = { combined: 9, vhost_combined: 10, common: 7 };
/** Names that people give the request time in their formats; the one of an upstream is another. */
const REQUEST_TIME = /^(?:rt|req(?:uest)?_?time|duration|time_taken|took|elapsed)$/i;
const OTHER_TIME = /^(?:u|up|upstream)/i;

/**
 * Finds out how lines are to be read; a string is why they cannot be, as the end of a sentence. `format`: as it was said, see
 * `readerFor`; null: found out from the lines, also when request times were added to a usual format (which most do, because
 * those have none).
 * @throws PitwallError IMPORT_FORMAT
 */
export function timedReader(lines: readonly string[], format: string | null): TimedReader | string {
  const reader = format === null ? detectFormat(lines) : readerFor(format);
  if (reader === null)
    return 'its lines are in no format that is known; `load.accessLogFormat` takes a log_format or a LogFormat';
  const records = recordsOf(reader, lines);
  if (records.length === 0) return `none of its lines can be read as ${reader.name}`;
  if (records.some(({ duration }) => duration !== null)) return withGrains(reader, records, lines);
  const added = format === null ? addedDuration(reader, lines) : null;
  if (added === null) {
    return 'its lines do not say how long requests took (nginx: $request_time, Apache: %D); with `load.accessLogFormat` they can be read in any place';
  }
  return withGrains(added, recordsOf(added, lines), lines);
}

function recordsOf(reader: LineReader, lines: readonly string[]): readonly LogRecord[] {
  return lines.map((line) => reader.read(line)).filter((record) => record !== null && record !== 'no-request');
}

function withGrains(reader: LineReader, records: readonly LogRecord[], lines: readonly string[]): TimedReader {
  const durations = records.map(({ duration }) => duration).filter((duration) => duration !== null);
  const all = (values: readonly number[], grain: number) =>
    values.every((value) => Math.abs(value / grain - Math.round(value / grain)) < 1e-4);
  const fraction = lines.some((line) => /(?<!\d)0\.000(?!\d)/.test(line));
  const resolution = all(durations, 1) && !fraction ? 1 : all(durations, 1e-3) ? 1e-3 : 1e-6;
  const grain = all(
    records.map(({ time }) => time),
    1,
  )
    ? 1
    : 1e-3;
  return { name: reader.name, read: (line) => reader.read(line), resolution, grain };
}

/**
 * The request time among the fields behind those of a usual format: called like one (`rt=0.012`), or else the largest of those
 * in seconds with three decimals (an upstream's time is a part of it), or else a single whole number (Apache's %D, in µs).
 */
function addedDuration(reader: LineReader, lines: readonly string[]): LineReader | null {
  const usual = USUAL[reader.name];
  if (usual === undefined) return null;
  const tails = lines.filter((line) => isRecord(reader.read(line))).map((line) => fieldsOf(line).slice(usual));
  const [first] = tails;
  if (!first) return null;
  const candidates = [...first.keys()].filter((at) => tails.every((tail) => numberIn(tail[at]) !== null));
  const nameAt = (at: number): string => numberIn(first[at])!.name;
  const unnamed = candidates.filter((at) => nameAt(at) === '');
  const chosen =
    candidates.find((at) => REQUEST_TIME.test(nameAt(at))) ??
    largest(
      tails,
      candidates.filter((at) => !OTHER_TIME.test(nameAt(at)) && tails.every((tail) => isSeconds(tail[at]))),
    ) ??
    (unnamed.length === 1 && tails.every((tail) => /^\d+$/.test(tail[unnamed[0]!]!)) ? unnamed[0]! : null);
  if (chosen === null) return null;
  const inSeconds = tails.every((tail) => isSeconds(tail[chosen]));
  const divisor = inSeconds ? 1 : 1e6;
  return {
    name: `${reader.name} with request times`,
    read(line) {
      const record = reader.read(line);
      if (!isRecord(record)) return record;
      const read = numberIn(fieldsOf(line)[usual + chosen]);
      return { ...record, duration: read === null ? null : read.value / divisor };
    },
  };
}

function isRecord(line: ReadLine): line is LogRecord {
  return line !== null && line !== 'no-request';
}

/**
 * Fields between blanks; quoted and bracketed ones are one each, without their marks. Clients put text into lines: what a line
 * does not close is looked for once, not from every place where it is opened.
 */
function fieldsOf(line: string): readonly string[] {
  const fields: string[] = [];
  const closed = { '"': true, '[': true };
  let at = 0;
  for (;;) {
    while (at < line.length && isBlank(line[at]!)) at++;
    if (at >= line.length) return fields;
    const mark = line[at]!;
    const end = (mark === '"' || mark === '[') && closed[mark] ? closingOf(line, at) : -1;
    if (end >= 0) {
      fields.push(line.slice(at + 1, end));
      at = end + 1;
      continue;
    }
    if (mark === '"' || mark === '[') closed[mark] = false;
    const from = at;
    while (at < line.length && !isBlank(line[at]!)) at++;
    fields.push(line.slice(from, at));
  }
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t';

/** Where a quoted (`\"` does not end it) or bracketed field ends; −1: nowhere. */
function closingOf(line: string, from: number): number {
  if (line[from] === '[') return line.indexOf(']', from + 1);
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === '"') return at;
  }
  return -1;
}

/** `rt=0.012`, `0.012`, `12`: the name (may be empty) and the number. */
function numberIn(field: string | undefined): { readonly name: string; readonly value: number } | null {
  const match = /^(?:([\w.-]{1,40})[=:])?"?(\d{1,15}(?:\.\d{1,9})?)"?$/.exec(field ?? '');
  return match ? { name: match[1] ?? '', value: Number(match[2]) } : null;
}

function isSeconds(field: string | undefined): boolean {
  return /\d\.\d{3,6}"?$/.test(field ?? '');
}

/** The field that is at least as large as the others in every line; null when none is. */
function largest(tails: readonly (readonly string[])[], fields: readonly number[]): number | null {
  const value = (tail: readonly string[], at: number) => numberIn(tail[at])!.value;
  const found = fields.find((at) =>
    tails.every((tail) => fields.every((other) => value(tail, at) >= value(tail, other))),
  );
  return found ?? null;
}
