import type { Direction, Indicator, Unit } from '../model/indicator.ts';
import type { Labels } from '../model/observation.ts';
import { type Random, seededRandom, shuffled } from '../stats/random.ts';
import { compareBlocks } from './compare.ts';

/** A series of block values as the indicators that blocks carry; null: the block has no value. */
export interface Arm {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly unit?: Unit;
  readonly direction?: Direction;
  readonly labels?: Labels;
  readonly countsFailures?: true;
}

/** One list of indicators a block, from series. */
export function blocksOf(arms: readonly Arm[]): Indicator[][] {
  const longest = Math.max(...arms.map(({ values }) => values.length));
  return Array.from({ length: longest }, (_, block) =>
    arms.map(({ name, values, unit = 's', direction = 'lower-is-better', labels = {}, countsFailures }) => ({
      target: 'web',
      name,
      labels,
      unit,
      direction,
      ...(countsFailures ? { countsFailures } : {}),
      value: values[block] ?? null,
      count: 100,
    })),
  );
}

/** Standard normal numbers by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Values of `count` consecutive blocks, as logarithms around 0. */
export type Noise = (count: number, random: Random) => number[];

const each =
  (draw: (random: Random, position: number) => number): Noise =>
  (count, random) =>
    Array.from({ length: count }, (_, i) => draw(random, i / Math.max(1, count - 1)));

/** Kinds of noise that block values show; `cv` is the coefficient of variation, 0.04 is 4 %. */
export const NOISE = {
  lognormal: (cv: number) => each((random) => cv * normal(random)),
  /** Student's t with three degrees of freedom: one block in 70 lies beyond five times `cv`. */
  heavyTailed: (cv: number) =>
    each((random) => {
      const chi = normal(random) ** 2 + normal(random) ** 2 + normal(random) ** 2;
      return (cv * normal(random)) / Math.sqrt(chi / 3);
    }),
  /** That share of blocks is 1.5 to 3.3 times as slow. */
  outliers: (cv: number, share: number) =>
    each((random) => cv * normal(random) + (random() < share ? 0.4 + 0.8 * random() : 0)),
  /** `total`: from the first block to the last of both arms. */
  drift: (cv: number, total: number) => each((random, position) => cv * normal(random) + total * position),
  /** The first blocks are `size` slower and recover. */
  warmUp:
    (cv: number, size: number): Noise =>
    (count, random) =>
      Array.from({ length: count }, (_, i) => cv * normal(random) + size * Math.exp(-i / 1.5)),
  /** Each block resembles the one before by `correlation`. */
  wandering:
    (cv: number, correlation: number): Noise =>
    (count, random) => {
      let level = normal(random);
      return Array.from({ length: count }, (_, i) => {
        if (i > 0) level = correlation * level + Math.sqrt(1 - correlation ** 2) * normal(random);
        return cv * level;
      });
    },
} as const;

type Design = 'repeated' | 'interleaved';

export interface Rates {
  /** Share of trials in which any indicator got a verdict. */
  any: number;
  /** Share of trials in which the affected one is called regressed. */
  found: number;
}

/**
 * Compares two arms of the same noise again and again, the second one `slowdown` times as slow. A trial has one affected
 * indicator; the others are guards, every third of them three times as noisy, as a p99 is beside a p50.
 */
export function simulate(
  noise: Noise,
  options: { design: Design; trials: number; blocks?: number; indicators?: number; slowdown?: number },
): Rates {
  const { design, trials, blocks = 6, indicators = 12, slowdown = 1 } = options;
  const random = seededRandom(2024);
  let any = 0;
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const series = Array.from({ length: indicators }, (_, k) => {
      const wild = k > 0 && k % 3 === 0 ? 3 : 1;
      return noise(2 * blocks, random).map((log) => 0.01 * (k + 1) * Math.exp(wild * log));
    });
    const arm = (second: boolean) =>
      blocksOf(
        series.map((values, k) => ({
          name: `x${k}`,
          values: values
            // Interleaved as the engine does it, ABBA: neither state is always the later of its pair.
            .filter((_, i) => (design === 'repeated' ? i >= blocks : i % 4 === 1 || i % 4 === 2) === second)
            .map((value) => (second ? value * slowdown : value)),
        })),
      );
    const { comparisons } = compareBlocks({
      design,
      before: arm(false),
      after: arm(true),
      affects: [{ indicator: 'x0' }],
      tolerance: 0.05,
      seed: trial,
    });
    if (comparisons.some(({ verdict }) => verdict === 'improved' || verdict === 'regressed')) any++;
    if (comparisons[0]?.verdict === 'regressed') found++;
  }
  return { any: any / trials, found: found / trials };
}

