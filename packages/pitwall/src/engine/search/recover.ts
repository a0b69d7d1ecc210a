import { PitwallError } from '../../errors.ts';
import { runConfiguredLoad } from '../load.ts';
import type { LoadOverrides } from '../load-options.ts';
import type { Session } from '../session.ts';

/** Seconds of a probe with one user: long enough for a few answers of a service at rest. */
const PROBE = { least: 0.5, most: 10, answers: 4 } as const;
/** Seconds until a service counts as not coming back; and how long one is waited for that was never seen at rest. */
const PATIENCE = { known: 60, unknown: 10 } as const;
/** A service has come back when its median is at most this many times what it was at rest, or this many seconds more. */
const BACK = { times: 2, seconds: 0.005 } as const;

/**
 * Waits until a service has done what it was overloaded with: what it had accepted it goes on working on after the load has
 * ended, and the next step would measure that. One user asks until answers are as quick as they were at rest (`calm`:
 * median service time in seconds, null when it was never seen at rest). False when it does not come back.
 */
export async function recovered(
  session: Session,
  options: {
    readonly calm: number | null;
    readonly overrides: LoadOverrides;
    readonly signal: AbortSignal;
    readonly stop: AbortSignal;
  },
): Promise<boolean> {
  const { environment } = session;
  const { calm, stop } = options;
  const until = environment.now() + (calm === null ? PATIENCE.unknown : PATIENCE.known);
  while (environment.now() < until) {
    if (stop.aborted) return true;
    const median = await probe(session, options);
    if (median !== null && isCalm(median, calm)) return true;
  }
  return calm === null;
}

export function isCalm(median: number, calm: number | null): boolean {
  return calm === null || median <= Math.max(BACK.times * calm, calm + BACK.seconds);
}

/** One user of a load. The connections that its users share (HTTP/2) are more than one user can have. */
export function probeOf(overrides: LoadOverrides, seconds: number): LoadOverrides {
  return { ...overrides, shape: 'closed', users: 1, connections: 1, workers: 1, duration: seconds, warmup: 0 };
}

/** Median service time of one user, or null when not every request was answered with success. */
async function probe(session: Session, options: Parameters<typeof recovered>[1]): Promise<number | null> {
  const { overrides, signal, stop } = options;
  const seconds = Math.min(PROBE.most, Math.max(PROBE.least, PROBE.answers * (options.calm ?? 0)));
  try {
    const { result } = await runConfiguredLoad(session, {
      signal,
      stop,
      watch: false,
      overrides: probeOf(overrides, seconds),
    });
    const failed = Object.values(result.errors).reduce((sum, times) => sum + times, 0);
    return result.ok > 0 && failed === 0 ? result.latency.service.p50 : null;
  } catch (error) {
    if (stop.aborted) return null;
    if (!(error instanceof PitwallError) || error.code !== 'LOAD_UNREACHABLE') throw error;
    await session.environment.sleep(PROBE.least, AbortSignal.any([signal, stop])).catch(() => {});
    return null;
  }
}
