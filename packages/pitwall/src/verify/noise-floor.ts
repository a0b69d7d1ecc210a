import { bootstrapQuantile } from '../stats/bootstrap.ts';
import { centre, shift } from '../stats/hodges-lehmann.ts';
import type { Random } from '../stats/random.ts';

const RESAMPLES = 200;

/**
 * How far apart two arms of this machine in one and the same state come out, 19 times of 20: the A/A comparison, made from
 * the blocks before the change. Nothing smaller is ever called a change. On the scale of the values given (logarithms or
 * plain). NaN below three blocks.
 *
 * Repeated: pairs of arms drawn with replacement from the blocks, estimate as in the real comparison. Interleaved: pairs of
 * neighbouring blocks (their differences, either way round), because that is what an interleaved comparison compares.
 * The factor √(n/(n−1)) undoes the bootstrap's known narrowness at small n (Hesterberg 2015, §4).
 */
export function noiseFloor(
  values: readonly number[],
  arms: { readonly before: number; readonly after: number },
  design: 'repeated' | 'interleaved',
  random: Random,
): number {
  if (values.length < 3) return Number.NaN;
  if (design === 'repeated') {
    const floor = bootstrapQuantile(
      values,
      (draw) => Math.abs(shift(draw(arms.before), draw(arms.after))),
      0.95,
      RESAMPLES,
      random,
    );
    return floor * Math.sqrt(values.length / (values.length - 1));
  }
  const neighbours = values.slice(1).map((value, i) => value - values[i]!);
  const eitherWay = [...neighbours, ...neighbours.map((difference) => -difference)];
  const pairs = Math.min(arms.before, arms.after);
  return bootstrapQuantile(eitherWay, (draw) => Math.abs(centre(draw(pairs))), 0.95, RESAMPLES, random);
}
