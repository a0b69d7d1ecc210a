import http2 from 'node:http2';
import {
  BUSY,
  type CapturedResponse,
  type Channel,
  type ChannelOwner,
  CONNECTING,
  DOWN,
  type FailureKind,
  IDLE,
  MAX_CAPTURE,
} from '../channel.ts';
import { decodeBody } from '../decode-body.ts';
import { ServerTiming } from '../http1/server-timing.ts';
import { failureOf } from './failure.ts';
import type { Http2Request } from './request.ts';
import type { SharedSession } from './session.ts';

/** Gives a channel the session that new streams go to at the moment. */
export type CurrentSession = (now: number) => SharedSession;

/** Where a stream's events go; null once the channel has no more to do with it. */
const CHANNEL = Symbol('channel');
interface Carrying extends http2.ClientHttp2Stream {
  [CHANNEL]: Http2Channel | null;
}

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = http2.constants;

/**
 * One virtual user: a stream at a time on a connection that it shares with others. `bytes` counts DATA (bodies as sent);
 * `node:http2` does not say how long the compressed header blocks were.
 */
export class Http2Channel implements Channel {
  state = DOWN;
  step = 0;
  intended = 0;
  writtenAt = 0;
  firstByteAt = 0;
  counted = false;
  bytes = 0;
  status = 0;
  keepAlive = false;
  serverMs = Number.NaN;
  dbMs = Number.NaN;
  failures = 0;
  resending = false;
  held = 0;
  readonly index: number;

  readonly #owner: ChannelOwner;
  readonly #current: CurrentSession;
  #session: SharedSession | null = null;
  #stream: Carrying | null = null;
  #request: Http2Request | null = null;
  #resent = false;
  #refusedBy: SharedSession | null = null;
  #since = 0;
  /** Content-Length, when a body is to come. */
  #announced = 0;
  #rawHeaders: readonly string[] = [];
  #chunks: Buffer[] = [];
  #timing: ServerTiming | null = null;

  constructor(owner: ChannelOwner, current: CurrentSession, index: number) {
    this.#owner = owner;
    this.#current = current;
    this.index = index;
  }

  open(now: number): void {
    this.resending = false;
    this.#join(now);
  }

  send(request: Http2Request, step: number, intended: number, counted: boolean): void {
    this.step = step;
    this.intended = intended;
    this.counted = counted;
    this.#request = request;
    this.#resent = false;
    this.#begin(performance.now());
  }

  expire(now: number, limit: number): void {
    if (this.state === BUSY && now - this.writtenAt >= limit) {
      if (limit > 0) this.#session?.suspect(now, limit);
      // Giving up on the session may have been the end of this request.
      if (this.state === BUSY) this.#fail('timeout', 'no complete answer in time', now);
    } else if (this.state === CONNECTING && now - this.#since >= limit) {
      const session = this.#session;
      this.#fail('connect', 'no connection in time', now);
      session?.expire(now, limit);
    }
  }

  close(): void {
    this.state = DOWN;
    const session = this.#session;
    this.#session = null;
    session?.leave(this);
    this.#drop(session);
  }

