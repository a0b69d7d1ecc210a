import type { LoadTick } from '../../model/load.ts';
import type { Steadiness } from '../../model/search.ts';
import { mean, median, variance } from '../../stats/quantile.ts';

/** Seconds below which thirds are no thirds. */
const FEWEST_TICKS = 3;
/**
 * Drift of the median response time from the middle third to the last that still counts as rest. Neighbouring seconds of a
 * service at rest differ by less; services that warm up or fill a queue by far more. [judgement]
 */
const TOLERANCE = 0.25;
/** Below this many seconds of difference no drift is seen at all: a Node timer's grain, see load/validity.ts. */
const GRAIN = 0.001;
/** Share of the completed requests by which those under way have to grow, and how many that is at least. [judgement] */
const GROWTH = { share: 0.02, least: 3 } as const;
/** Standard deviations that chance alone rarely reaches (1 % one-sided). */
const SURE = 2.33;

export interface Rest {
  readonly steadiness: Steadiness;
  /** Median response time of the last third ÷ that of the middle third; 1 when it is not known. */
  readonly drift: number;
  /** Requests per second by which those under way grew; 0 unless they did. */
  readonly growth: number;
}

/**
 * Whether a step has come to rest: the requests under way do not grow, and the median of the seconds' median response times
 * is about the same in the last third as in the middle third (the first is left to settle in).
 *
 * Near its limit the queue of a healthy service wanders: its length is a random walk with the variance of what is completed.
 * So growth counts when it is more than that walk would do (from the spread of completions per second), and more than 2 %
 * of the work: a service that keeps up to within that has reached its limit as well as it can be known.
 */
export function restOf(ticks: readonly LoadTick[]): Rest {
  const known = ticks.filter(({ completed, inFlight }) => Number.isFinite(completed) && Number.isFinite(inFlight));
  if (known.length < FEWEST_TICKS) return { steadiness: 'unknown', drift: 1, growth: 0 };
  const third = Math.floor(known.length / 3);
  const settled = known.slice(third);
  const growth = growthOf(settled);
  const drift = driftOf(known.slice(third, known.length - third), known.slice(known.length - third));
  const steadiness =
    growth > 0 ? 'growing' : Math.abs(Math.log(drift)) > Math.log(1 + TOLERANCE) ? 'drifting' : 'steady';
  return { steadiness, drift, growth };
}

function growthOf(ticks: readonly LoadTick[]): number {
  const seconds = ticks.at(-1)!.at - ticks[0]!.at;
  if (!(seconds > 0)) return 0;
  const grown = slopeOf(ticks) * seconds;
  const completed = ticks.slice(1).map((tick) => tick.completed);
  const walk = Math.sqrt(Math.max(0, variance(completed) || 0) * completed.length);
  const least = Math.max(GROWTH.least, GROWTH.share * mean(completed) * seconds, SURE * walk);
  return grown >= least ? grown / seconds : 0;
}

/** Theil–Sen: the median of the slopes of all pairs, so that one odd second does not make a trend. */
function slopeOf(ticks: readonly LoadTick[]): number {
  const slopes = ticks.flatMap((later, i) =>
    ticks.slice(0, i).map((earlier) => (later.inFlight - earlier.inFlight) / (later.at - earlier.at)),
  );
  return median(slopes.filter(Number.isFinite));
}

function driftOf(middle: readonly LoadTick[], last: readonly LoadTick[]): number {
  const [before, after] = [middle, last].map((part) =>
    median(part.filter(({ completed, p50 }) => completed > 0 && p50 > 0).map(({ p50 }) => p50)),
  );
  if (!(before! > 0 && after! > 0) || Math.abs(after! - before!) < GRAIN) return 1;
  return after! / before!;
}
