import { ascii, endsWithToken, hasToken, isBlank, isWord, SEMICOLON, SPACE } from './bytes.ts';
import type { HeadMemo } from './head-memo.ts';
import { ServerTiming } from './server-timing.ts';

/**
 * Finds where an HTTP/1.x response ends, without building a string or copying a body: RFC 9112 framing (§2.2 lines,
 * §4 status line, §6 message body, §7.1 chunked, §9.3 persistence). Bytes may arrive split anywhere; only an unfinished
 * line is kept between two reads. One response at a time: the lane does not pipeline.
 */

const STATUS_LINE = 0;
const HEADER = 1;
const BODY_LENGTH = 2;
const BODY_UNTIL_CLOSE = 3;
const CHUNK_SIZE = 4;
const CHUNK_DATA = 5;
const CHUNK_END = 6;
const TRAILER = 7;
const DONE = 8;
const FAILED = 9;

/** Bytes of status line and headers (and separately of trailers and of one chunk-size line) above which we hang up. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** 2^52 in hexadecimal has 14 digits: 13 always stay exact. */
const MAX_CHUNK_DIGITS = 13;

const LF = 10;
const CR = 13;
const COLON = 58;

const HTTP_1 = ascii('HTTP/1.');
const CONTENT_LENGTH = ascii('content-length');
const TRANSFER_ENCODING = ascii('transfer-encoding');
const CONNECTION = ascii('connection');
const CHUNKED = ascii('chunked');
const CLOSE = ascii('close');
const KEEP_ALIVE = ascii('keep-alive');
const SERVER_TIMING = ascii('server-timing');

export class ResponseScanner {
  /** 0 until the status line was read; then the final status (an informational 1xx is read over). */
  status = 0;
  /** True when the response has been read to its end. */
  done = false;
  /** Why the bytes are not a response we can frame; null while they are. */
  error: string | null = null;
  /** After `done`: whether the connection may carry another request. */
  keepAlive = false;
  /** After `done`: bytes of the body, without framing. */
  bodyBytes = 0;
  /** What the server said it took (`Server-Timing`), in ms; NaN when it did not say. */
  serverMs = Number.NaN;
  /** What its databases took of that, as far as it said so, in ms; else NaN. */
  dbMs = Number.NaN;

  #state = STATUS_LINE;
  #toHead = false;
  #headRead = false;
  #minor = 1;
  #length = -1;
  #transferEncoding = false;
  #chunked = false;
  #sawClose = false;
  #sawKeepAlive = false;
  #left = 0;
  #lineBytes = 0;
  #partial: Buffer | null = null;
  #partialLength = 0;
  #memo: HeadMemo | null = null;
  #timing: ServerTiming | null = null;

  /**
   * Prepares for the next response. `toHead` when it answers a HEAD request: a length is then announced, but no body sent.
   * `memo` belongs to the endpoint; the same one for HEAD and others would mix them up.
   */
  start(toHead: boolean, memo: HeadMemo): void {
    this.#memo = memo;
    this.done = false;
    this.error = null;
    this.#toHead = toHead;
    this.#beginHead();
  }

