import http2 from 'node:http2';
import type net from 'node:net';
import tls from 'node:tls';
import { reasonOf } from '../../errors.ts';
import type { FailureKind } from '../channel.ts';
import type { Dialler } from '../dial.ts';
import type { Http2Channel } from './channel.ts';
import { codeName } from './failure.ts';
import type { Http2Request } from './request.ts';

/** Flow control must not be what is measured: windows that no answer fills before we have read it (RFC 9113 §6.9.2 allows 2^31 − 1). */
const STREAM_WINDOW = 16 * 1024 * 1024;
const SESSION_WINDOW = 1024 * 1024 * 1024;
/** MiB that Node lets a session hold; its default of 10 would refuse streams at a hundred large answers. */
const SESSION_MEMORY = 2048;

const CONNECTING = 0;
const UP = 1;
/** Streams under way end; new ones go elsewhere. */
const ENDING = 2;
const CLOSED = 3;

/**
 * One HTTP/2 connection, from dialling to its end: the channels that share it, and those whose request waits because as many
 * streams are open as the peer allows (SETTINGS_MAX_CONCURRENT_STREAMS).
 */
export class SharedSession {
  /** Answers that were read to their end. */
  answers = 0;
  /** When something last came from the peer, as far as is known (ms). */
  heardAt: number;
  /** Why it ended, as far as anybody said; null while nobody did. */
  reason: string | null = null;
  /** What its end is to the requests on it. */
  failure: FailureKind = 'reset';
  /** From GOAWAY: streams above it were not processed and never will be (RFC 9113 §6.8). */
  lastStreamId = Number.POSITIVE_INFINITY;
  readonly #session: http2.ClientHttp2Session;
  readonly #since: number;
  readonly #members = new Set<Http2Channel>();
  /** In the order in which they came; one that is given up on meanwhile leaves. */
  readonly #waiting = new Set<Http2Channel>();
  #state = CONNECTING;
  #streams = 0;
  #limit = 0;
  #pingedAt = 0;

  /** `origin`, such as `https://shop.example:8443`, is only said: where the connection leads is the dialler's business. */
  constructor(dialler: Dialler, origin: string, now: number) {
    this.#since = now;
    this.heardAt = now;
    const socket: net.Socket = dialler.dial(null, () => this.#dialled(socket));
    // Node reports a failure to connect on the socket, later ones on the session: the first reason is the cause.
    socket.on('error', (error) => this.because(error));
    const session = http2.connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionMemory: SESSION_MEMORY,
    });
    this.#session = session;
    session.on('remoteSettings', (settings) => this.#settings(settings));
    session.on('goaway', (code, lastStreamId) => this.#goaway(code, lastStreamId));
    session.on('error', (error) => this.because(error));
    session.on('close', () => this.#closed());
  }

  /** Whether the connection is gone: its streams cannot be answered any more. */
  get closed(): boolean {
    return this.#state === CLOSED || this.#session.destroyed;
  }

  /** Whether new streams may go to it, now or once it is made. */
  get usable(): boolean {
    return this.#state < ENDING && !this.#session.destroyed;
  }

  /** Takes in a channel, which is told by `joined` (never at once) or `broken`. */
  join(channel: Http2Channel): void {
    this.#members.add(channel);
    if (this.#state === UP) process.nextTick(() => this.#admit(channel));
  }

  leave(channel: Http2Channel): void {
    this.#members.delete(channel);
    this.#waiting.delete(channel);
  }

  /** Lets the channel write its request: now, or when a stream has ended. */
  carry(channel: Http2Channel): void {
    if (this.#hasRoom()) this.#write(channel);
    else if (this.usable) this.#waiting.add(channel);
    else channel.again();
  }

  request({ headers, options }: Http2Request): http2.ClientHttp2Stream {
    return this.#session.request(headers, options);
  }

  /** A stream has ended, whichever way. */
  release(): void {
    this.#streams--;
    this.#next();
  }

  /**
   * A request timed out. A connection on which nothing at all came for that long gets a PING; when that is not answered either,
   * it is given up on.
   */
  suspect(now: number, limit: number): void {
    if (this.closed || now - this.heardAt < limit) return;
    if (this.#pingedAt === 0) {
      this.#pingedAt = now;
      this.#session.ping(() => {
        this.#pingedAt = 0;
        this.heardAt = performance.now();
      });
    } else if (now - this.#pingedAt >= limit) {
      this.failure = 'timeout';
      this.destroy('the connection did not answer a ping in time');
    }
  }

  /**
   * Takes no more streams. For a session that refused the same request twice: after an error of the connection nghttp2 refuses
   * everything by itself, without a word to us, for as long as the peer leaves the connection open.
   */
  retire(): void {
    if (!this.closed) this.#session.close();
    this.#end(ENDING);
  }

  /** Gives up on a connection that was not made within `limit` milliseconds. */
  expire(now: number, limit: number): void {
    if (this.#state === CONNECTING && now - this.#since >= limit) this.destroy('no connection in time');
  }

  /** The first error is the cause: later ones follow from it. */
  because(error: NodeJS.ErrnoException): void {
    if (this.reason !== null) return;
    // What nghttp2 found wrong with the bytes that came.
    if (error.code === 'ERR_HTTP2_ERROR') this.failure = 'protocol';
    this.reason = reasonOf(error);
  }

  destroy(reason: string | null = null): void {
    this.reason ??= reason;
    this.#session.destroy();
  }

  #dialled(socket: net.Socket): void {
    if (socket instanceof tls.TLSSocket && socket.alpnProtocol !== 'h2') {
      this.destroy('the server did not choose h2 in the TLS handshake (ALPN)');
    }
  }

  #settings({ maxConcurrentStreams }: http2.Settings): void {
    this.heardAt = performance.now();
    this.#limit = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    if (this.#state === CONNECTING) {
      this.#state = UP;
      this.#session.setLocalWindowSize(SESSION_WINDOW);
      for (const channel of [...this.#members]) this.#admit(channel);
    }
    this.#next();
  }

  #hasRoom(): boolean {
    return this.#state === UP && this.#streams < this.#limit && !this.#session.destroyed;
  }

  #admit(channel: Http2Channel): void {
    if (this.#state === UP && this.#members.has(channel)) channel.joined();
  }

  #write(channel: Http2Channel): void {
    this.#streams++;
    channel.write();
  }

  #next(): void {
    for (const channel of this.#waiting) {
      if (!this.#hasRoom()) return;
      this.#waiting.delete(channel);
      this.#write(channel);
    }
  }

  #goaway(code: number, lastStreamId: number): void {
    this.lastStreamId = lastStreamId;
    if (code !== http2.constants.NGHTTP2_NO_ERROR) {
      this.reason ??= `the server ended the connection (GOAWAY, ${codeName(code)})`;
    }
    this.#end(ENDING);
  }

  #closed(): void {
    this.#end(CLOSED);
  }

  /** Idle channels go; requests that were not written yet find another session. Those under way hear from their streams. */
  #end(state: typeof ENDING | typeof CLOSED): void {
    const before = this.#state;
    if (before >= state) return;
    this.#state = state;
    const now = performance.now();
    for (const channel of [...this.#members]) channel.ended(this, now);
    for (const channel of this.#waiting) channel.again();
  }
}
