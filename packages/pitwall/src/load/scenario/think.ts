import type { ThinkTime } from '../../model/scenario.ts';
import type { Random } from '../../stats/random.ts';
import { drawThinkTime } from '../shapes/think.ts';

/** Draws a pause in seconds, ≥ 0. */
export type ThinkSampler = (random: Random) => number;

/**
 * A sampler of pauses. `constant`: always the mean. `uniform`: min + u × (max − min). `exponential`: −mean × ln(1 − u), like the
 * times between arrivals of a Poisson process. `lognormal`: exp(μ + sigma × z) with z standard normal and
 * μ = ln(mean) − sigma² / 2, because the mean of a lognormal is exp(μ + sigma² / 2): so `mean` is the mean of the pauses, and
 * sigma the spread of their logarithm.
 */
export function thinkSampler(think: ThinkTime): ThinkSampler {
  return (random) => drawThinkTime(think, random);
}
