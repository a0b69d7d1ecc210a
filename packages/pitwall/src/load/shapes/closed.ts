import { BUSY, CONNECTING, type Connection } from '../http1/connection.ts';
import type { Carrier, Due, Shape } from './shape.ts';

/** Connections that are opened at the same time at the start, so that thousands of users do not overflow a backlog. */
const OPENING_AT_ONCE = 128;

/**
 * Each connection is a user who asks again as soon as the answer is there. A request is intended at the moment the
 * previous answer was complete (the first one: when its connection is asked for), so the time to reconnect to a server
 * that closes is part of the response time. After a failure the user pauses by the back-off, which is not waiting.
 *
 * A closed loop slows down with the server it measures, so it cannot see what users who do not wait would have seen:
 * that is what `constant-rate` is for (coordinated omission; http://hdrhistogram.org, Gil Tene).
 */
export class ClosedShape implements Shape {
  readonly #carrier: Carrier;
  readonly #start: number;
  readonly #end: number;
  #opened = 0;

  constructor(carrier: Carrier, start: number, end: number) {
    this.#carrier = carrier;
    this.#start = start;
    this.#end = end;
  }

  begin(now: number): void {
    for (let i = 0; i < OPENING_AT_ONCE; i++) this.#openNext(now);
  }

  opened(connection: Connection, now: number): void {
    this.#openNext(now);
    this.#send(connection, connection.intended);
  }

  free(connection: Connection, now: number): void {
    this.#send(connection, now);
  }

  lost(connection: Connection, now: number, delay: number): void {
    if (delay === 0) this.#open(connection, now);
    else this.#carrier.later(delay, (later) => this.#open(connection, later));
  }

  dropped(connection: Connection): void {
    this.#open(connection, performance.now());
  }

  takeUnconnected(connection: Connection, now: number): Due {
    this.#openNext(now);
    const { intended } = connection;
    return { intended, counted: intended >= this.#start };
  }

  end(): void {}

  pending(): boolean {
    return this.#carrier.connections.some(({ state }) => state === BUSY || state === CONNECTING);
  }

  #openNext(now: number): void {
    const connection = this.#carrier.connections[this.#opened];
    if (!connection) return;
    this.#opened++;
    this.#open(connection, now);
  }

  #send(connection: Connection, intended: number): void {
    if (intended < this.#end) this.#carrier.send(connection, intended, intended >= this.#start);
  }

  #open(connection: Connection, now: number): void {
    if (now >= this.#end) return;
    connection.intended = now;
    connection.open(now);
  }
}
