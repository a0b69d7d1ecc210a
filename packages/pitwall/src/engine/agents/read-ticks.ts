import { type RunHandle, ticksAfter } from '../../fleet/runs.ts';
import { readTick } from './gather-results.ts';
import type { LiveMerge } from './live-merge.ts';

/**
 * Reads what the agents told of since the last time. What is no second is passed over, and not read again.
 * @returns the slices that wrote such
 */
export async function readTicks(run: RunHandle, merge: LiveMerge): Promise<ReadonlySet<number>> {
  const garbled = new Set<number>();
  for (;;) {
    const ticks = await ticksAfter(run, merge.known);
    if (ticks.length === 0) return garbled;
    for (const { slice, second, tick } of ticks) {
      const raw = readTick(tick);
      if (raw?.second === second) merge.add(slice, raw);
      else {
        garbled.add(slice);
        merge.skip(slice, second);
      }
    }
  }
}
