import type net from 'node:net';
import { performance } from 'node:perf_hooks';
import { reasonOf } from '../../errors.ts';
import {
  BUSY,
  type CapturedResponse,
  type Channel,
  type ChannelOwner,
  CONNECTING,
  DOWN,
  type FailureKind,
  IDLE,
} from '../channel.ts';
import type { Dialler } from '../dial.ts';
import { parseResponse, RawResponse } from './captured.ts';
import { HeadMemo } from './head-memo.ts';
import type { Http1Request } from './request.ts';
import { ResponseScanner } from './scanner.ts';

/** What all connections of a worker have in common. */
export interface Common {
  readonly dialler: Dialler;
  readonly owner: ChannelOwner;
  /** All sockets read into it: a read is handled to its end before the next one is delivered. */
  readonly buffer: Buffer;
  /** What answers looked like last time: two a step, the second one for HEAD. */
  readonly memos: HeadMemo[];
}

/** One slot of the load: a socket that carries one request at a time and can be reopened. */
export class Connection implements Channel {
  state = DOWN;
  step = 0;
  intended = 0;
  writtenAt = 0;
  firstByteAt = 0;
  counted = false;
  bytes = 0;
  failures = 0;
  resending = false;
  readonly held = 0;
  readonly index: number;

  readonly #common: Common;
  readonly #scanner = new ResponseScanner();
  #socket: net.Socket | null = null;
  #request: Http1Request | null = null;
  #raw: RawResponse | null = null;
  #answersOnSocket = 0;
  #connectingSince = 0;

  constructor(common: Common, index: number) {
    this.#common = common;
    this.index = index;
  }

  get status(): number {
    return this.#scanner.status;
  }

  get keepAlive(): boolean {
    return this.#scanner.keepAlive;
  }

  get serverMs(): number {
    return this.#scanner.serverMs;
  }

  get dbMs(): number {
    return this.#scanner.dbMs;
  }

  open(now: number): void {
    this.resending = false;
    this.#connect(now);
  }

  send(request: Http1Request, step: number, intended: number, counted: boolean): void {
    this.step = step;
    this.intended = intended;
    this.counted = counted;
    this.#request = request;
    this.#write(request);
  }

  expire(now: number, limit: number): void {
    if (this.state === BUSY && now - this.writtenAt >= limit) {
      this.#fail('timeout', 'no complete answer in time', now);
    } else if (this.state === CONNECTING && now - this.#connectingSince >= limit) {
      this.#fail('connect', 'no connection in time', now);
    }
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.state = DOWN;
    socket?.destroy();
  }

  captured(): CapturedResponse {
    // The last read is still in the buffer of all; what came before it was kept.
    const { buffer } = this.#common;
    const kept = this.#raw?.seen ?? 0;
    const last = this.bytes - kept;
    if (kept === 0) return parseResponse(buffer.subarray(0, last), this.#scanner.bodyBytes, false);
    this.#raw!.add(buffer, last);
    return parseResponse(this.#raw!.bytes(), this.#scanner.bodyBytes, this.#raw!.overflowed);
  }

  #connect(now: number): void {
    this.state = CONNECTING;
    this.#connectingSince = now;
    this.#answersOnSocket = 0;
    const { dialler, buffer } = this.#common;
    const callback = (length: number): boolean => {
      if (this.#socket === socket) this.#read(length);
      return true;
    };
    const socket = dialler.dial({ buffer, callback }, () => {
      if (this.#socket === socket) this.#connected();
    });
    this.#socket = socket;
    socket.on('error', (error) => {
      if (this.#socket === socket) this.#closed(reasonOf(error));
    });
    const ended = () => {
      if (this.#socket === socket) this.#closed(null);
    };
    socket.on('end', ended);
    socket.on('close', ended);
  }

  #write(request: Http1Request): void {
    const { memos } = this.#common;
    const index = this.step * 2 + (request.head ? 1 : 0);
    this.bytes = 0;
    this.state = BUSY;
    if (request.capture) this.#raw?.reset();
    this.#scanner.start(request.head, memos[index] ?? memoAt(memos, index));
    this.writtenAt = performance.now();
    // The encoding is for strings; bytes go as they are.
    this.#socket!.write(request.payload, 'latin1');
  }

  #connected(): void {
    this.state = IDLE;
    if (this.resending) {
      this.resending = false;
      this.#write(this.#request!);
    } else {
      this.#common.owner.opened(this, performance.now());
    }
  }

  #read(length: number): void {
    const now = performance.now();
    if (this.state !== BUSY) {
      // Words nobody asked for, such as a 408 before the server hangs up.
      this.close();
      this.#common.owner.dropped(this);
      return;
    }
    if (this.bytes === 0) this.firstByteAt = now;
    this.bytes += length;
    const scanner = this.#scanner;
    const used = scanner.push(this.#common.buffer, 0, length);
    if (scanner.done && used === length) this.#complete(now);
    else if (scanner.error !== null) this.#fail('protocol', scanner.error, now);
    else if (scanner.done) this.#fail('protocol', 'more bytes arrived than the response announced', now);
    else if (this.#request!.capture) this.#keep(length);
  }

  #keep(length: number): void {
    this.#raw ??= new RawResponse();
    this.#raw.add(this.#common.buffer, length);
  }

  #complete(now: number): void {
    this.#answersOnSocket++;
    this.failures = 0;
    if (this.#scanner.keepAlive) this.state = IDLE;
    else this.close();
    this.#common.owner.answered(this, now);
  }

  #closed(reason: string | null): void {
    const now = performance.now();
    if (this.state === CONNECTING) {
      this.#fail('connect', reason ?? 'the connection was closed at once', now);
    } else if (this.state === IDLE) {
      this.close();
      this.#common.owner.dropped(this);
    } else if (reason === null && this.#scanner.end()) {
      this.#complete(now);
    } else if (this.bytes === 0 && this.#answersOnSocket > 0 && this.#request!.idempotent) {
      this.close();
      this.resending = true;
      this.#common.owner.stale(this);
      this.#connect(now);
    } else {
      this.#fail('reset', reason ?? 'the connection was closed before the answer was complete', now);
    }
  }

  #fail(kind: FailureKind, reason: string, now: number): void {
    this.close();
    this.failures++;
    this.#common.owner.failed(this, kind, reason, now);
  }
}

function memoAt(memos: HeadMemo[], index: number): HeadMemo {
  while (memos.length <= index) memos.push(new HeadMemo());
  return memos[index]!;
}
