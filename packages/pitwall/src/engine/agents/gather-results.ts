import { reasonOf } from '../../errors.ts';
import { type RunHandle, resultOf, type SliceView, ticksAfter } from '../../fleet/runs.ts';
import type { SliceResult } from '../../load/engine.ts';
import { stepsOf } from '../../load/scenario/plan.ts';
import type { LoadOptions, LoadTick } from '../../model/load.ts';
import { LiveMerge } from './live-merge.ts';
import { sliceResultSchema, tickSchema } from './result-schema.ts';

/** What became of one slice in the end. */
export interface SliceEnd {
  readonly view: SliceView;
  /** Null when there is none that can be used: `because` says why. */
  readonly result: SliceResult | null;
  readonly because: string | null;
}

/** Reads what the agents handed in. A result that does not fit what was dealt out is not used. */
export async function gatherResults(
  run: RunHandle,
  slices: readonly SliceView[],
  options: LoadOptions,
): Promise<SliceEnd[]> {
  const ends: SliceEnd[] = [];
  for (const view of slices) {
    const written = view.state === 'done' ? await resultOf(run, view.slice) : null;
    if (written === null) {
      ends.push({ view, result: null, because: view.because ?? 'it handed in no result' });
      continue;
    }
    const read = readResult(written, view, slices, options);
    ends.push(
      typeof read === 'string'
        ? { view, result: null, because: `its result cannot be used: ${read}` }
        : { view, result: read, because: null },
    );
  }
  return ends;
}

/** The result, or why it cannot be one of this run. */
function readResult(
  written: string,
  view: SliceView,
  slices: readonly SliceView[],
  options: LoadOptions,
): SliceResult | string {
  let parsed: ReturnType<typeof sliceResultSchema.safeParse>;
  try {
    parsed = sliceResultSchema.safeParse(JSON.parse(written));
  } catch (error) {
    return reasonOf(error);
  }
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    return `${path.join('.')}: ${message}`;
  }
  const result = parsed.data;
  const steps = stepsOf(options).length;
  const of = slices.reduce((sum, { workers }) => sum + (workers ?? 0), 0);
  const { offset, count } = result.slice;
  if (offset !== view.firstWorker || count !== view.workers || result.slice.of !== of) return 'it is of other workers';
  if (result.workers.length !== count) return 'it has another number of workers';
  if ([...result.workers, ...result.blocks].some((part) => part.steps.length !== steps)) {
    return 'it has another number of steps';
  }
  return result;
}

/** A second as an agent tells of it; null when it is not one. */
export function readTick(written: string): Parameters<LiveMerge['add']>[1] | null {
  try {
    return tickSchema.parse(JSON.parse(written));
  } catch {
    return null;
  }
}

/**
 * The timeline once more, of the agents whose results count: what a lost agent told of until then has no result behind it,
 * and would be in the timeline but not in the totals.
 */
export async function timelineOf(
  run: RunHandle,
  kept: ReadonlySet<number>,
  slices: number,
  duration: number,
): Promise<LoadTick[]> {
  const merge = new LiveMerge(slices, duration);
  const others = new Set(Array.from({ length: slices }, (_, slice) => slice).filter((slice) => !kept.has(slice)));
  const timeline: LoadTick[] = [];
  // Seconds that were read, of every slice: `known` of the merge stays behind where a tick cannot be used.
  const read = Array.from({ length: slices }, () => -1);
  for (;;) {
    const ticks = await ticksAfter(run, read);
    for (const { slice, second, tick } of ticks) {
      read[slice] = Math.max(read[slice]!, second);
      const raw = kept.has(slice) ? readTick(tick) : null;
      if (raw?.second === second) merge.add(slice, raw);
    }
    const over = ticks.length === 0 ? new Set([...others, ...kept]) : others;
    timeline.push(...merge.take(over).map(({ tick }) => tick));
    if (ticks.length === 0) return timeline;
  }
}