/** How two states compare when arms are drawn again and again from recorded blocks. */
function redraw(
  from: { readonly before: readonly (readonly Indicator[])[]; readonly after: readonly (readonly Indicator[])[] },
  arms: (trial: number) => { readonly before: readonly number[]; readonly after: readonly number[] },
  options: { readonly design: Design; readonly trials: number; readonly affected: string },
): Rates {
  let any = 0;
  let found = 0;
  for (let trial = 0; trial < options.trials; trial++) {
    const drawn = arms(trial);
    const { comparisons } = compareBlocks({
      design: options.design,
      before: drawn.before.map((block) => from.before[block]!),
      after: drawn.after.map((block) => from.after[block]!),
      affects: [{ indicator: options.affected }],
      tolerance: 0.05,
      seed: trial,
    });
    if (comparisons.some(({ verdict }) => verdict === 'improved' || verdict === 'regressed')) any++;
    if (comparisons[0]?.verdict === 'regressed') found++;
  }
  return { any: any / options.trials, found: found / options.trials };
}

/** Blocks of a real service as bench/aa/record.ts writes them: one row of numbers a block. */
export interface Recording {
  /** By how much the `slowed` blocks are slower, by construction. */
  readonly slowdown: number;
  /** Indicator names. */
  readonly columns: readonly string[];
  readonly still: readonly (readonly number[])[];
  /** Recorded in turns: three still ones, then one of these. */
  readonly slowed: readonly (readonly number[])[];
}

/** What 100 comparisons make of a recording, six blocks an arm. */
export interface RecordedRates {
  /** Arms drawn at random from the still blocks, no block in both. */
  readonly random: Rates;
  /** Neighbouring blocks, six and then six: what a trial on that machine would have compared. */
  readonly consecutive: Rates;
  /** Neighbouring blocks, in turns. */
  readonly interleaved: Rates;
  /** Six still and six slowed ones at random. */
  readonly slowed: Rates;
  /** Six slowed ones, each with the still one before it. */
  readonly slowedInterleaved: Rates;
}

/** Repeats comparisons on a recording. */
export function ratesOf(recording: Recording): RecordedRates {
  const blocks = (rows: Recording['still']) =>
    blocksOf(
      recording.columns.map((name, column) => ({
        name,
        values: rows.map((row) => row[column]!),
        unit: name.endsWith('.ratio') ? '1' : name.endsWith('.rate') ? '1/s' : 's',
        direction: name.endsWith('.rate') ? 'higher-is-better' : 'lower-is-better',
      })),
    );
  const still = blocks(recording.still);
  const slowed = blocks(recording.slowed);
  const affected = recording.columns[0]!;
  const random = seededRandom(100);
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
  const windows = still.length - 11;
  const inWindow = (wanted: (position: number) => boolean) => (trial: number) =>
    numbers(12)
      .filter(wanted)
      .map((position) => (trial % windows) + position);
  const arms = (first: (position: number) => boolean) => (trial: number) => ({
    before: inWindow(first)(trial),
    after: inWindow((position) => !first(position))(trial),
  });
  const same = { before: still, after: still };
  const repeated = { design: 'repeated', trials: 100, affected } as const;
  return {
    random: redraw(
      same,
      () => {
        const drawn = shuffled(numbers(still.length), random);
        return { before: drawn.slice(0, 6), after: drawn.slice(6, 12) };
      },
      repeated,
    ),
    consecutive: redraw(
      same,
      arms((position) => position < 6),
      { ...repeated, trials: windows },
    ),
    interleaved: redraw(
      same,
      arms((position) => position % 4 === 0 || position % 4 === 3),
      {
        ...repeated,
        design: 'interleaved',
        trials: windows,
      },
    ),
    slowed: redraw(
      { before: still, after: slowed },
      () => ({
        before: shuffled(numbers(still.length), random).slice(0, 6),
        after: shuffled(numbers(slowed.length), random).slice(0, 6),
      }),
      repeated,
    ),
    slowedInterleaved: redraw(
      { before: still, after: slowed },
      (trial) => ({
        before: numbers(6).map((position) => 3 * (trial + position) + 2),
        after: numbers(6).map((position) => trial + position),
      }),
      { ...repeated, design: 'interleaved', trials: slowed.length - 5 },
    ),
  };
}
