import type { RunVerdict } from '../../packages/pitwall/src/model/comparison.ts';
import type { NoiseRuns } from '../../packages/pitwall/src/verify/between-runs.ts';
import { shapesOfRuns } from '../../packages/pitwall/src/verify/calibrate.ts';
import { compareRuns } from '../../packages/pitwall/src/verify/compare-runs.ts';
import { blockSeries, type RunSeries } from '../../packages/pitwall/src/verify/run-series.ts';
import { compareShapes } from '../../packages/pitwall/src/verify/shape-test.ts';
import type { RecordedRun, Recording } from './recording.ts';

export interface Rates {
  /** What the noise between runs is known from. */
  readonly noise: 'blocks' | 'calibration' | 'history';
  readonly pairs: number;
  /** Pairs of one state with any indicator better or worse. */
  readonly wrong: number;
  /** Of those, called worse and better as a whole: one-sided findings are the fingerprint of a broken gate. */
  readonly worse: number;
  readonly better: number;
  /** Pairs of one state whose median response time is called the same. */
  readonly same: number;
  /** Pairs of one state with another shape. */
  readonly otherShape: number;
  /** Pairs with the second run slowed, and how many of them are called worse. */
  readonly slowedPairs: number;
  readonly found: number;
}

/** Runs of other pairs that make a calibration or a history. */
const NOISE_RUNS = 10;
const ABOUT = { target: 'service', closed: false } as const;
const ENDPOINT = 'work';

/**
 * What comparisons make of a recording, for each way to know the noise. `calibration`: ten runs of one state from the pairs nearest
 * before (or, for the first ones, after) the pair. `history`: the same, taken as earlier runs.
 */
export function ratesOf({ runs }: Recording, tolerance = 0.05): Rates[] {
  const valid = runs.filter(({ invalidBecause }) => invalidBecause === null);
  const pairs = [...Map.groupBy(valid, ({ pair }) => pair)].map(([pair, all]) => ({
    pair,
    still: all.find(({ run }) => run === 'still'),
    again: all.find(({ run }) => run === 'again'),
    slowed: all.find(({ run }) => run === 'slowed'),
  }));
  const series = new Map<RecordedRun, RunSeries[]>(valid.map((run) => [run, blockSeries(run.blocks, ABOUT)]));
  const stills = valid.filter(({ run }) => run === 'still');
  const shaped = ({ blocks, response }: RecordedRun) => ({ blocks, distributions: new Map([[ENDPOINT, response]]) });

  return (['blocks', 'calibration', 'history'] as const).map((source) => {
    const count = { pairs: 0, wrong: 0, worse: 0, better: 0, same: 0, otherShape: 0, slowedPairs: 0, found: 0 };
    for (const { pair, still, again, slowed } of pairs) {
      const others = nearest(stills, pair);
      const noise: NoiseRuns | null =
        source === 'blocks' ? null : { source, runs: others.map((run) => series.get(run)!) };
      const distances = source === 'calibration' ? shapesOfRuns(others.map((run) => shaped(run).distributions)) : [];
      const known = new Map(distances.map((one) => [one.endpoint, one.distances]));
      const compare = (a: RecordedRun, b: RecordedRun) => {
        const shapes = compareShapes(shaped(a), shaped(b), { target: ABOUT.target, still: known, seed: 1 });
        const [before, after] = [series.get(a)!, series.get(b)!];
        return { shapes, ...compareRuns({ design: 'sequential', a: before, b: after, noise, tolerance, shapes }) };
      };
      if (still && again) {
        const { comparisons, verdict, shapes } = compare(still, again);
        const decided: readonly RunVerdict[] = ['better', 'worse'];
        count.pairs++;
        if (comparisons.some((one) => decided.includes(one.verdict))) count.wrong++;
        if (verdict === 'worse') count.worse++;
        if (verdict === 'better') count.better++;
        const median = comparisons.find(({ indicator }) => indicator === 'load.response.duration.p50');
        if (median?.verdict === 'same') count.same++;
        if (shapes.some((shape) => shape.verdict === 'other')) count.otherShape++;
      }
      // After the run next to it in time: that is what somebody would compare with.
      const before = again ?? still;
      if (before && slowed) {
        count.slowedPairs++;
        if (compare(before, slowed).verdict === 'worse') count.found++;
      }
    }
    return { noise: source, ...count };
  });
}

function nearest(stills: readonly RecordedRun[], pair: number): readonly RecordedRun[] {
  const before = stills.filter((run) => run.pair < pair).slice(-NOISE_RUNS);
  const after = stills.filter((run) => run.pair > pair).slice(0, NOISE_RUNS - before.length);
  return [...before, ...after];
}
