import type { Direction, Indicator, Unit } from '../model/indicator.ts';
import type { Labels } from '../model/observation.ts';
import type { Random } from '../stats/random.ts';

/** A series of block values as the indicators that blocks carry; null: the block has no value. */
export interface Arm {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly unit?: Unit;
  readonly direction?: Direction;
  readonly labels?: Labels;
}

/** One list of indicators a block, from series. */
export function blocksOf(arms: readonly Arm[]): Indicator[][] {
  const longest = Math.max(...arms.map(({ values }) => values.length));
  return Array.from({ length: longest }, (_, block) =>
    arms.map(({ name, values, unit = 's', direction = 'lower-is-better', labels = {} }) => ({
      target: 'web',
      name,
      labels,
      unit,
      direction,
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
