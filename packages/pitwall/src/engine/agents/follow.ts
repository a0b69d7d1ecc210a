import { setTimeout as sleep } from 'node:timers/promises';
import { PitwallError, printable, reasonOf } from '../../errors.ts';
import { isPassing } from '../../fleet/database.ts';
import { giveUpSilent, look, type RunHandle, type SliceView, stopRun } from '../../fleet/runs.ts';
import type { Timing } from '../../fleet/timing.ts';
import { AbortWatch, EarlyEnd } from '../../load/abort-watch.ts';
import type { LoadOptions, LoadTick } from '../../model/load.ts';
import type { CoordinatorContext } from './coordinate.ts';
import { LiveMerge } from './live-merge.ts';
import { nameOf } from './merge-agents.ts';
import { readTicks } from './read-ticks.ts';

interface Following {
  readonly options: LoadOptions;
  readonly timing: Timing;
  readonly context: CoordinatorContext;
}

export interface Followed {
  readonly slices: readonly SliceView[];
  readonly timeline: readonly LoadTick[];
  /** Why we ended it before its time; null when we did not. */
  readonly ending: EarlyEnd | null;
}

/** States after which a slice tells of nothing more. */
const OVER = ['done', 'refused', 'failed', 'lost'];

/**
 * Follows a run from its start until every slice is over: shows its seconds, gives up agents without a sign of life, and ends
 * it early when told to, by an abort rule, or when one agent says that it cannot go on.
 * @throws PitwallError AGENTS_STOPPED, SHARED_STORE_UNREACHABLE when the store stays away; `signal.reason`
 */
export async function follow(run: RunHandle, { options, timing, context }: Following): Promise<Followed> {
  const watch = new AbortWatch(options.abort ?? null);
  const timeline: LoadTick[] = [];
  const lost = new Set<number>();
  const garbled = new Set<number>();
  let merge: LiveMerge | null = null;
  let ending: EarlyEnd | null = null;
  let heard = performance.now();
  const end = async (because: EarlyEnd) => {
    ending ??= because;
    await stopRun(run, ending.message);
  };
  for (;;) {
    context.signal.throwIfAborted();
    try {
      if (context.stop?.aborted && ending === null) await end(earlyEndOf(context.stop.reason));
      await giveUpSilent(run, timing.lease);
      const { open, slices } = await look(run);
      heard = performance.now();
      if (!open) throw new PitwallError('AGENTS_STOPPED', { reason: 'its run was closed in the store' });
      merge ??= new LiveMerge(slices.length, options.duration);
      const over = new Set(slices.filter(({ state }) => OVER.includes(state)).map(({ slice }) => slice));
      for (const slice of slices) sayLost(slice, lost, context);
      for (const slice of await readTicks(run, merge)) sayGarbled(slices[slice], garbled, context);
      for (const { tick, raw } of merge.take(over)) {
        timeline.push(tick);
        context.onTick?.(tick, raw);
        const because = watch.watch(tick);
        if (because !== null && ending === null) await end(because);
      }
      if (over.size === slices.length) return { slices, timeline, ending };
      const dry = slices.find(({ state, because }) => state === 'done' && because !== null);
      if (dry && ending === null) await end(new EarlyEnd('data', dry.because!));
    } catch (error) {
      if (!isPassing(error)) throw error;
      // The agents go on for two leases without us.
      if (performance.now() - heard > 2 * timing.lease * 1000) throw error;
    }
    await sleep((timing.heartbeat / 2) * 1000, undefined, { signal: signalOf(context, ending) }).catch(() => {});
  }
}

/** A stop that has been passed on must not end every pause from then on. */
function signalOf({ signal, stop }: CoordinatorContext, ending: EarlyEnd | null): AbortSignal {
  return stop && ending === null ? AbortSignal.any([signal, stop]) : signal;
}

function earlyEndOf(reason: unknown): EarlyEnd {
  return reason instanceof EarlyEnd ? reason : new EarlyEnd('interrupt', reasonOf(reason));
}

function sayLost(slice: SliceView, lost: Set<number>, context: CoordinatorContext): void {
  if ((slice.state !== 'lost' && slice.state !== 'failed') || lost.has(slice.slice)) return;
  lost.add(slice.slice);
  const because = printable(slice.because ?? 'it said nothing');
  context.say(`Agent ${nameOf(slice)} is lost: ${because}. The others go on; the result will not be whole.`);
}

/** The result may be good all the same: it is handed in by itself. */
function sayGarbled(slice: SliceView | undefined, garbled: Set<number>, context: CoordinatorContext): void {
  if (!slice || garbled.has(slice.slice)) return;
  garbled.add(slice.slice);
  context.say(`Agent ${nameOf(slice)} tells of seconds that cannot be read; they are missing in the timeline.`);
}
