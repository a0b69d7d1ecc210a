import type { Distribution } from '../model/observation.ts';
import { Histogram } from './histogram.ts';

/** Response times that differ by less than this are taken for the same: ten times the width of a bucket. */
const SLACK = 1.01;

/**
 * How differently two recorded distributions are spread out, their medians laid upon each other by a factor: the largest share of
 * values, 0–1, that lies below some value in one and above it, by more than 1 %, in the other. So a service that is slower as a whole
 * has the distance 0, and one that answers a tenth of its requests on another path has 0.1. Null when one of them is empty or has
 * no histogram.
 *
 * It is the Kolmogorov–Smirnov distance with that 1 % of slack. Only a measure of size: requests of one run are no independent draws,
 * so the usual table of significance does not apply.
 */
export function shapeDistance(a: Distribution, b: Distribution): number | null {
  const [left, right] = [stepsOf(a), stepsOf(b)];
  return left && right && Math.max(0, excess(left, right), excess(right, left));
}

/** Values over the median, ascending, with the share of all values that lie at or below. */
type Steps = readonly (readonly [value: number, share: number])[];

function stepsOf(distribution: Distribution): Steps | null {
  const histogram = Histogram.fromDistributions([distribution]);
  const middle = histogram.percentile(50);
  if (!(middle > 0)) return null;
  const steps: [number, number][] = [];
  let seen = 0;
  histogram.forEach((value, times) => {
    seen += times;
    steps.push([value / middle, seen / histogram.count]);
  });
  return steps;
}

/** By how much more of `from` than of `to` lies at or below a value, at most. */
function excess(from: Steps, to: Steps): number {
  let largest = 0;
  let reached = 0;
  let j = 0;
  for (const [value, share] of from) {
    for (; j < to.length && to[j]![0] <= value * SLACK; j++) reached = to[j]![1];
    largest = Math.max(largest, share - reached);
  }
  return largest;
}
