import type { Distribution } from '../model/observation.ts';

/**
 * A channel carries one request at a time for one virtual user: an HTTP/1.1 connection, or a stream of a shared HTTP/2 one.
 * The lane sets and reads the fields of the exchange; a transport fills in what the network did.
 */

export const DOWN = 0;
export const CONNECTING = 1;
export const IDLE = 2;
export const BUSY = 3;

export type FailureKind = 'connect' | 'reset' | 'timeout' | 'protocol';

export interface Channel {
  readonly state: number;
  /** Of the exchange under way: index of its step, and times in ms on the thread's clock. */
  readonly step: number;
  /** Also set by closed shapes while there is no exchange: when the user wanted to go on. */
  intended: number;
  readonly writtenAt: number;
  /**
   * Milliseconds from `send` to the first write that were the peer's doing: HTTP/2 streams beyond its limit wait. Part of
   * `writtenAt − intended`, and not the generator's lateness. 0 in HTTP/1.1.
   */
  readonly held: number;
  readonly firstByteAt: number;
  readonly counted: boolean;
  /** Received for this exchange, with its head. */
  readonly bytes: number;
  /** Final status of the answer. */
  readonly status: number;
  /** After an answer: whether the channel can carry another request (it is IDLE, else DOWN). */
  readonly keepAlive: boolean;
  /** What the server said it took, in ms (`Server-Timing`); NaN when it did not say. */
  readonly serverMs: number;
  /** What its databases took of that, in ms, as the same header says; NaN when it does not. */
  readonly dbMs: number;
  /** Failures in a row, for the back-off. */
  readonly failures: number;
  /** True while a request waits for a fresh connection because the kept one had been closed. */
  readonly resending: boolean;
  /** Position among the worker's channels: which virtual user it belongs to. */
  readonly index: number;

  open(now: number): void;
  /** Writes a request. The channel must be IDLE. */
  send(request: EncodedRequest, step: number, intended: number, counted: boolean): void;
  /** Gives up when the attempt to connect or the request has taken longer than `limit` milliseconds. */
  expire(now: number, limit: number): void;
  /** Closes without telling the owner. */
  close(): void;
  /**
   * Headers and body of the answer just read, for requests that were encoded with `capture`. Only inside `answered`, before
   * the next `send`: the bytes are parsed where they were read.
   */
  captured(): CapturedResponse;
}

/** Told by a channel what became of it; `now` is `performance.now()` of the event, in milliseconds. */
export interface ChannelOwner {
  opened(channel: Channel, now: number): void;
  /** A whole response was read; the channel is IDLE, or DOWN when it could not be kept. */
  answered(channel: Channel, now: number): void;
  /** The request (or the attempt to connect) came to nothing; the channel is DOWN. */
  failed(channel: Channel, kind: FailureKind, reason: string, now: number): void;
  /** The server closed it while nothing was asked: not an error. */
  dropped(channel: Channel): void;
  /** It had been closed before our request arrived; the request is sent again on a fresh one. */
  stale(channel: Channel): void;
}

/** What is to be sent, before it is bytes of one protocol. Checked: see `requestProblem`. */
export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  /** As written; framing headers are the transport's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | null;
  /** Whether headers and body of the answer are wanted (checks, extraction, cookies): costs only those who ask. */
  readonly capture: boolean;
}

/** A request as its transport writes it; made once for a whole run where nothing in it varies. */
export interface EncodedRequest {
  /** The answer to HEAD announces a length and has no body. */
  readonly head: boolean;
  /** Safe to send again when the connection turned out to be closed already (RFC 9110 §9.2.2). */
  readonly idempotent: boolean;
  readonly capture: boolean;
}

export interface CapturedResponse {
  readonly status: number;
  /** In the order received, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Decoded (chunked, gzip, deflate, br, zstd); at most MAX_CAPTURE bytes. */
  readonly body: Uint8Array;
  /** Size of the body on the wire, without framing. */
  readonly size: number;
  /** True when the body was longer than MAX_CAPTURE and the rest is missing. */
  readonly truncated: boolean;
}

/** Bytes of one response that are kept for checks and extraction. */
export const MAX_CAPTURE = 1024 * 1024;

/** What connecting took, over the whole of a worker. */
export interface TransportCounts {
  /** As negotiated: `http/1.1`, `h2`. */
  readonly protocol: string;
  readonly opened: number;
  readonly connect: Distribution;
  readonly tls: {
    readonly version: string;
    readonly cipher: string;
    readonly handshake: Distribution;
    readonly resumed: number;
  } | null;
}

/** One protocol to one place, for one worker. */
export interface Transport {
  readonly channels: readonly Channel[];
  encode(request: PlainRequest): EncodedRequest;
  counts(): TransportCounts;
  close(): void;
}