  /** Reads `buffer[from, to)`; returns the position after the last byte that belongs to this response. */
  push(buffer: Uint8Array, from: number, to: number): number {
    let at = from;
    let headFrom = -1;
    if (this.#state === STATUS_LINE && this.#lineBytes === 0) {
      if (this.#memo!.matches(buffer, from, to)) at = this.#recall(from);
      else headFrom = from;
    }
    while (at < to) {
      const state = this.#state;
      if (state === BODY_LENGTH || state === CHUNK_DATA) {
        const taken = Math.min(this.#left, to - at);
        at += taken;
        this.#left -= taken;
        if (this.#left === 0) {
          if (state === BODY_LENGTH) this.#finish();
          else this.#state = CHUNK_END;
        }
      } else if (state === BODY_UNTIL_CLOSE) {
        this.bodyBytes += to - at;
        return to;
      } else if (state >= DONE) {
        return at;
      } else {
        at = this.#readLine(buffer, at, to);
        if (headFrom >= 0 && this.#headRead) {
          this.#learn(buffer, headFrom, at);
          headFrom = -1;
        }
      }
    }
    return at;
  }

  /** The peer closed. True when that is how this response ends, false when it was cut off. */
  end(): boolean {
    if (this.#state === BODY_UNTIL_CLOSE) this.#finish();
    return this.done;
  }

  /** The same head as last time: takes over what it meant. Returns the position after it. */
  #recall(from: number): number {
    const memo = this.#memo!;
    this.status = memo.status;
    this.keepAlive = memo.keepAlive;
    this.serverMs = memo.serverMs;
    this.dbMs = memo.dbMs;
    this.#left = memo.left;
    this.bodyBytes = memo.left;
    this.#lineBytes = 0;
    this.#state = memo.state;
    this.done = memo.state === DONE;
    return from + memo.length;
  }

  #learn(buffer: Uint8Array, from: number, to: number): void {
    const memo = this.#memo!;
    if (!memo.keep(buffer, from, to)) return;
    memo.status = this.status;
    memo.keepAlive = this.keepAlive;
    memo.serverMs = this.serverMs;
    memo.dbMs = this.dbMs;
    memo.left = this.#left;
    memo.state = this.#state;
  }

  #beginHead(): void {
    this.#headRead = false;
    this.status = 0;
    this.keepAlive = false;
    this.serverMs = Number.NaN;
    this.dbMs = Number.NaN;
    this.bodyBytes = 0;
    this.#state = STATUS_LINE;
    this.#left = 0;
    this.#length = -1;
    this.#transferEncoding = false;
    this.#chunked = false;
    this.#sawClose = false;
    this.#sawKeepAlive = false;
    this.#lineBytes = 0;
    this.#partialLength = 0;
  }

