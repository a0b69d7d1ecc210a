import type { Connection } from '../http1/connection.ts';

/** A request that could not be sent: when it was due, and whether it belongs to the measured part. */
export interface Due {
  readonly intended: number;
  readonly counted: boolean;
}

/** When requests are sent, and on which connection. One file a shape. Times in ms of the thread's clock. */
export interface Shape {
  begin(now: number): void;
  /** The connection was made and can carry its first request. */
  opened(connection: Connection, now: number): void;
  /** The connection has read its answer and can carry another request. */
  free(connection: Connection, now: number): void;
  /** The connection has no socket any more and should not be opened before `delay` ms have passed. */
  lost(connection: Connection, now: number, delay: number): void;
  /** An idle connection was closed by the server. */
  dropped(connection: Connection): void;
  /** Takes the request that a failed connection attempt costs; null when none was waiting for it. */
  takeUnconnected(connection: Connection, now: number): Due | null;
  /** The plan is over: what is due is sent, nothing after it. */
  end(now: number): void;
  /** Whether requests are still to be answered. */
  pending(): boolean;
}

/** What a shape may ask of the lane that carries it. */
export interface Carrier {
  readonly connections: readonly Connection[];
  /** Sends the next request of the mix. */
  send(connection: Connection, intended: number, counted: boolean): void;
  /** Calls back not before `delay` ms (timers have a floor of 1 ms); never after the lane has ended. */
  later(delay: number, callback: (now: number) => void): void;
  /** Records requests that were due and never sent: `times` of them, waiting for `waited` ms. */
  unsent(waited: number, times: number): void;
}
