import type { Counter } from '../../model/ledger.ts';
import type { Reading } from './record.ts';
import { keyOf } from './rows.ts';

/** A part of a load that was measured without a break. */
export interface Stretch {
  /** Epoch seconds at which it began. */
  readonly at: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Seconds that had been measured at a moment (epoch seconds) of a load in stretches, at least one, in their order: the time that its
 * result tells of, which stands still between them. Before the first it is negative, and after the last it goes on.
 */
export function measuredTime(stretches: readonly Stretch[], moment: number): number {
  let elapsed = 0;
  for (const [i, { at, duration }] of stretches.entries()) {
    const inside = moment - at;
    const isLast = i === stretches.length - 1;
    if (inside < duration || isLast) return elapsed + (i === 0 ? inside : Math.max(0, inside));
    elapsed += duration;
  }
  return elapsed;
}

/**
 * Readings (ascending, in seconds since `measuredAt`) at the seconds that the result tells of, and without what was used up between
 * the stretches: there are warm-ups, connections being made, answers that came late; none of it is measured, and its requests are not
 * counted. How much a counter had at the edges of a stretch lies between the readings around them.
 */
export function onMeasuredTime(
  readings: readonly Reading[],
  measuredAt: number,
  stretches: readonly Stretch[],
): readonly Reading[] {
  if (stretches.length < 2) return readings;
  const last = stretches.length - 1;
  return [...Map.groupBy(readings, ({ target }) => target).values()].flatMap((own): Reading[] => {
    const moments = own.map(({ at, counters }) => ({ at: measuredAt + at, values: valuesOf(counters) }));
    /** By counter: what was used up in the gaps so far. */
    const unmeasured = new Map<string, number>();
    return stretches.flatMap(({ at: begin, duration }, i) => {
      const before = stretches[i - 1];
      if (before !== undefined) addGap(unmeasured, moments, before.at + before.duration, begin);
      const left = new Map(unmeasured);
      const isIn = (moment: number) => (i === 0 || moment >= begin) && (i === last || moment <= begin + duration);
      return own
        .filter(({ at }) => isIn(measuredAt + at))
        .map(({ target, at, counters }) => ({
          target,
          at: measuredTime(stretches, measuredAt + at),
          counters: counters.map((counter) => ({
            ...counter,
            value: counter.value - (left.get(nameOf(counter)) ?? 0),
          })),
        }));
    });
  });
}

interface Moment {
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
}

const nameOf = ({ name, labels }: Counter): string => keyOf(name, labels);
const valuesOf = (counters: readonly Counter[]) => new Map(counters.map((each) => [nameOf(each), each.value]));

/** A counter that was reset in the gap is left as it is: whoever looks at it sees that it shrank. */
function addGap(unmeasured: Map<string, number>, moments: readonly Moment[], from: number, to: number): void {
  for (const name of new Set(moments.flatMap(({ values }) => [...values.keys()]))) {
    const points = moments.flatMap(({ at, values }) => (values.has(name) ? [{ at, value: values.get(name)! }] : []));
    const grown = valueAt(points, to) - valueAt(points, from);
    if (grown > 0) unmeasured.set(name, (unmeasured.get(name) ?? 0) + grown);
  }
}

/** Evenly between the readings around it; beyond the first and the last one as they are. At least one point. */
function valueAt(points: readonly { readonly at: number; readonly value: number }[], at: number): number {
  const i = points.findIndex((point) => point.at >= at);
  if (i <= 0) return (i < 0 ? points.at(-1)! : points[0]!).value;
  const [from, to] = [points[i - 1]!, points[i]!];
  return from.value + ((to.value - from.value) * (at - from.at)) / (to.at - from.at);
}

/** Readings nearer to each other than this would make rates of a clock's grain (s). [own choice: half of the rhythm of readings] */
const NEAREST = 0.5;

/** Readings for rates over time: those at the edges of stretches are so near to others that their rates would be noise. */
export function thinned(readings: readonly Reading[]): readonly Reading[] {
  return [...Map.groupBy(readings, ({ target }) => target).values()].flatMap((own) => {
    let last = Number.NEGATIVE_INFINITY;
    return own.filter(({ at }) => {
      if (at - last < NEAREST) return false;
      last = at;
      return true;
    });
  });
}
