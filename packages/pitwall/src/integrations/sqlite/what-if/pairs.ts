/** How two times of one statement are compared, and what so many pairs say. Pure. */
import { median } from '../../../stats/quantile.ts';
import type { Times } from './bench-times.ts';
import { type Effort, effortFor } from './rounds.ts';

/** Pairs below which the rank test has no 95 % interval: 2 ÷ 2⁶ = 3 %. */
const FEWEST_PAIRS = 6;
/** Times that differ by more need no runs in turns: what else the machine does never makes such a difference. */
export const FAR_APART = 3;
/** And what is so short costs nothing. Seconds. */
export const SHORT = 0.02;
/** With fewer pairs than the test needs, all must differ by this much, on one side: then there is nothing to test. Own choice. */
const CLEAR = 1.5;

interface PairPlan extends Effort {
  /** Sets of parameters in a round: all of them, or one in turn where all would take too long. */
  readonly sets: number;
  /** Seconds after which all of it is given up on. */
  readonly limit: number;
}

/** So many times what the runs should take: the machine may be busy with something else. And seconds that they may take anyway. */
const PATIENCE = 3;
const PATIENCE_SECONDS = 0.5;

/** False: the same, or known well enough to differ. */
export function pairsNeeded(a: Times, b: Times, sets: number): boolean {
  if (a === b || a.capped || b.capped) return false;
  const [x, y] = [median(a.samples), median(b.samples)];
  return Math.max(x, y) <= FAR_APART * Math.min(x, y) || Math.max(x, y) * sets <= SHORT;
}

/**
 * Rounds of both in turns within `allowed` seconds: as many as wanted of a short statement, enough for an interval of a longer one,
 * each with one set of parameters then, and what there is time for of one that takes very long; one at least.
 */
export function planPairs(
  wanted: number,
  a: Times,
  b: Times,
  { sets, allowed }: { readonly sets: number; readonly allowed: number },
): PairPlan {
  const [x, y] = [median(a.samples), median(b.samples)];
  const effort = effortFor(wanted, Math.max(x, y), sets);
  const enough = Math.min(wanted, FEWEST_PAIRS);
  const cost = effort.rounds * effort.repeats * sets * (x + y);
  if (effort.rounds >= enough && cost <= allowed) return limited({ ...effort, sets }, cost);
  const rounds = Math.max(1, Math.min(enough, Math.floor(allowed / Math.max(1e-9, x + y))));
  return limited({ rounds, repeats: 1, sets: 1 }, rounds * (x + y));
}

function limited(plan: Omit<PairPlan, 'limit'>, seconds: number): PairPlan {
  return { ...plan, limit: PATIENCE * seconds + PATIENCE_SECONDS };
}

/** Whether so few pairs leave no doubt. More than that are for the test to judge. */
export function saysEnough(a: readonly number[], b: readonly number[]): boolean {
  if (a.length >= FEWEST_PAIRS) return true;
  const ratios = a.map((value, i) => b[i]! / Math.max(1e-9, value));
  return ratios.every((ratio) => ratio > CLEAR) || ratios.every((ratio) => ratio < 1 / CLEAR);
}
