import type { ShapeComparison } from '../model/comparison.ts';
import type { LatencySummary, LoadBlock } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { shapeDistance } from '../stats/distribution-distance.ts';
import { energyTest, type Vector } from '../stats/energy.ts';
import { holm } from '../stats/holm.ts';
import { median, quantile } from '../stats/quantile.ts';
import { seededRandom } from '../stats/random.ts';

/** A run's response times of each endpoint, and its blocks. */
export interface ShapedRun {
  readonly blocks: readonly LoadBlock[];
  readonly distributions: ReadonlyMap<string, Distribution>;
}

/**
 * Smaller distances are of no interest, however sure: fewer than one request in twenty is elsewhere. Percentiles have their own
 * comparison. [judgement]
 */
const LEAST_DISTANCE = 0.05;
/** Where nobody has measured what two runs of one state differ by, twice as much: whole runs differ by more than their blocks show. [judgement] */
const LEAST_UNKNOWN = 0.1;
/**
 * `same` takes so many requests that chance alone cannot hide or make a larger distance (Kolmogorov's bound: 370 in each of two runs of one
 * size). By simulation, of runs of 10 requests of which 15 % of one were ten times slower, 36 of 200 came out within LEAST_DISTANCE. Twice
 * LEAST_DISTANCE, or every run of a few minutes at 1/s would be undecided. [judgement]
 */
const MOST_CHANCE = 0.1;
/** Blocks in a stretch, kept whole in the permutation because blocks resemble their neighbours; fewer in short runs. */
const STRETCH = 4;
const STRETCHES_OF_SHORT_RUNS = 5;
/** Fewer give no p-value worth the name: two of C(8, 4) = 70 divisions are 0.029. */
const FEWEST_STRETCHES = 4;
/** The largest share of two runs of one state: 1.36 of Kolmogorov's table at 5 %. */
const KOLMOGOROV = 1.36;

/**
 * Whether the response times of an endpoint are distributed as before, apart from being longer or shorter as a whole: what a
 * comparison of medians does not see, such as a cache that half of the requests miss.
 *
 * Requests of a run are not independent, so the test has blocks for its unit: for each, how far p90, p95, p99 and the mean are
 * from its median (as ratios), compared by energy distance with stretches of blocks permuted. The size of the difference is the
 * distance of the runs' whole distributions; it has to exceed what two runs of one state have (from a calibration; else an
 * allowance), what as many independent requests would have, and LEAST_DISTANCE. `same` needs a distance below LEAST_DISTANCE, blocks
 * enough for the test, and requests enough that chance is not larger than MOST_CHANCE.
 *
 * @param still distances of pairs of runs of one state, by endpoint
 */
export function compareShapes(
  a: ShapedRun,
  b: ShapedRun,
  options: { readonly target: string; readonly still: ReadonlyMap<string, readonly number[]>; readonly seed: number },
): ShapeComparison[] {
  const random = seededRandom(options.seed);
  const drafts = [...a.distributions].flatMap(([endpoint, before]) => {
    const after = b.distributions.get(endpoint);
    const distance = after ? shapeDistance(before, after) : null;
    if (!after || distance === null) return [];
    const [left, right] = [profiles(a.blocks, endpoint), profiles(b.blocks, endpoint)];
    const [first, second] = [stretches(left.profiles), stretches(right.profiles)];
    const tested = first.length >= FEWEST_STRETCHES && second.length >= FEWEST_STRETCHES && left.names === right.names;
    const known = options.still.get(endpoint);
    const chance = KOLMOGOROV * Math.sqrt(1 / before.count + 1 / after.count);
    const noiseFloor = Math.max(known && known.length > 0 ? quantile(known, 0.95) : LEAST_UNKNOWN, chance);
    const pValue = tested ? energyTest(...standardised(first, second), random) : Number.NaN;
    const wider = width(right.profiles) - width(left.profiles);
    return [{ endpoint, distance, chance, noiseFloor, pValue, wider }];
  });
  const corrected = holm(drafts.map(({ pValue }) => pValue));
  return drafts.map(({ endpoint, distance, chance, noiseFloor, wider }, i): ShapeComparison => {
    const pValue = corrected[i]!;
    const least = Math.max(LEAST_DISTANCE, noiseFloor);
    const enough = chance <= MOST_CHANCE && !Number.isNaN(pValue);
    const same = enough && distance <= LEAST_DISTANCE;
    const verdict = same ? 'same' : distance > least && pValue < 0.05 ? 'other' : 'inconclusive';
    return {
      endpoint,
      target: options.target,
      distance,
      noiseFloor,
      pValue: Number.isNaN(pValue) ? null : pValue,
      verdict,
      kind: verdict !== 'other' ? null : wider > 0.02 ? 'wider' : wider < -0.02 ? 'narrower' : 'other',
    };
  });
}

const PROFILE = ['p90', 'p95', 'p99', 'mean'] as const satisfies readonly (keyof LatencySummary)[];
const BEYOND = { p90: 0.1, p95: 0.05, p99: 0.01, mean: 1 } as const;

/** Of each block: how far out the percentiles that it has enough requests for are, as logarithms over its median. */
function profiles(
  blocks: readonly LoadBlock[],
  endpoint: string,
): { readonly names: string; readonly profiles: Vector[] } {
  const steps = blocks.flatMap((block) =>
    block.steps.filter((step) => step.endpoint === endpoint && step.completed > 0),
  );
  const usual = median(steps.map(({ completed }) => completed));
  const names = PROFILE.filter((name) => usual * BEYOND[name] >= 1);
  return {
    names: names.join(),
    profiles: steps
      .map(({ response }) => names.map((name) => Math.log(response[name] / response.p50)))
      .filter((profile) => profile.every(Number.isFinite)),
  };
}

/** How far out the tail is in the usual block. */
function width(vectors: readonly Vector[]): number {
  return median(vectors.map((vector) => Math.max(...vector)));
}

function stretches(vectors: readonly Vector[]): Vector[][] {
  const short = Math.min(STRETCHES_OF_SHORT_RUNS, Math.floor(vectors.length / 2));
  const count = Math.max(short, Math.floor(vectors.length / STRETCH));
  return Array.from({ length: count }, (_, i) =>
    vectors.slice(Math.round((i * vectors.length) / count), Math.round(((i + 1) * vectors.length) / count)),
  );
}

/** Each coordinate over its spread in both runs together, or the noisy p99 would drown the rest. */
function standardised(a: readonly (readonly Vector[])[], b: readonly (readonly Vector[])[]): [Vector[][], Vector[][]] {
  const all = [...a, ...b].flat();
  const scales = (all[0] ?? []).map((_, k) => {
    const values = all.map((vector) => vector[k]!);
    const middle = median(values);
    return 1.4826 * median(values.map((value) => Math.abs(value - middle))) || 1;
  });
  const scaled = (run: readonly (readonly Vector[])[]) =>
    run.map((stretch) => stretch.map((vector) => vector.map((value, k) => value / scales[k]!)));
  return [scaled(a), scaled(b)];
}
