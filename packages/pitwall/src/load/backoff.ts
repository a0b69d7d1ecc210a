import type { FailureKind } from './channel.ts';

/** Back-off after failures in a row (ms): doubles from the first to the last, so that a refusing server is left alone. */
const BACKOFF = { first: 10, last: 1000 };

/** Pause (ms) before the connection is opened again. A timeout has been pause enough. */
export function backoff(kind: FailureKind, failuresInARow: number): number {
  return kind === 'timeout' ? 0 : Math.min(BACKOFF.last, BACKOFF.first * 2 ** (failuresInARow - 1));
}
