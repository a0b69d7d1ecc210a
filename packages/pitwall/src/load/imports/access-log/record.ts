/** One line of an access log, read. */
export interface LogRecord {
  /** Unix seconds. */
  readonly time: number;
  /** Servers log when they are done (nginx, Caddy) or when the request came (Apache). */
  readonly timeIs: 'start' | 'end';
  readonly method: string;
  /** Path with query, as it was sent. */
  readonly target: string;
  readonly status: number;
  readonly bytes: number | null;
  /** Seconds the server took. */
  readonly duration: number | null;
  /** Address of the client; only ever used as the input of a keyed hash. */
  readonly client: string;
  readonly agent: string;
  /** Host name that was asked for; null when the log does not say. */
  readonly host: string | null;
}

/** What reading a line gave: a record, a line that is no HTTP request (a TLS hello, a timed out connection), or null: not this format. */
export type ReadLine = LogRecord | 'no-request' | null;

/** Knows one format. */
export interface LineReader {
  readonly name: string;
  read(line: string): ReadLine;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

let lastText = '';
let lastTime = 0;

/** `21/Nov/2026:02:45:53 +0000` → Unix seconds; NaN for anything else. */
export function parseClfTime(text: string): number {
  // Lines of one second follow each other: the same text again and again.
  if (text === lastText) return lastTime;
  if (!/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/.test(text)) return Number.NaN;
  const month = MONTHS.indexOf(text.slice(3, 6)) / 3;
  if (!Number.isInteger(month) || month < 0) return Number.NaN;
  const at = (from: number, to: number) => Number(text.slice(from, to));
  const utc = Date.UTC(at(7, 11), month, at(0, 2), at(12, 14), at(15, 17), at(18, 20)) / 1000;
  lastText = text;
  lastTime = utc - zoneSeconds(text.slice(21));
  return lastTime;
}

/** `+0530` → 19800. */
export function zoneSeconds(zone: string): number {
  const seconds = Number(zone.slice(1, 3)) * 3600 + Number(zone.slice(3, 5)) * 60;
  return zone.startsWith('-') ? -seconds : seconds;
}

/** 0 for Jan; -1 when it is no month. */
export function monthIndex(name: string): number {
  const at = name.length === 3 ? MONTHS.indexOf(name) : -1;
  return at >= 0 && at % 3 === 0 ? at / 3 : -1;
}

/** `2026-11-21T02:45:53+00:00` → Unix seconds; NaN for anything else. A time without a zone counts as UTC. */
export function parseIsoTime(text: string): number {
  if (text.length > 40 || !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/.test(text)) return Number.NaN;
  const comma = text.replace(',', '.').replace(' ', 'T').replace(' ', '');
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(comma) ? comma : `${comma}Z`) / 1000;
}

/** `GET /a?b HTTP/1.1` → method and target; null when it is no request line (garbage, a TLS hello, `-`). */
export function parseRequestLine(line: string): { readonly method: string; readonly target: string } | null {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  if (first <= 0 || last <= first || !line.startsWith('HTTP/', last + 1)) return null;
  return requestOf(line.slice(0, first), line.slice(first + 1, last));
}

/** Checks a method and a target; the origin of an absolute one (as proxies log it) is taken off. */
export function requestOf(method: string, target: string): { readonly method: string; readonly target: string } | null {
  if (!/^[A-Z]{3,16}$/.test(method) || target.length > 8192) return null;
  const path = /^https?:\/\/[^/]*/i.test(target) ? target.replace(/^https?:\/\/[^/?]*/i, '') || '/' : target;
  if (!path.startsWith('/')) return null;
  return { method, target: visible(path) };
}

/** nginx and Apache write bytes they would rather not print as `\xHH`: in a URL that is `%HH`. */
function visible(target: string): string {
  const escaped = target.includes('\\') ? target.replace(/\\x([0-9A-Fa-f]{2})/g, '%$1') : target;
  // Blanks, controls and what is not ASCII never belong in a request line; some clients send them, and some servers log them.
  return /[^\x21-\x7e]/.test(escaped)
    ? escaped.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.isWellFormed() ? char : '\ufffd'))
    : escaped;
}

/** `-` is how logs write nothing. */
export function numberOrNull(text: string): number | null {
  if (text === '-' || text === '' || text.length > 24) return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}