  captured(): CapturedResponse {
    const headers: [string, string][] = [];
    const encodings: string[] = [];
    for (let i = 0; i + 1 < this.#rawHeaders.length; i += 2) {
      const name = this.#rawHeaders[i]!;
      if (name.startsWith(':')) continue;
      headers.push([name, this.#rawHeaders[i + 1]!]);
      if (name === 'content-encoding') encodings.push(this.#rawHeaders[i + 1]!);
    }
    const kept = Buffer.concat(this.#chunks);
    const { body, truncated } = decodeBody(kept, encodings.join(','), kept.length < this.bytes);
    return { status: this.status, headers, body, size: this.bytes, truncated };
  }

  // Told by the session.

  /** The session can carry streams. */
  joined(): void {
    if (this.state !== CONNECTING) return;
    this.state = IDLE;
    if (this.resending) {
      this.resending = false;
      this.#begin(performance.now());
    } else {
      this.#owner.opened(this, performance.now());
    }
  }

  /** No new stream on this session: it ends, or is closed. */
  ended(session: SharedSession, now: number): void {
    if (this.state === IDLE) {
      this.close();
      this.#owner.dropped(this);
    } else if (this.state === CONNECTING) {
      this.#fail('connect', session.reason ?? 'the connection was closed at once', now);
    }
  }

  /** The request has not been processed: once more, on whatever session is there. */
  again(): void {
    this.close();
    this.resending = true;
    this.#owner.stale(this);
    this.#join(performance.now());
  }

  write(): void {
    const request = this.#request!;
    const now = performance.now();
    this.held += now - this.writtenAt;
    this.writtenAt = now;
    const stream = this.#session!.request(request) as Carrying;
    stream[CHANNEL] = this;
    this.#stream = stream;
    stream.on('response', onResponse);
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('close', onClose);
    if (request.body !== null) stream.end(request.body);
  }

  // Told by the stream.

  responded(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader, rawHeaders: readonly string[]): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.status = headers[':status'] ?? 0;
    const length = headers['content-length'];
    const bodiless = this.#request!.head || this.status === 204 || this.status === 304;
    this.#announced = length === undefined || bodiless ? 0 : Number(length);
    const timing = headers['server-timing'];
    if (timing !== undefined) this.#timed(String(timing));
    if (this.#request!.capture) this.#rawHeaders = rawHeaders;
  }

  received(chunk: Buffer): void {
    if (this.firstByteAt === 0) this.firstByteAt = performance.now();
    this.bytes += chunk.length;
    if (this.#request!.capture && this.bytes - chunk.length < MAX_CAPTURE) this.#chunks.push(chunk);
  }

  finished(stream: http2.ClientHttp2Stream): void {
    const now = performance.now();
    const session = this.#session!;
    // Then it has not ended, only stopped: `broken` comes next.
    if (this.status === 0 || stream.rstCode !== NGHTTP2_NO_ERROR) return;
    if (this.bytes < this.#announced) {
      this.#fail('protocol', 'the answer is shorter than it announced', now);
      return;
    }
    session.heardAt = now;
    session.answers++;
    this.failures = 0;
    this.#drop(session);
    this.keepAlive = session.usable;
    if (this.keepAlive) this.state = IDLE;
    else this.close();
    this.#owner.answered(this, now);
  }

  erred(error: NodeJS.ErrnoException): void {
    if (this.#session?.closed && error.code !== 'ERR_HTTP2_STREAM_ERROR') this.#session.because(error);
  }

  /** The stream is gone and its answer was not complete. */
  broken(stream: http2.ClientHttp2Stream): void {
    const session = this.#session!;
    const { refused, kind, reason } = failureOf(stream, session);
    const nothing = this.bytes === 0 && this.status === 0;
    const unheard = session.closed && nothing && session.answers > 0 && this.#request!.idempotent;
    if (!this.#resent && (refused || unheard)) {
      this.#resent = true;
      this.#refusedBy = refused ? session : null;
      this.again();
    } else {
      if (refused && this.#refusedBy === session) session.retire();
      this.#fail(kind, reason, performance.now());
    }
  }

  #join(now: number): void {
    this.state = CONNECTING;
    this.#since = now;
    this.#session = this.#current(now);
    this.#session.join(this);
  }

  #begin(now: number): void {
    this.state = BUSY;
    this.bytes = 0;
    this.status = 0;
    this.firstByteAt = 0;
    this.serverMs = Number.NaN;
    this.dbMs = Number.NaN;
    this.held = 0;
    // Until it is written: when it began to wait for that.
    this.writtenAt = now;
    if (this.#chunks.length > 0) this.#chunks = [];
    this.#session!.carry(this);
  }

  /** Lets go of the stream; one that has not ended is cancelled. */
  #drop(session: SharedSession | null): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    stream[CHANNEL] = null;
    if (!stream.readableEnded || !stream.writableFinished) stream.close(NGHTTP2_CANCEL);
    session?.release();
  }

  #timed(value: string): void {
    const bytes = Buffer.from(value, 'latin1');
    this.#timing ??= new ServerTiming();
    this.#timing.reset();
    this.#timing.read(bytes, 0, bytes.length);
    this.serverMs = this.#timing.ms;
    this.dbMs = this.#timing.databaseMs;
  }

  #fail(kind: FailureKind, reason: string, now: number): void {
    this.close();
    this.failures++;
    this.#owner.failed(this, kind, reason, now);
  }
}

// Listeners that all streams share: one for each stream and event would be garbage by the million.
function onResponse(
  this: Carrying,
  headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
  _flags: number,
  rawHeaders: readonly string[],
): void {
  this[CHANNEL]?.responded(headers, rawHeaders);
}

function onData(this: Carrying, chunk: Buffer): void {
  this[CHANNEL]?.received(chunk);
}

function onEnd(this: Carrying): void {
  this[CHANNEL]?.finished(this);
}

function onClose(this: Carrying): void {
  this[CHANNEL]?.broken(this);
}

/** The streams of a broken session hear of its error before the session tells. What went wrong with a stream alone, its code says. */
function onError(this: Carrying, error: NodeJS.ErrnoException): void {
  this[CHANNEL]?.erred(error);
}
