import net from 'node:net';
import tls from 'node:tls';
import { reasonOf } from '../../errors.ts';
import type { EncodedRequest } from './request.ts';
import { ResponseScanner } from './scanner.ts';

/** Where the connections go: one checked address, so that a name cannot resolve differently half-way through. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** Set for https. Verification is Node's default unless `rejectUnauthorized` is false. */
  readonly tls?: { readonly servername?: string; readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

const DOWN = 0;
export const CONNECTING = 1;
const IDLE = 2;
export const BUSY = 3;

export type FailureKind = 'connect' | 'reset' | 'timeout' | 'protocol';

/** Told by a connection what became of it; `now` is `performance.now()` of the event, in milliseconds. */
export interface ConnectionOwner {
  opened(connection: Connection, now: number): void;
  /** A whole response was read; the connection is IDLE, or DOWN when it could not be kept. */
  answered(connection: Connection, now: number): void;
  /** The request (or the attempt to connect) came to nothing; the connection is DOWN. */
  failed(connection: Connection, kind: FailureKind, reason: string, now: number): void;
  /** The server closed it while nothing was asked: not an error. */
  dropped(connection: Connection): void;
  /** It had been closed before our request arrived; the request is sent again on a fresh one. */
  stale(connection: Connection): void;
}

/**
 * One slot of the load: a socket that carries one request at a time and can be reopened. All connections of a thread
 * read into the same buffer: a read is handled to its end before the next one is delivered.
 */
export class Connection {
  state = DOWN;
  /** Of the request under way: its index in the mix, and times in ms on the thread's clock. */
  endpoint = 0;
  intended = 0;
  writtenAt = 0;
  counted = false;
  bytes = 0;
  /** Failures in a row, for the back-off. */
  failures = 0;
  /** True while a request waits for a fresh connection because the kept one had been closed. */
  resending = false;
  readonly scanner = new ResponseScanner();

  readonly #to: Endpoint;
  readonly #buffer: Uint8Array;
  readonly #owner: ConnectionOwner;
  #socket: net.Socket | null = null;
  #request: EncodedRequest | null = null;
  #answersOnSocket = 0;
  #connectingSince = 0;

  constructor(to: Endpoint, buffer: Uint8Array, owner: ConnectionOwner) {
    this.#to = to;
    this.#buffer = buffer;
    this.#owner = owner;
  }

  open(now: number): void {
    this.resending = false;
    this.#connect(now);
  }

  /** Writes a request. The connection must be IDLE. */
  send(request: EncodedRequest, endpoint: number, intended: number, counted: boolean): void {
    this.endpoint = endpoint;
    this.intended = intended;
    this.counted = counted;
    this.#request = request;
    this.#write(request);
  }

  /** Gives up when the connection attempt or the request has taken longer than `limit` milliseconds. */
  expire(now: number, limit: number): void {
    if (this.state === BUSY && now - this.writtenAt >= limit) {
      this.#fail('timeout', 'no complete answer in time', now);
    } else if (this.state === CONNECTING && now - this.#connectingSince >= limit) {
      this.#fail('connect', 'no connection in time', now);
    }
  }

  /** Closes without telling the owner. */
  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.state = DOWN;
    socket?.destroy();
  }

  #connect(now: number): void {
    this.state = CONNECTING;
    this.#connectingSince = now;
    this.#answersOnSocket = 0;
    const { address, port } = this.#to;
    const onread = {
      buffer: this.#buffer,
      callback: (length: number): boolean => {
        if (this.#socket === socket) this.#read(length);
        return true;
      },
    };
    const socket: net.Socket = this.#to.tls
      ? tls.connect({ ...this.#to.tls, host: address, port, onread } as tls.ConnectionOptions)
      : net.connect({ host: address, port, onread });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on(this.#to.tls ? 'secureConnect' : 'connect', () => {
      if (this.#socket === socket) this.#connected();
    });
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#closed(reasonOf(error));
    });
    const ended = () => {
      if (this.#socket === socket) this.#closed(null);
    };
    socket.on('end', ended);
    socket.on('close', ended);
  }

  #write(request: EncodedRequest): void {
    this.bytes = 0;
    this.state = BUSY;
    this.scanner.start(request.head, request.memo);
    this.writtenAt = performance.now();
    this.#socket!.write(request.bytes);
  }

  #connected(): void {
    this.state = IDLE;
    if (this.resending) {
      this.resending = false;
      this.#write(this.#request!);
    } else {
      this.#owner.opened(this, performance.now());
    }
  }

  #read(length: number): void {
    const now = performance.now();
    const { scanner } = this;
    if (this.state !== BUSY) {
      // Words nobody asked for, such as a 408 before the server hangs up.
      this.close();
      this.#owner.dropped(this);
      return;
    }
    this.bytes += length;
    const used = scanner.push(this.#buffer, 0, length);
    if (scanner.done && used === length) this.#complete(now);
    else if (scanner.error !== null) this.#fail('protocol', scanner.error, now);
    else if (scanner.done) this.#fail('protocol', 'more bytes arrived than the response announced', now);
  }

  #complete(now: number): void {
    this.#answersOnSocket++;
    this.failures = 0;
    if (this.scanner.keepAlive) this.state = IDLE;
    else this.close();
    this.#owner.answered(this, now);
  }

  #closed(reason: string | null): void {
    const now = performance.now();
    if (this.state === CONNECTING) {
      this.#fail('connect', reason ?? 'the connection was closed at once', now);
    } else if (this.state === IDLE) {
      this.close();
      this.#owner.dropped(this);
    } else if (reason === null && this.scanner.end()) {
      this.#complete(now);
    } else if (this.bytes === 0 && this.#answersOnSocket > 0 && this.#request!.idempotent) {
      this.close();
      this.resending = true;
      this.#owner.stale(this);
      this.#connect(now);
    } else {
      this.#fail('reset', reason ?? 'the connection was closed before the answer was complete', now);
    }
  }

  #fail(kind: FailureKind, reason: string, now: number): void {
    this.close();
    this.failures++;
    this.#owner.failed(this, kind, reason, now);
  }
}
