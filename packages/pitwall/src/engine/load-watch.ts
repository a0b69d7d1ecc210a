import type { Observation } from '../model/observation.ts';
import { collectorTasks, runCollectors } from '../observe/run-collectors.ts';
import type { Edges } from './ledger/edges.ts';
import { type Reading, recordCounters } from './ledger/record.ts';
import { ownCpuSeconds } from './platform.ts';
import type { Session } from './session.ts';

/** Share of the measured part that collectors look at: a little less than all, so that the last look is still under load. */
const WINDOW = 0.95;
/** A load that was stopped after this share of it has been seen as good as whole. */
const NEARLY_WHOLE = 0.9;
/** Seconds for which a load that was stopped then is still looked at without it, so that its collectors come to their end. */
const PATIENCE = 3;

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
  /** Of a load in parts: when to read counters besides, see Edges. */
  readonly edges?: Edges;
  /** Settles when the load is over. */
  readonly over: Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Host, process and other collectors that watch a load, over its measured part, and counters of what it uses up. When the load
 * ends before its time, so do the counters, with what they have read. The collectors then have seen nothing whole and are given
 * up, but for a load that was nearly over: they get PATIENCE seconds to finish.
 */
export async function watchLoad(session: Session, options: WatchOptions): Promise<LoadWatch> {
  const { signal, measuredAt, duration } = options;
  const { environment } = session;
  const counting = new AbortController();
  const collecting = new AbortController();
  const done = new AbortController();
  const stop = () => {
    counting.abort();
    collecting.abort();
  };
  options.over.then(() => {
    const seen = environment.now() - measuredAt;
    // Over as planned: the last reading may be under way, and what follows the collectors' window. Both have limits of their own.
    if (seen >= duration) return;
    counting.abort();
    if (seen < NEARLY_WHOLE * duration || WINDOW * duration - seen > PATIENCE) collecting.abort();
    else environment.sleep(PATIENCE, done.signal).then(stop, () => {});
  }, stop);
  try {
    const [observations, readings] = await Promise.all([
      collect(session, options, AbortSignal.any([signal, collecting.signal])).catch((error: unknown) => {
        // A window that was cut short describes nothing: then there are only the numbers of the load.
        if (collecting.signal.aborted && !signal.aborted) return [];
        throw error;
      }),
      recordCounters(session, {
        measuredAt,
        duration,
        ...(options.edges ? { parts: { edges: options.edges, over: options.over } } : {}),
        signal: AbortSignal.any([signal, counting.signal]),
      }),
    ]);
    return { observations, readings };
  } finally {
    done.abort();
  }
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
  const window = Math.max(0.2, options.duration * WINDOW);
  return runCollectors(tasks, { environment, signal, window, cpuSeconds: ownCpuSeconds });
}
