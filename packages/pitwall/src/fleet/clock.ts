import type { Connection } from './database.ts';

/** How the clock of the store relates to CLOCK_MONOTONIC of this process. Milliseconds. */
export interface ClockOffset {
  /** Time of the store (since 1970) − time of this process. */
  readonly offset: number;
  /** The truth lies within offset ± this. */
  readonly uncertainty: number;
}

/** One question: when it was asked and answered here, and what the store's clock said in between. Milliseconds. */
export interface ClockSample {
  readonly sent: number;
  readonly received: number;
  readonly store: number;
}

const SAMPLES = 12;

/**
 * Offset of two clocks from questions and answers. The store's clock was read at some moment between sending and receiving,
 * so a sample bounds the offset to half its round trip around the middle; the quickest sample bounds it best.
 * Source: RFC 5905 §8 and §10 (NTP: offset, and the clock filter that trusts the sample of least delay).
 */
export function offsetOf(samples: readonly ClockSample[]): ClockOffset {
  const quickest = samples.reduce((best, each) => (roundTrip(each) < roundTrip(best) ? each : best));
  return {
    offset: quickest.store - (quickest.sent + quickest.received) / 2,
    uncertainty: roundTrip(quickest) / 2,
  };
}

const roundTrip = ({ sent, received }: ClockSample): number => received - sent;

/** Asks the store for the time, one question after the other on one connection. `now` in ms, monotonic. */
export function measureClock(
  transaction: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>,
  now: () => number,
): Promise<ClockOffset> {
  return transaction(async (connection) => {
    const samples: ClockSample[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      const sent = now();
      const [row] = await connection.query<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
      );
      samples.push({ sent, received: now(), store: row!.now });
    }
    return offsetOf(samples);
  });
}

/** Reads of the wall clock: a pause of the process between two instructions spoils one, hardly all. */
const READS = 4;

/**
 * Wall clock − monotonic clock of this host, in ms. `Date.now()` shows whole milliseconds, so it is read at the moment when
 * it changes; that takes a millisecond at most. What comes in between makes the difference smaller, never larger.
 */
export function wallClockOffset(now: () => number, wallClock: () => number = Date.now): number {
  return Math.max(...Array.from({ length: READS }, () => readAtChange(now, wallClock)));
}

function readAtChange(now: () => number, wallClock: () => number): number {
  const first = wallClock();
  for (;;) {
    const wall = wallClock();
    const at = now();
    if (wall !== first) return wall - at;
  }
}
