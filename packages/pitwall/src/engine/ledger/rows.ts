import type { Unit } from '../../model/indicator.ts';
import type { Counter, LedgerRow } from '../../model/ledger.ts';
import type { LoadTick } from '../../model/load.ts';
import type { Labels } from '../../model/observation.ts';
import type { Series } from '../../model/report.ts';
import type { Reading } from './record.ts';

/** Seconds after the end of the measured part in which a reading still belongs to it: timers are a little late. */
const SLACK = 0.25;

/** Requests that ended between two moments, in seconds since the measured part began: parts of a second count evenly. */
export function endedBetween(
  timeline: readonly Pick<LoadTick, 'at' | 'completed'>[],
  from: number,
  to: number,
): number {
  let before = 0;
  let sum = 0;
  for (const { at, completed } of timeline) {
    const inside = Math.min(at, to) - Math.max(before, from);
    if (at > before && inside > 0) sum += completed * Math.min(1, inside / (at - before));
    before = at;
  }
  return sum;
}

/** One counter over time: where it was read, ascending. */
interface Track {
  readonly target: string;
  /** As it was read last. */
  readonly counter: Counter;
  readonly points: readonly { readonly at: number; readonly value: number; readonly grain: number }[];
  /** Whether it was in every reading of its target, and never shrank. */
  readonly whole: boolean;
}

/** The counters of all targets. `duration`: of the measured part as it turned out; later readings are left out. */
export function tracksOf(readings: readonly Reading[], duration: number): readonly Track[] {
  const inside = readings.filter(({ at }) => at <= duration + SLACK);
  const byTarget = Map.groupBy(inside, ({ target }) => target);
  return [...byTarget].flatMap(([target, moments]) => {
    const named = moments.flatMap(({ at, counters }) => counters.map((counter) => ({ at, counter })));
    return [...Map.groupBy(named, ({ counter }) => keyOf(counter.name, counter.labels)).values()].map((all): Track => {
      const points = all.map(({ at, counter }) => ({ at, value: counter.value, grain: counter.grain ?? 0 }));
      const grew = points.every(({ value }, i) => i === 0 || value >= points[i - 1]!.value);
      return { target, counter: all.at(-1)!.counter, points, whole: grew && points.length === moments.length };
    });
  });
}

/**
 * What was used up between the first and the last reading, for each request that ended in between. A counter that was reset, or
 * was missing for a while, says nothing rather than something wrong.
 */
export function ledgerRows(tracks: readonly Track[], timeline: readonly LoadTick[]): LedgerRow[] {
  return tracks.flatMap(({ target, counter, points, whole }): LedgerRow[] => {
    const [first, last] = [points[0]!, points.at(-1)!];
    const requests = endedBetween(timeline, first.at, last.at);
    if (!whole || points.length < 2 || requests < 1) return [];
    const total = last.value - first.value;
    const grain = Math.hypot(first.grain, last.grain);
    const behind = (counter.lag ?? 0) / (last.at - first.at);
    const { name, title, unit, labels } = counter;
    const uncertainty = Math.min(1, Math.hypot(total > 0 ? grain / total : 0, behind));
    return [{ target, name, title, unit, labels, total, perRequest: total / requests, uncertainty }];
  });
}

const RATES: Readonly<Record<Counter['unit'], Unit>> = { s: '1', By: 'By/s', '{count}': '1/s' };

/**
 * The same as rates over time: seconds a second (cores, or shares of the time), bytes a second, events a second. CPU first, then
 * times in databases, then waiting, then the rest: who draws a few of them takes the first.
 */
export function counterSeries(tracks: readonly Track[]): Series[] {
  const series = tracks.map(({ target, counter: { name, labels, unit }, points }): Series => {
    const rates = points.flatMap(({ at, value }, i): [number, number][] => {
      const earlier = points[i - 1];
      const isRate = earlier !== undefined && at > earlier.at && value >= earlier.value;
      return isRate ? [[at, (value - earlier.value) / (at - earlier.at)]] : [];
    });
    return { target, name, labels, unit: RATES[unit], points: rates };
  });
  return series.filter(({ points }) => points.length > 0).sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ name, unit }: Series): number {
  if (unit !== '1') return 3;
  if (name.endsWith('.cpu.time')) return 0;
  return name.includes('pressure') || name.includes('waiting') ? 2 : 1;
}

export function keyOf(name: string, labels: Labels): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
