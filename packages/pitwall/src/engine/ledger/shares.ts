import type { CostShare, LedgerRow } from '../../model/ledger.ts';
import type { LoadResult } from '../../model/load.ts';
import { apportion, leastStretches, overallEach, type Stretch } from '../../stats/apportion.ts';
import { keyOf, type tracksOf } from './rows.ts';

type Track = ReturnType<typeof tracksOf>[number];

/** Seconds; and how many times the p95 of the service time: what a request used must fall into the stretch in which it ended. */
const SHORTEST = 1;
const TIMES_SERVICE = 20;
/** A share is told when it is known to ± this part of what one request costs on average. */
const TOLD = 0.5;

export interface Shares {
  /** By step, in the order of the result. */
  readonly bySteps: readonly (readonly CostShare[])[];
  /** Why there are none, as the end of a sentence; null when there are, or nothing is to be told apart. */
  readonly because: string | null;
}

/**
 * Tells apart what each step cost, where the run shows it. A process works for all steps at the same time, and the system does
 * not say for which: only a run in which some seconds have more of one step than others have (a replayed trace, flows that come
 * and go) tells. Where the mix is the same all the time, any split fits as well as any other, and none is given. Counters of the
 * host (the generator is in them) and those that are behind cannot be held against a second.
 */
export function sharesOf(result: LoadResult, tracks: readonly Track[], rows: readonly LedgerRow[]): Shares {
  const used = result.steps.flatMap(({ sent }, i) => (sent > 0 ? [i] : []));
  const bySteps: CostShare[][] = result.steps.map(() => []);
  const nothing = (because: string | null): Shares => ({ bySteps, because });
  const suited = tracks.filter(
    ({ target, counter }) =>
      !counter.name.startsWith('host.') &&
      !counter.lag &&
      rows.some((row) => row.target === target && isOf(row, counter) && row.total > 0),
  );
  if (suited.length === 0 || used.length < 2) return nothing(null);
  const bounds = stretchBounds(result);
  if (bounds.length - 1 < leastStretches(used.length)) {
    const needed = leastStretches(used.length);
    return nothing(
      `${used.length} steps need ${needed} stretches of the run, and it has ${Math.max(0, bounds.length - 1)}`,
    );
  }
  const counts = bounds.slice(1).map((to, i) => countsIn(result, used, bounds[i]!, to));
  for (const { target, counter, points } of suited) {
    const stretches: Stretch[] = counts.flatMap((each, i) => {
      const [from, to] = [valueAt(points, bounds[i]!), valueAt(points, bounds[i + 1]!)];
      return from === null || to === null ? [] : [{ counts: each, total: to - from }];
    });
    const shares = apportion(stretches);
    const most = TOLD * overallEach(stretches);
    if (!shares?.every(({ interval: [low, high] }) => (high - low) / 2 <= most)) continue;
    const { name, labels, unit } = counter;
    for (const [k, { each, interval }] of shares.entries()) {
      bySteps[used[k]!]!.push({ target, name, labels, unit, perRequest: each, interval });
    }
  }
  if (bySteps.some((shares) => shares.length > 0)) return { bySteps, because: null };
  return nothing('their mix was so much the same all the time that the figures fit many ways of sharing it out');
}

function isOf(row: LedgerRow, { name, labels }: Track['counter']): boolean {
  return keyOf(row.name, row.labels) === keyOf(name, labels);
}

/** Ends of blocks, with the beginning, so far apart as a stretch has to be long. */
function stretchBounds({ blocks, latency }: LoadResult): number[] {
  const least = Math.max(SHORTEST, TIMES_SERVICE * latency.service.p95);
  const bounds = [0];
  for (const { at, duration } of blocks) {
    if (at + duration - bounds.at(-1)! >= least * 0.999) bounds.push(at + duration);
  }
  return bounds;
}

function countsIn({ blocks }: LoadResult, used: readonly number[], from: number, to: number): number[] {
  const inside = blocks.filter(({ at, duration }) => at >= from - 1e-6 && at + duration <= to + 1e-6);
  return used.map((step) => inside.reduce((sum, { steps }) => sum + (steps[step]?.completed ?? 0), 0));
}

/** Readings further apart than this do not show what was between them. Seconds. */
const FAR = 3 * SHORTEST;
const NEAR = 0.25 * SHORTEST;

/** Between two readings evenly; null outside of them, and where none is near. */
function valueAt(points: Track['points'], at: number): number | null {
  const after = points.findIndex((point) => point.at > at);
  const i = after < 0 ? points.length - 1 : Math.max(1, after);
  const [from, to] = [points[i - 1], points[i]];
  if (!from || !to) return null;
  const isNear = Math.min(Math.abs(at - from.at), Math.abs(at - to.at)) <= NEAR;
  const isBetween = at >= from.at && at <= to.at && to.at - from.at <= FAR;
  return isNear || isBetween ? from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at) : null;
}
