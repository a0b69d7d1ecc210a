import { deriveIndicators } from '../judge/indicators.ts';
import type { Change } from '../model/change.ts';
import type { Indicator } from '../model/indicator.ts';
import type { LoadResult } from '../model/load.ts';
import type { Observation } from '../model/observation.ts';
import type { Store } from '../model/store.ts';
import { type CollectTask, runCollectors } from '../observe/run-collectors.ts';
import { asOwnLoad } from './db/own-load.ts';
import { runConfiguredLoad } from './load.ts';
import { loadPlanOf } from './load-options.ts';
import { ownCpuSeconds } from './platform.ts';
import type { Session } from './session.ts';

/** Seconds before each block that do not count: the first requests after a pause open connections and warm caches. */
const SETTLE = 0.15;

/** One time block of a trial: what a short load and the meters saw. The unit of comparison, never the single request. */
export interface Block {
  readonly indicators: readonly Indicator[];
  readonly observations: readonly Observation[];
  readonly load: LoadResult | null;
}

export interface BlockRecorder {
  /** Measures that many blocks, one after the other. */
  blocks(count: number, onBlock: (index: number) => void): Promise<Block[]>;
  /** Load that is not looked at, for as long as the configuration's warm-up: after the service was restarted. */
  warmUp(): Promise<void>;
}

/**
 * Measures blocks of a session for a set of changes. All extra meters of all the changes run in every block, so that the
 * blocks after one kept change can serve as the blocks before the next.
 */
export function blockRecorder(
  session: Session,
  store: Pick<Store, 'keep' | 'kept'>,
  changes: readonly Change[],
  signal: AbortSignal,
): BlockRecorder {
  const hasLoad = (loadPlanOf(session)?.endpoints.length ?? 0) > 0;
  const meters = meterTasks(session, changes);
  const beginnings = beginTasks(session);
  const { environment } = session;
  const measured = { environment, signal, window: 0, cpuSeconds: ownCpuSeconds };
  const load = (overrides: { readonly duration: number; readonly warmup: number }) =>
    asOwnLoad(session, store, signal, () => runConfiguredLoad(session, { signal, watch: false, overrides }));
  const block = async (): Promise<Block> => {
    await runCollectors(beginnings, measured);
    const loaded = hasLoad ? await load({ duration: session.config.trial.blockDuration, warmup: SETTLE }) : null;
    // After the load, not beside it: a timed query must not compete with the requests it is compared with.
    const metered = await runCollectors(meters, measured);
    const observations = [...(loaded?.observations ?? []), ...metered];
    // The definitions name far more than a block measures: what was not looked at is not part of the comparison.
    const indicators = deriveIndicators(observations, session.catalogue.definitions).filter(
      ({ value }) => value !== null,
    );
    return { indicators, observations, load: loaded?.result ?? null };
  };
  return {
    async blocks(count, onBlock) {
      const blocks: Block[] = [];
      for (let index = 0; index < count; index++) {
        signal.throwIfAborted();
        onBlock(index);
        blocks.push(await block());
      }
      return blocks;
    },
    async warmUp() {
      const duration = Math.max(session.config.load.warmup, session.config.trial.blockDuration);
      if (hasLoad) await load({ duration, warmup: 0 });
    },
  };
}

/** Seconds for a reading of counters. */
const BEGIN_TIME = 10;

function beginTasks(session: Session): CollectTask[] {
  return session.targets.flatMap(({ target, integration, connection, failure }) => {
    if (!integration.beginMeter || failure) return [];
    return [
      {
        target,
        id: `${integration.id}/meter`,
        probe: true,
        timeLimit: BEGIN_TIME,
        run: async (context) => {
          await integration.beginMeter?.(connection, context);
          return {};
        },
      } satisfies CollectTask,
    ];
  });
}

function meterTasks(session: Session, changes: readonly Change[]): CollectTask[] {
  return session.targets.flatMap(({ target, integration, connection, failure }) => {
    const { meter } = integration;
    if (!meter || failure) return [];
    const extra = changes.filter((change) => change.target === target.id).flatMap((change) => change.meter ?? []);
    const budgetSeconds = session.config.trial.blockDuration / 2;
    return [
      {
        target,
        id: `${integration.id}/meter`,
        probe: true,
        timeLimit: Math.max(30, 10 * budgetSeconds),
        run: async (context) => ({ samples: await meter(connection, { extra, budgetSeconds }, context) }),
      } satisfies CollectTask,
    ];
  });
}
