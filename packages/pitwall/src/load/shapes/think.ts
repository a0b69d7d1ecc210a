import type { ThinkTime } from '../../model/scenario.ts';
import type { Random } from '../../stats/random.ts';
import { exponential, normal } from './draw.ts';

/** Above this a typing error is likelier than an intention (s). */
const LONGEST_MEAN = 3600;
/** Of the logarithm: at 5 one pause in a hundred is 100,000 times the median. */
const WIDEST_SIGMA = 5;

/** A pause in seconds, ≥ 0. */
export function drawThinkTime(think: ThinkTime, random: Random): number {
  switch (think.distribution) {
    case 'constant':
      return think.mean;
    case 'uniform':
      return think.min + (think.max - think.min) * random();
    case 'exponential':
      return think.mean * exponential(random);
    case 'lognormal':
      // The mean of a log-normal is exp(μ + σ²/2): σ is taken off again, so that `mean` is the mean.
      return think.mean * Math.exp(think.sigma * normal(random) - think.sigma ** 2 / 2);
  }
}

/** What is wrong with a think time, as part of the sentence "This load cannot be run: …"; null when it is fine. */
export function thinkTimeProblem(think: ThinkTime): string | null {
  if (think.distribution === 'uniform') {
    const fine = think.min >= 0 && think.max >= think.min && think.max <= 2 * LONGEST_MEAN;
    return fine ? null : 'a uniform think time needs a min of at least 0 and a max that is not below it, at most 2 h';
  }
  if (!(think.mean >= 0 && think.mean <= LONGEST_MEAN)) return 'the mean think time must be from 0 to 1 h';
  if (think.distribution === 'lognormal' && !(think.sigma >= 0 && think.sigma <= WIDEST_SIGMA)) {
    return `the sigma of a think time must be from 0 to ${WIDEST_SIGMA}`;
  }
  return null;
}
