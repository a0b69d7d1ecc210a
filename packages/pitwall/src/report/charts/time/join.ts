import type { LoadTick } from '../../../model/load.ts';
import type { Series } from '../../../model/report.ts';
import { knownOf } from '../../../stats/enough.ts';

/** Columns drawn; longer runs are joined to as many. */
const MOST_COLUMNS = 300;

/** A stretch of one or more ticks. */
export interface Point {
  /** Seconds since the measured part began. */
  readonly from: number;
  readonly to: number;
  /** Requests that ended, with and without success, a second. */
  readonly perSecond: number;
  readonly failedPerSecond: number;
  readonly errors: number;
  /** Seconds; the worst of the ticks. Null when too few requests ended in every one of them (stats/enough.ts), or it is not known. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  /** The most. */
  readonly inFlight: number | null;
  /** As LoadTick.heat. */
  readonly heat: ReadonlyMap<number, number>;
}

/** The largest of those that are numbers. */
function most(values: readonly number[]): number | null {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? Math.max(...known) : null;
}

interface Timed {
  readonly from: number;
  readonly tick: LoadTick;
}

/** A tick's `at` is its end; the last one may be shorter than a second. Ticks out of order are left out. */
function timed(ticks: readonly LoadTick[]): readonly Timed[] {
  const all: Timed[] = [];
  let from = 0;
  for (const tick of ticks) {
    if (!(tick.at > from && tick.at < 1e9 && Number.isFinite(tick.completed) && Number.isFinite(tick.errors))) continue;
    all.push({ from, tick });
    from = tick.at;
  }
  return all;
}

function join(part: readonly Timed[]): Point {
  const [from, to] = [part[0]!.from, part.at(-1)!.tick.at];
  const ticks = part.map(({ tick }) => tick);
  const known = ticks.map(({ p50, p90, p99, completed }) => knownOf({ p50, p90, p99 }, completed));
  const errors = ticks.reduce((sum, tick) => sum + tick.errors, 0);
  const heat = new Map<number, number>();
  for (const [cell, count] of ticks.flatMap((tick) => tick.heat)) heat.set(cell, (heat.get(cell) ?? 0) + count);
  return {
    from,
    to,
    perSecond: ticks.reduce((sum, { completed }) => sum + completed, 0) / (to - from),
    failedPerSecond: errors / (to - from),
    errors,
    p50: most(known.map(({ p50 }) => p50)),
    p90: most(known.map(({ p90 }) => p90)),
    p99: most(known.map(({ p99 }) => p99)),
    inFlight: most(ticks.map(({ inFlight }) => inFlight)),
    heat,
  };
}

/** At most `columns` points: rates as means, counts as sums, percentiles as the worst (never as a mean of percentiles). */
export function joinTicks(ticks: readonly LoadTick[], columns = MOST_COLUMNS): readonly Point[] {
  const all = timed(ticks);
  const each = Math.max(1, Math.ceil(all.length / columns));
  return Array.from({ length: Math.ceil(all.length / each) }, (_, i) => join(all.slice(i * each, (i + 1) * each)));
}

/** The points of a series between 0 and `end` seconds, joined to at most `columns` by their mean. */
export function joinSeries({ points }: Series, end: number, columns = MOST_COLUMNS): Series['points'] {
  const inside = points.filter(([at, value]) => at >= 0 && at <= end && Number.isFinite(value));
  const each = Math.max(1, Math.ceil(inside.length / columns));
  if (each === 1) return inside;
  return Array.from({ length: Math.ceil(inside.length / each) }, (_, i) => {
    const part = inside.slice(i * each, (i + 1) * each);
    const mean = (pick: 0 | 1): number => part.reduce((sum, point) => sum + point[pick], 0) / part.length;
    return [mean(0), mean(1)] as const;
  });
}