  #fail(reason: string): void {
    this.#state = FAILED;
    this.error = reason;
  }

  #finish(): void {
    this.#state = DONE;
    this.done = true;
  }

  #readLine(buffer: Uint8Array, from: number, to: number): number {
    let lf = from;
    while (lf < to && buffer[lf] !== LF) lf++;
    this.#lineBytes += lf - from + 1;
    if (this.#lineBytes > MAX_HEAD_BYTES) {
      this.#fail(`more than ${MAX_HEAD_BYTES} bytes of headers`);
      return to;
    }
    if (lf === to) {
      this.#lineBytes--;
      this.#keepPartial(buffer, from, to);
      return to;
    }
    if (this.#partialLength === 0) {
      this.#line(buffer, from, lf);
    } else {
      this.#keepPartial(buffer, from, lf);
      const length = this.#partialLength;
      this.#partialLength = 0;
      this.#line(this.#partial!, 0, length);
    }
    return lf + 1;
  }

  #keepPartial(buffer: Uint8Array, from: number, to: number): void {
    const needed = this.#partialLength + to - from;
    if (this.#partial === null || this.#partial.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, needed * 2));
      if (this.#partial !== null) this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    this.#partial.set(buffer.subarray(from, to), this.#partialLength);
    this.#partialLength = needed;
  }

  /** A complete line without its LF; the CR before it is optional (RFC 9112 §2.2). */
  #line(b: Uint8Array, from: number, lf: number): void {
    const to = lf > from && b[lf - 1] === CR ? lf - 1 : lf;
    switch (this.#state) {
      case STATUS_LINE:
        this.#statusLine(b, from, to);
        break;
      case HEADER:
        if (to === from) this.#headEnd();
        else this.#header(b, from, to);
        break;
      case CHUNK_SIZE:
        this.#chunkSize(b, from, to);
        break;
      case CHUNK_END:
        if (to !== from) this.#fail('a chunk is longer than announced');
        else this.#beginChunk();
        break;
      default:
        if (to === from) this.#finish();
    }
  }

  #statusLine(b: Uint8Array, from: number, to: number): void {
    let ok = to - from >= 12 && b[from + 8] === SPACE && (to - from === 12 || b[from + 12] === SPACE);
    for (let i = 0; ok && i < HTTP_1.length; i++) ok = b[from + i] === HTTP_1[i];
    if (!ok) {
      this.#fail('the answer does not begin with an HTTP/1.x status line');
      return;
    }
    this.#minor = b[from + 7]! - 48;
    const hundreds = b[from + 9]! - 48;
    const tens = b[from + 10]! - 48;
    const ones = b[from + 11]! - 48;
    const digits = isDigit(this.#minor) && isDigit(tens) && isDigit(ones);
    if (!digits || hundreds < 1 || hundreds > 5) {
      this.#fail('the status line has no valid version and status');
      return;
    }
    this.status = hundreds * 100 + tens * 10 + ones;
    this.#state = HEADER;
  }

  #header(b: Uint8Array, from: number, to: number): void {
    const first = b[from]! | 32;
    let colon = from;
    while (colon < to && b[colon] !== COLON) colon++;
    // A folded line, a line without a name and "Name :" are the classic ways to smuggle a length past a parser.
    if (colon === to || colon === from || isBlank(b[from]) || isBlank(b[colon - 1])) {
      this.#fail('a header line is malformed');
      return;
    }
    if (first === 99) {
      if (isWord(b, from, colon, CONTENT_LENGTH)) this.#contentLength(b, colon + 1, to);
      else if (isWord(b, from, colon, CONNECTION)) {
        if (hasToken(b, colon + 1, to, CLOSE)) this.#sawClose = true;
        if (hasToken(b, colon + 1, to, KEEP_ALIVE)) this.#sawKeepAlive = true;
      }
    } else if (first === 116 && isWord(b, from, colon, TRANSFER_ENCODING)) {
      this.#transferEncoding = true;
      this.#chunked = endsWithToken(b, colon + 1, to, CHUNKED);
    } else if (first === 115 && isWord(b, from, colon, SERVER_TIMING)) {
      this.#timing ??= new ServerTiming();
      if (Number.isNaN(this.serverMs)) this.#timing.reset();
      this.#timing.read(b, colon + 1, to);
      this.serverMs = this.#timing.ms;
      this.dbMs = this.#timing.databaseMs;
    }
  }

  #contentLength(b: Uint8Array, from: number, to: number): void {
    let start = from;
    let stop = to;
    while (start < stop && isBlank(b[start])) start++;
    while (stop > start && isBlank(b[stop - 1])) stop--;
    let value = 0;
    let valid = stop > start && stop - start <= 15;
    for (let i = start; valid && i < stop; i++) {
      const digit = b[i]! - 48;
      valid = isDigit(digit);
      value = value * 10 + digit;
    }
    if (!valid) this.#fail('Content-Length is not a number');
    else if (this.#length >= 0 && this.#length !== value) this.#fail('two different Content-Length headers');
    else this.#length = value;
  }

  #headEnd(): void {
    const { status } = this;
    if (status === 101) {
      this.#fail('the server switched protocols unasked');
      return;
    }
    if (status < 200) {
      this.#beginHead();
      return;
    }
    this.#headRead = true;
    this.keepAlive = this.#minor >= 1 ? !this.#sawClose : this.#sawKeepAlive && !this.#sawClose;
    if (this.#toHead || status === 204 || status === 304) {
      this.#finish();
      return;
    }
    if (this.#transferEncoding) {
      // Both framings at once: the encoding wins and the connection is not to be trusted further (RFC 9112 §6.3).
      if (this.#length >= 0) this.keepAlive = false;
      if (this.#chunked) {
        this.#beginChunk();
        return;
      }
    } else if (this.#length >= 0) {
      if (this.#length === 0) {
        this.#finish();
        return;
      }
      this.#left = this.#length;
      this.bodyBytes = this.#length;
      this.#state = BODY_LENGTH;
      return;
    }
    this.keepAlive = false;
    this.#state = BODY_UNTIL_CLOSE;
  }

  #beginChunk(): void {
    this.#state = CHUNK_SIZE;
    this.#lineBytes = 0;
  }

  #chunkSize(b: Uint8Array, from: number, to: number): void {
    let size = 0;
    let at = from;
    for (; at < to; at++) {
      const digit = hexDigit(b[at]!);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    const digits = at - from;
    while (at < to && isBlank(b[at])) at++;
    if (digits === 0 || digits > MAX_CHUNK_DIGITS || (at < to && b[at] !== SEMICOLON)) {
      this.#fail('a chunk size is malformed');
      return;
    }
    this.#lineBytes = 0;
    this.#left = size;
    this.bodyBytes += size;
    this.#state = size === 0 ? TRAILER : CHUNK_DATA;
  }
}

const isDigit = (value: number): boolean => value >= 0 && value <= 9;

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
