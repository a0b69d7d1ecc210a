import type { Direction, Indicator, Unit } from '../model/indicator.ts';
import type { Labels } from '../model/observation.ts';
import { seriesKey } from '../stats/labels.ts';
import { requestsOf } from './requests-of.ts';

/** A block's number and its place in time. */
export interface Point {
  /** Block number in its arm, from 0. Blocks that had no value are not there, so numbers may be missing. */
  readonly block: number;
  readonly value: number;
  /** Of a share of failed requests: of how many it is the share; absent where nobody counted. */
  readonly requests?: number;
}

/** One indicator in all blocks of both arms. */
export interface Series {
  readonly target: string;
  readonly indicator: string;
  readonly labels: Labels;
  readonly unit: Unit;
  readonly direction: Direction;
  readonly countsFailures: boolean;
  readonly before: readonly Point[];
  readonly after: readonly Point[];
}

type Arm = readonly (readonly Indicator[])[];

/** Turns blocks of indicators into one series an indicator. Null values are skipped: absent is not zero. */
export function seriesOf(before: Arm, after: Arm): Series[] {
  const found = new Map<string, { of: Indicator; before: Point[]; after: Point[] }>();
  const collect = (arm: Arm, side: 'before' | 'after'): void => {
    for (const [block, indicators] of arm.entries()) {
      for (const indicator of indicators) {
        const key = seriesKey(indicator.target, indicator.name, indicator.labels);
        const entry = found.get(key) ?? { of: indicator, before: [], after: [] };
        found.set(key, entry);
        const { value } = indicator;
        if (value === null || !Number.isFinite(value)) continue;
        const requests = indicator.countsFailures ? requestsOf(indicator, indicators) : 0;
        entry[side].push({ block, value, ...(requests > 0 ? { requests } : {}) });
      }
    }
  };
  collect(before, 'before');
  collect(after, 'after');
  return [...found.values()].map(({ of, before, after }) => ({
    target: of.target,
    indicator: of.name,
    labels: of.labels,
    unit: of.unit,
    direction: of.direction,
    countsFailures: of.countsFailures ?? false,
    before,
    after,
  }));
}
