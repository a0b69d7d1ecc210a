import { ascii, COMMA, isBlank, isTrimmedWord, SEMICOLON } from './bytes.ts';

const QUOTE = 34;
const DOT = 46;
const EQUALS = 61;
const BACKSLASH = 92;

const TOTAL = ascii('total');
const DUR = ascii('dur');
/** How metrics about databases and caches begin: `db`, `sqlite`, `postgresql`, `db-read`, `mongodb` … */
const DATABASES = ['db', 'sql', 'pg', 'postgres', 'mysql', 'mongo', 'redis', 'cache', 'database'].map(ascii);
/** More digits say nothing about a duration, and would leave the exact numbers. */
const MAX_DIGITS = 15;

/**
 * What servers say they took, from `Server-Timing` headers (W3C Server Timing §4): the duration of the metric `total`, or
 * else the longest one; and what databases took of it, as the sum of the metrics that are called like one. Milliseconds.
 * Reads bytes, so that a header in every response makes no garbage.
 */
export class ServerTiming {
  #total = Number.NaN;
  #longest = Number.NaN;
  #database = Number.NaN;

  /** NaN when no metric with a duration was read. */
  get ms(): number {
    return Number.isNaN(this.#total) ? this.#longest : this.#total;
  }

  /** NaN when none of the metrics with a duration is about a database. */
  get databaseMs(): number {
    return this.#database;
  }

  reset(): void {
    this.#total = Number.NaN;
    this.#longest = Number.NaN;
    this.#database = Number.NaN;
  }

  /** Reads one header value, `b[from, to)`: `db;dur=53.2, total;desc="all, of it";dur=80`. What is malformed is passed over. */
  read(b: Uint8Array, from: number, to: number): void {
    let start = from;
    while (start < to) {
      const end = next(b, start, to, COMMA);
      this.#metric(b, start, end);
      start = end + 1;
    }
  }

  #metric(b: Uint8Array, from: number, to: number): void {
    const nameEnd = next(b, from, to, SEMICOLON);
    let start = nameEnd + 1;
    while (start < to) {
      const end = next(b, start, to, SEMICOLON);
      const equals = next(b, start, end, EQUALS);
      if (equals < end && isTrimmedWord(b, start, equals, DUR)) {
        const value = decimal(b, equals + 1, end);
        if (Number.isNaN(value)) return;
        if (isTrimmedWord(b, from, nameEnd, TOTAL)) this.#total = value;
        if (!(value <= this.#longest)) this.#longest = value;
        if (isDatabase(b, from, nameEnd))
          this.#database = Number.isNaN(this.#database) ? value : this.#database + value;
        return;
      }
      start = end + 1;
    }
  }
}

/** Whether a metric's name begins like that of a database. */
function isDatabase(b: Uint8Array, from: number, to: number): boolean {
  let start = from;
  while (start < to && isBlank(b[start])) start++;
  return DATABASES.some((word) => {
    if (to - start < word.length) return false;
    for (let i = 0; i < word.length; i++) if ((b[start + i]! | 32) !== word[i]) return false;
    return true;
  });
}

/** Position of the next `separator` outside quotes, or `to`. */
function next(b: Uint8Array, from: number, to: number, separator: number): number {
  let quoted = false;
  for (let at = from; at < to; at++) {
    const byte = b[at]!;
    if (quoted && byte === BACKSLASH) at++;
    else if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && byte === separator) return at;
  }
  return to;
}

/** A number such as `53.2`, perhaps quoted; NaN when it is anything else. */
function decimal(b: Uint8Array, from: number, to: number): number {
  let start = from;
  let stop = to;
  while (start < stop && (isBlank(b[start]) || b[start] === QUOTE)) start++;
  while (stop > start && (isBlank(b[stop - 1]) || b[stop - 1] === QUOTE)) stop--;
  let value = 0;
  let scale = 0;
  let digits = 0;
  for (let at = start; at < stop; at++) {
    const byte = b[at]!;
    if (byte === DOT && scale === 0) {
      scale = 1;
    } else if (byte >= 48 && byte <= 57) {
      if (++digits > MAX_DIGITS) return scale > 0 ? value / scale : Number.NaN;
      value = value * 10 + byte - 48;
      scale *= 10;
    } else {
      return Number.NaN;
    }
  }
  if (digits === 0) return Number.NaN;
  return scale > 0 ? value / scale : value;
}
