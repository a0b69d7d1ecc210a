import type { CollectContext } from '../../model/integration.ts';
import type { Labels, Sample } from '../../model/observation.ts';

/** Two readings of the same counters. */
export interface Window<T> {
  readonly before: T;
  readonly after: T;
  /** Seconds between them, as it turned out; always positive. */
  readonly elapsed: number;
  /** Epoch seconds of the second reading. */
  readonly at: number;
}

/** Reads, waits `context.window` seconds, reads again. Rejects with the signal's reason when it is aborted. */
export async function overWindow<T>(context: CollectContext, read: () => Promise<T>): Promise<Window<T>> {
  const { environment, signal, window } = context;
  const started = environment.now();
  const before = await read();
  await environment.sleep(window, signal);
  const at = environment.now();
  const after = await read();
  return { before, after, elapsed: plausible(at - started, window), at };
}

/** The wall clock may be stepped in between; then the time that was asked for is nearer to the truth than the clock. */
function plausible(elapsed: number, window: number): number {
  return elapsed < window * 0.5 || elapsed > window * 20 + 5 ? window : elapsed;
}

/** Growth of a counter, or null when it went backwards: it was reset, and the true growth is unknown. */
export function growth(before: number | undefined, after: number | undefined): number | null {
  if (before === undefined || after === undefined || after < before) return null;
  return after - before;
}

export function sample(name: string, at: number, value: number, labels: Labels = {}): Sample {
  return { name, labels, at, value };
}
