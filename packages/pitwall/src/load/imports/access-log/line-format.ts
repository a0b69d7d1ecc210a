import type { LineReader, LogRecord, ReadLine } from './record.ts';
import {
  monthIndex,
  numberOrNull,
  parseClfTime,
  parseIsoTime,
  parseRequestLine,
  requestOf,
  zoneSeconds,
} from './record.ts';

/** What a field of a line means. The `year` … `fraction` ones are parts of a time that is put together. */
export type LineField =
  | 'clf-time'
  | 'iso-time'
  | 'epoch-s'
  | 'epoch-ms'
  | 'epoch-us'
  | 'request'
  | 'method'
  | 'target'
  | 'path'
  | 'query'
  | 'status'
  | 'bytes'
  | 'duration-s'
  | 'duration-ms'
  | 'duration-us'
  | 'client'
  | 'forwarded'
  | 'agent'
  | 'host'
  | 'skip'
  | TimePart;

type TimePart = 'year' | 'month' | 'month-name' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'zone';

/** A stretch of a line: text that is there as it is, or a field. `width`: it is always that many characters. */
export type LineToken = { readonly text: string } | { readonly field: LineField; readonly width?: number };

/** A format cannot be read: the reason as the end of a sentence. */
export class FormatProblem extends Error {}

/**
 * Makes a reader of lines that look like `tokens`. Each field ends where the text after it begins, so reading is one pass of
 * `indexOf` without a regular expression over hostile text. Between quotation marks, escaped ones (`\"`) do not end a field.
 * @throws FormatProblem when the format does not say time and request, or two fields touch
 */
export function lineReader(name: string, tokens: readonly LineToken[], timeIs: LogRecord['timeIs']): LineReader {
  const merged = mergeText(tokens);
  const fields = new Set(merged.flatMap((token) => ('field' in token ? [token.field] : [])));
  const hasTime = ['clf-time', 'iso-time', 'epoch-s', 'epoch-ms', 'epoch-us', 'year'].some((field) =>
    fields.has(field as LineField),
  );
  if (!hasTime) throw new FormatProblem('it has no time in it');
  const hasTarget = fields.has('request') || ((fields.has('target') || fields.has('path')) && fields.has('method'));
  if (!hasTarget) throw new FormatProblem('it has neither the request line nor method and path in it');
  if (!fields.has('status')) throw new FormatProblem('it has no status in it');
  for (const [index, token] of merged.entries()) {
    const next = merged[index + 1];
    if ('field' in token && token.width === undefined && next && 'field' in next) {
      throw new FormatProblem('two of its variables have nothing between them, so nobody can tell where one ends');
    }
  }
  return {
    name,
    read(line) {
      const values = split(line, merged);
      return values === null ? null : recordOf(values, timeIs);
    },
  };
}

function mergeText(tokens: readonly LineToken[]): readonly LineToken[] {
  const merged: LineToken[] = [];
  for (const token of tokens) {
    const last = merged.at(-1);
    if ('text' in token && last && 'text' in last) merged[merged.length - 1] = { text: last.text + token.text };
    else if (!('text' in token) || token.text !== '') merged.push(token);
  }
  return merged;
}

type Values = Partial<Record<LineField, string>>;

function split(line: string, tokens: readonly LineToken[]): Values | null {
  const values: Values = {};
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if ('text' in token) {
      // Lines are often cut of blanks at their end.
      if (!line.startsWith(token.text, at)) return line.length === at && token.text.trim() === '' ? values : null;
      at += token.text.length;
      continue;
    }
    const end = token.width === undefined ? endOf(line, at, tokens, i) : at + token.width;
    if (end < 0 || end > line.length) return null;
    values[token.field] ??= line.slice(at, end);
    at = end;
  }
  return values;
}

/** Where the field that begins at `at` ends; -1 when what follows it is not in the line. */
function endOf(line: string, at: number, tokens: readonly LineToken[], index: number): number {
  const next = tokens[index + 1];
  if (!next || !('text' in next)) return line.length;
  const before = tokens[index - 1];
  const quoted = next.text.startsWith('"') && before !== undefined && 'text' in before && before.text.endsWith('"');
  let end = line.indexOf(next.text, at);
  while (quoted && end > at && isEscaped(line, end)) end = line.indexOf(next.text, end + 1);
  return end;
}

function isEscaped(line: string, at: number): boolean {
  let backslashes = 0;
  while (line[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

function recordOf(values: Values, timeIs: LogRecord['timeIs']): ReadLine {
  const time = timeOf(values);
  const status = numberOrNull(values.status ?? '');
  if (Number.isNaN(time) || status === null) return null;
  const request = requestIn(values);
  if (request === null || status < 100 || status > 599) return 'no-request';
  const host = values.host ?? '';
  return {
    time,
    timeIs,
    ...request,
    status,
    bytes: numberOrNull(values.bytes ?? ''),
    duration: durationOf(values),
    client: clientOf(values),
    agent: values.agent ?? '',
    host: host === '' || host === '-' ? null : host.toLowerCase().slice(0, 255),
  };
}

function requestIn(values: Values): { readonly method: string; readonly target: string } | null {
  if (values.request !== undefined) return parseRequestLine(values.request);
  const path = values.target ?? values.path ?? '';
  const query = values.target === undefined ? (values.query ?? '') : '';
  const target = query === '' || query === '-' ? path : `${path}${query.startsWith('?') ? '' : '?'}${query}`;
  return requestOf(values.method ?? '', target);
}

function clientOf(values: Values): string {
  const forwarded = values.forwarded ?? '-';
  return forwarded === '-' || forwarded === '' ? (values.client ?? '') : forwarded.split(',', 1)[0]!.trim();
}

function durationOf(values: Values): number | null {
  const read = (text: string | undefined, divisor: number) => {
    const value = numberOrNull(text ?? '');
    return value === null ? null : value / divisor;
  };
  return read(values['duration-us'], 1e6) ?? read(values['duration-ms'], 1e3) ?? read(values['duration-s'], 1);
}

function timeOf(values: Values): number {
  // The finest first: formats often log the same moment twice.
  const epoch = values['epoch-us'] ?? values['epoch-ms'] ?? values['epoch-s'];
  if (epoch !== undefined) {
    const value = numberOrNull(epoch);
    const divisor = values['epoch-us'] !== undefined ? 1e6 : values['epoch-ms'] !== undefined ? 1e3 : 1;
    return value === null ? Number.NaN : value / divisor;
  }
  if (values['iso-time'] !== undefined) return parseIsoTime(values['iso-time']);
  if (values['clf-time'] !== undefined) return parseClfTime(values['clf-time']);
  return timeFromParts(values);
}

function timeFromParts(values: Values): number {
  const part = (name: TimePart) => Number(values[name] ?? Number.NaN);
  const month = values['month-name'] === undefined ? part('month') - 1 : monthIndex(values['month-name']);
  if (month < 0 || month > 11) return Number.NaN;
  const whole = Date.UTC(part('year'), month, part('day'), part('hour'), part('minute'), part('second')) / 1000;
  const fraction = values.fraction === undefined ? 0 : Number(`0.${values.fraction}`);
  const zone = values.zone !== undefined && /^[+-]\d{4}$/.test(values.zone) ? zoneSeconds(values.zone) : 0;
  return whole + fraction - zone;
}
