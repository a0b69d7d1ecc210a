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
  /** Measurements in each block; default 100. */
  readonly count?: number;
}

/** One list of indicators a block, from series. */
export function blocksOf(arms: readonly Arm[]): Indicator[][] {
  const longest = Math.max(...arms.map(({ values }) => values.length));
  return Array.from({ length: longest }, (_, block) =>
    arms.map(
      ({ name, values, unit = 's', direction = 'lower-is-better', labels = {}, countsFailures, count = 100 }) => ({
        target: 'web',
        name,
        labels,
        unit,
        direction,
        ...(countsFailures ? { countsFailures } : {}),
        value: values[block] ?? null,
        count,
      }),
    ),
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

/** Blocks of a real service as bench/aa/record.ts writes them: one row of numbers a block. */
export interface Recording {
  /** By how much the `slowed` blocks are slower, by construction. */
  readonly slowdown: number;
  /** Indicator names. */
  readonly columns: readonly string[];
  /** In the order of time: two of these, one slowed, and so on, and one of these at the end. */
  readonly still: readonly (readonly number[])[];
  readonly slowed: readonly (readonly number[])[];
}

type ByDesign = Readonly<Record<Design, Rates>>;

/** What comparisons make of a recording. */
export interface RecordedRates {
  /** 100 draws at random from the still blocks, no block twice: any of them, or (interleaved) pairs of neighbours in turns. */
  readonly identical: ByDesign;
  /** Every window of still blocks that follow one another: what a trial at that time would have compared. */
  readonly identicalInTurn: ByDesign;
  /** 100 draws at random, one arm slowed: any of them, or (interleaved) slowed ones with the still one before or after, in turns. */
  readonly slowed: ByDesign;
  /** Every window of the recording, one arm slowed. Repeated: still blocks of half as many rounds, then the slowed ones that follow. */
  readonly slowedInTurn: ByDesign;
}

type Draw = (trial: number) => { readonly before: readonly number[]; readonly after: readonly number[] };

/** Repeats comparisons on a recording, with so many blocks an arm. */
export function ratesOf(recording: Recording, blocks = 8): RecordedRates {
  const [still, slowed] = [indicatorsOf(recording, recording.still), indicatorsOf(recording, recording.slowed)];
  const affected = recording.columns[0]!;
  const random = seededRandom(100);
  const pick = (from: number, count = blocks) => shuffled(numbers(from), random).slice(0, count);
  const inOrder = (from: number) => pick(from).sort((a, b) => a - b);

  const rates = (second: Indicator[][], design: Design, trials: number, draw: Draw): Rates => {
    let any = 0;
    let found = 0;
    for (let trial = 0; trial < trials; trial++) {
      const drawn = draw(trial);
      const { comparisons } = compareBlocks({
        design,
        before: drawn.before.map((block) => still[block]!),
        after: drawn.after.map((block) => second[block]!),
        affects: [{ indicator: affected }],
        tolerance: 0.05,
        seed: trial,
      });
      if (comparisons.some(({ verdict }) => verdict === 'improved' || verdict === 'regressed')) any++;
      if (comparisons[0]?.verdict === 'regressed') found++;
    }
    return { any: any / trials, found: found / trials };
  };
  /** Block 2n and its neighbour; every second pair the other way round, as the engine measures them (ABBA). */
  const neighbours = (pairs: readonly number[], from = 0) => {
    const turned = (i: number) => i % 2;
    return {
      before: pairs.map((pair, i) => from + 2 * pair + turned(i)),
      after: pairs.map((pair, i) => from + 2 * pair + 1 - turned(i)),
    };
  };
  const beside = (rounds: readonly number[]) => ({ before: rounds.map((n, i) => 2 * n + 1 + (i % 2)), after: rounds });
  const half = Math.ceil(blocks / 2);
  const window = (from: number, count = blocks) => numbers(count).map((i) => from + i);
  const windows = still.length - 2 * blocks + 1;
  return {
    identical: {
      repeated: rates(still, 'repeated', 100, () => {
        const drawn = pick(still.length, 2 * blocks);
        return { before: drawn.slice(0, blocks), after: drawn.slice(blocks) };
      }),
      interleaved: rates(still, 'interleaved', 100, () => neighbours(inOrder(still.length >> 1))),
    },
    identicalInTurn: {
      repeated: rates(still, 'repeated', windows, (n) => ({ before: window(n), after: window(n + blocks) })),
      interleaved: rates(still, 'interleaved', windows, (n) => neighbours(numbers(blocks), n)),
    },
    slowed: {
      repeated: rates(slowed, 'repeated', 100, () => ({ before: pick(still.length), after: pick(slowed.length) })),
      interleaved: rates(slowed, 'interleaved', 100, () => beside(inOrder(slowed.length))),
    },
    slowedInTurn: {
      repeated: rates(slowed, 'repeated', slowed.length - half - blocks + 1, (n) => ({
        before: window(2 * n),
        after: window(n + half),
      })),
      interleaved: rates(slowed, 'interleaved', slowed.length - blocks + 1, (n) => beside(window(n))),
    },
  };
}

function indicatorsOf({ columns }: Recording, rows: Recording['still']): Indicator[][] {
  return blocksOf(
    columns.map((name, column) => ({
      name,
      values: rows.map((row) => row[column]!),
      unit: name.endsWith('.ratio') ? '1' : name.endsWith('.rate') ? '1/s' : 's',
      direction: name.endsWith('.rate') ? 'higher-is-better' : 'lower-is-better',
      ...(name === 'load.error.ratio' ? { countsFailures: true } : {}),
    })),
  );
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
