import type { Observation } from '../model/observation.ts';
import { collectorTasks, runCollectors } from '../observe/run-collectors.ts';
import { type Reading, recordCounters } from './ledger/record.ts';
import { ownCpuSeconds } from './platform.ts';
import type { Session } from './session.ts';

/** What was seen of the targets while a load ran. */
export interface LoadWatch {
  readonly observations: readonly Observation[];
  /** What was used up, over the time. */
  readonly readings: readonly Reading[];
}

export const NOTHING_WATCHED: LoadWatch = { observations: [], readings: [] };

export interface WatchOptions {
  /** Epoch seconds at which the measured part begins. */
  readonly measuredAt: number;
  /** Planned seconds of it. */
  readonly duration: number;
  /** Settles when the load is over. */
  readonly over: Promise<void>;
  readonly signal: AbortSignal;
}

/** Host, process and other collectors that watch a load, over its measured part. */
export async function watchLoad(session: Session, options: WatchOptions): Promise<LoadWatch> {
  const { signal, measuredAt, duration } = options;
  const early = new AbortController();
  options.over.then(
    () => {
      if (session.environment.now() < measuredAt + 0.9 * duration) early.abort();
    },
    () => early.abort(),
  );
  const whole = AbortSignal.any([signal, early.signal]);
  const [observations, readings] = await Promise.all([
    collect(session, options, whole).catch((error: unknown) => {
      // A window that was cut short describes nothing: then there are only the numbers of the load.
      if (early.signal.aborted && !signal.aborted) return [];
      throw error;
    }),
    recordCounters(session, { measuredAt, duration, signal: whole }),
  ]);
  return { observations, readings };
}

async function collect(session: Session, options: WatchOptions, signal: AbortSignal): Promise<Observation[]> {
  const { environment } = session;
  await environment.sleep(Math.max(0, options.measuredAt - environment.now()), signal);
  const tasks = session.targets
    .filter(({ failure }) => failure === null)
    .flatMap(({ target, integration, connection }) => {
      const watching = integration.collectors.filter(({ watchesLoad }) => watchesLoad);
      return collectorTasks(target, { ...integration, collectors: watching }, connection);
    });
  // A little short of the load's end, so that the last reading is still under load.
  const window = Math.max(0.2, options.duration * 0.95);
  return runCollectors(tasks, { environment, signal, window, cpuSeconds: ownCpuSeconds });
}
