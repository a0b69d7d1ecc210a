import { PitwallError } from '../../errors.ts';
import type { Invocation } from '../command.ts';

/** As in cli/main.ts: all of them ask a run to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/**
 * A second signal so soon (ms) after the first is the same Ctrl-C: npm, npx and shells' wrappers pass on what the terminal has
 * given to the whole process group already. Nobody presses twice within it.
 */
const SAME = 100;

export interface Stopping {
  /** Aborted by the first signal: the load ends in order, and its result is kept. */
  readonly stop: AbortSignal;
  /** Aborted by the second one: it ends at once. */
  readonly signal: AbortSignal;
  /** Takes the listeners back. */
  dispose(): void;
}

/**
 * What a failure means that came of an interruption, so that nothing is there to be kept: LOAD_INTERRUPTED_TWICE, or
 * LOAD_INTERRUPTED_EARLY with `when` it was. Null when the failure was another one.
 */
export function interruptionOf(error: unknown, { stop, signal }: Stopping, when: string): PitwallError | null {
  // Node's own rejection of an aborted wait means the same as our reason.
  const isAbort = error instanceof Error && error.name === 'AbortError';
  if (signal.aborted && (isAbort || error === signal.reason)) return signal.reason as PitwallError;
  if (!stop.aborted || !(isAbort || error === stop.reason)) return null;
  return new PitwallError('LOAD_INTERRUPTED_EARLY', { when });
}

/**
 * Two ways to end a load: the first Ctrl-C (or SIGTERM, SIGHUP) ends the measured part and the result is kept, the second one
 * ends at once. `onFirst` is called when the first one comes. Counts signals by itself: in which order the listeners of the
 * process are called does not matter.
 */
export function stoppingOf(invocation: Invocation, onFirst?: () => void): Stopping {
  const now = new AbortController();
  let first = invocation.signal.aborted ? Number.NEGATIVE_INFINITY : null;
  const again = () => {
    const at = performance.now();
    if (first === null) {
      first = at;
      onFirst?.();
    } else if (at - first >= SAME) {
      now.abort(new PitwallError('LOAD_INTERRUPTED_TWICE'));
    }
  };
  for (const name of SIGNALS) process.on(name, again);
  return {
    stop: invocation.signal,
    signal: now.signal,
    dispose() {
      for (const name of SIGNALS) process.off(name, again);
    },
  };
}
