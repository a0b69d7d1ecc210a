import type { Scalability, SearchStep } from '../../model/search.ts';
import { seededRandom } from '../../stats/random.ts';
import { FURTHEST, fitUsl, type UslPoint } from '../../stats/usl.ts';
import { FEWEST_FOR_BANDS, uslBands } from '../../stats/usl-bands.ts';
import { MOST_ERRORS } from './demand.ts';

/** Share of the variance that the law has to explain: below, the service does not follow it. [judgement] */
const EXPLAINED = 0.7;
const RESAMPLES = 1000;
const CURVE_POINTS = 40;

/**
 * The Universal Scalability Law through the steps: throughput at the concurrency that each rate brought about (Little's law).
 * Steps without a verdict of the service, and those with more than 1 % of failed requests, are left out: errors are
 * quick. A string says why there is no fit.
 */
export function scalabilityOf(steps: readonly SearchStep[], seed: number): Scalability | string {
  const points = steps
    .filter(({ verdict, errorRatio }) => verdict !== 'invalid' && verdict !== 'danger' && errorRatio <= MOST_ERRORS)
    .map(({ concurrency, throughput }): UslPoint => ({ concurrency, throughput }))
    .filter(({ concurrency, throughput }) => concurrency > 0 && throughput > 0);
  if (points.length < FEWEST_FOR_BANDS) {
    return `only ${points.length} steps can be used, and it takes ${FEWEST_FOR_BANDS} to fit the scalability law`;
  }
  const fit = fitUsl(points);
  if (!fit) return 'the steps had too few different concurrencies to fit the scalability law';
  if (fit.rSquared < EXPLAINED) {
    return `the service does not follow the scalability law: it explains only ${Math.max(0, Math.round(fit.rSquared * 100))} % of the differences in throughput`;
  }
  const smallest = Math.min(...fit.points.map(({ concurrency }) => concurrency));
  const furthest = FURTHEST * fit.largest;
  const at = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => smallest * (furthest / smallest) ** (i / CURVE_POINTS));
  const bands = uslBands(fit, {
    at: at.map((n) => Math.min(n, furthest)),
    confidence: 0.95,
    resamples: RESAMPLES,
    random: seededRandom(seed),
  });
  if (!bands) return 'the steps leave no room to say how sure a fit of the scalability law is';
  const [low, high] = bands.peakConcurrency;
  return {
    points: fit.points,
    largest: fit.largest,
    ...fit.model,
    intervals: {
      lambda: bands.lambda,
      sigma: bands.sigma,
      kappa: bands.kappa,
      peakConcurrency: { low, high },
    },
    peak: fit.peak,
    curve: bands.curve,
    rSquared: fit.rSquared,
  };
}
