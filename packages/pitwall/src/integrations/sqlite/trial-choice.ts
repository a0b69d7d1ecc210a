import type { CopyTrial, QueryTrial } from './trial-contract.ts';

/** True when the whole interval is below 1 − `gain`: faster by at least that, with 95 % certainty. */
export function isImproved(trial: QueryTrial, gain: number): boolean {
  return trial.planChanged && trial.interval[1] < 1 - gain;
}

export function isHarmed(trial: QueryTrial, gain: number): boolean {
  return trial.planChanged && trial.interval[0] > 1 + gain;
}

/** `83× faster (67× to 100×)`: the effect with its 95 % interval. */
export function effectText({ ratio, interval }: Pick<QueryTrial, 'ratio' | 'interval'>): string {
  const slower = ratio > 1;
  const times = (value: number) => {
    const factor = slower ? value : 1 / value;
    return `${factor < 10 ? factor.toPrecision(2) : Math.round(factor)}×`;
  };
  const [near, far] = slower ? interval : [interval[1], interval[0]];
  return `${times(ratio)} ${slower ? 'slower' : 'faster'} (${times(near)} to ${times(far)})`;
}

/** Why none was chosen, for a person. */
export function whyNone(trial: CopyTrial): string {
  const failures = trial.variants.flatMap((variant) => (variant.failed === null ? [] : [variant.failed]));
  const timed = trial.variants.flatMap((variant) => variant.queries.filter((query) => query.planChanged));
  const best = timed.toSorted((a, b) => a.ratio - b.ratio)[0];
  if (best) return `on a copy it made no difference that is sure (at best ${effectText(best)})`;
  if (failures.length > 0) return `the trial on a copy failed: ${failures[0]}`;
  return 'on a copy the planner did not use it';
}
