import { type CapturedResponse, MAX_CAPTURE } from '../channel.ts';
import { decodeBody } from '../decode-body.ts';
import { MAX_HEAD_BYTES } from './scanner.ts';

/** Head, body and the framing of its chunks: what is kept of a response that arrives in several reads. */
const MAX_RAW_BYTES = MAX_CAPTURE + MAX_HEAD_BYTES;
/** A larger buffer is given back after its response: many users capture at once. */
const KEPT_BETWEEN = 64 * 1024;

const LF = 10;
const CR = 13;

/** The bytes of one response, for those who want more of it than its status. */
export class RawResponse {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Bytes that were given to `add`, kept or not. */
  seen = 0;

  get overflowed(): boolean {
    return this.seen > this.#length;
  }

  reset(): void {
    this.#length = 0;
    this.seen = 0;
    if (this.#buffer.length > KEPT_BETWEEN) this.#buffer = Buffer.alloc(0);
  }

  /** Copies `from[0, length)`. */
  add(from: Uint8Array, length: number): void {
    this.seen += length;
    const taken = Math.min(length, MAX_RAW_BYTES - this.#length);
    const needed = this.#length + taken;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(MAX_RAW_BYTES, Math.max(4096, needed * 2)));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(from.subarray(0, taken), this.#length);
    this.#length = needed;
  }

  /** Valid until the next `add` or `reset`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/**
 * Headers and body of a response that the scanner found complete. `size`: bytes of its body on the wire, without framing;
 * `cut`: the end of `raw` is missing. The result does not share memory with `raw`.
 */
export function parseResponse(raw: Buffer, size: number, cut: boolean): CapturedResponse {
  let from = 0;
  let head = headAt(raw, from);
  // 1xx answers come before the one that counts.
  while (head.status < 200 && head.end < raw.length) {
    from = head.end;
    head = headAt(raw, from);
  }
  const { headers } = head;
  const received = raw.subarray(head.end);
  // A body without bytes of its own (HEAD, 204, 304) may announce any framing.
  const chunked = size > 0 && /(^|,)\s*chunked\s*$/i.test(fieldValues(headers, 'transfer-encoding'));
  const content = chunked ? joinChunks(received) : Buffer.from(received);
  const { body, truncated } = decodeBody(content, fieldValues(headers, 'content-encoding'), cut);
  return { status: head.status, headers, body, size, truncated };
}

type Headers = CapturedResponse['headers'];

function headAt(raw: Buffer, from: number): { status: number; headers: Headers; end: number } {
  const headers: [string, string][] = [];
  let status = 0;
  let at = from;
  while (at < raw.length) {
    let lf = raw.indexOf(LF, at);
    if (lf < 0) lf = raw.length;
    const to = lf > at && raw[lf - 1] === CR ? lf - 1 : lf;
    const line = raw.toString('latin1', at, to);
    at = lf + 1;
    if (status === 0) {
      status = Number(line.slice(9, 12));
    } else if (line === '') {
      break;
    } else {
      const colon = line.indexOf(':');
      headers.push([line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]);
    }
  }
  return { status, headers, end: Math.min(at, raw.length) };
}

/** Values of all fields with this name, as one list (RFC 9110 §5.3). */
function fieldValues(headers: Headers, wanted: string): string {
  const values = headers.filter(([name]) => name === wanted);
  return values.map(([, value]) => value).join(',');
}

/** The data of chunks, without their frames. The scanner has checked them; their end may be missing. */
function joinChunks(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < raw.length) {
    const lf = raw.indexOf(LF, at);
    if (lf < 0) break;
    const size = Number.parseInt(raw.toString('latin1', at, Math.min(lf, at + 16)), 16);
    if (!(size > 0)) break;
    parts.push(raw.subarray(lf + 1, lf + 1 + size));
    at = lf + 1 + size;
    at += raw[at] === CR ? 2 : 1;
  }
  return Buffer.concat(parts);
}
