import { median } from '../stats/quantile.ts';
import type { Point, Series } from './series.ts';

/** Fewer controls in a block, and one of them that moves by itself would move all. [judgement] */
const LEAST_CONTROLS = 3;

export interface Controlled {
  readonly series: readonly Series[];
  /** Series that others were compared with; 0: too few, and nothing was done. */
  readonly controls: number;
}

/**
 * Takes off what moved the controls too: a machine that is busier after a change than before slows down statements that the
 * change cannot have touched as well. That is the difference in differences of logarithms, block by block: each value is
 * divided by the median, over the controls, of how far each of them is from its own usual value in that block. A control is
 * held against the others only.
 *
 * So the ratio of an affected series becomes its ratio ÷ the median ratio of the controls, and, because it is done in each
 * block, the controls' own noise is in the blocks' spread, from which the interval is made: it widens by as much as the
 * controls are unsure. (O. Ashenfelter, D. Card, "Using the Longitudinal Structure of Earnings to Estimate the Effect of
 * Training Programs", Review of Economics and Statistics 67 (1985) for the design; the median, because some may be touched
 * after all.)
 *
 * Only series of an indicator that has controls are changed, and of those only blocks with at least 3 controls that have a
 * value above zero in it: with fewer in any block, nothing is done for the indicator.
 */
export function withoutCommonMoves(series: readonly Series[], isControl: (one: Series) => boolean): Controlled {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    if (!isControl(one) || !usable(one)) continue;
    const key = groupOf(one);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  let controls = 0;
  const corrected = new Map<Series, Series>();
  for (const [key, group] of groups) {
    const whole = moves(group);
    const members = series.filter((one) => groupOf(one) === key && usable(one));
    if (whole === null) continue;
    const results = members.map((one) => {
      const others = group.includes(one) ? moves(group.filter((other) => other !== one)) : whole;
      return others === null ? one : divided(one, others);
    });
    for (const [index, one] of members.entries()) corrected.set(one, results[index]!);
    controls += group.length;
  }
  return { series: series.map((one) => corrected.get(one) ?? one), controls };
}

/** A target's indicator; what is no time or rate has no ratio. */
function groupOf({ target, indicator }: Series): string {
  return JSON.stringify([target, indicator]);
}

function usable({ before, after }: Series): boolean {
  return before.length > 0 && after.length > 0 && [...before, ...after].every(({ value }) => value > 0);
}

interface Moves {
  /** By block: how far from usual, as a logarithm. */
  readonly before: ReadonlyMap<number, number>;
  readonly after: ReadonlyMap<number, number>;
}

function moves(group: readonly Series[]): Moves | null {
  const levels = group.map(({ before, after }) => median([...before, ...after].map(({ value }) => Math.log(value))));
  const arm = (side: 'before' | 'after'): ReadonlyMap<number, number> => {
    const found = new Map<number, number[]>();
    for (const [index, one] of group.entries()) {
      for (const { block, value } of one[side]) {
        found.set(block, [...(found.get(block) ?? []), Math.log(value) - levels[index]!]);
      }
    }
    return new Map(
      [...found].flatMap(([block, each]) => (each.length >= LEAST_CONTROLS ? [[block, median(each)]] : [])),
    );
  };
  const both = { before: arm('before'), after: arm('after') };
  return both.before.size > 0 && both.after.size > 0 ? both : null;
}

/** As it is when a block of it has no controls: half of a series corrected would be two series. */
function divided(one: Series, by: Moves): Series {
  const arm = (side: 'before' | 'after'): readonly Point[] | null => {
    const points = one[side].map((point) => {
      const move = by[side].get(point.block);
      return move === undefined ? null : { ...point, value: point.value / Math.exp(move) };
    });
    return points.every((point) => point !== null) ? points : null;
  };
  const [before, after] = [arm('before'), arm('after')];
  return before === null || after === null ? one : { ...one, before, after };
}
