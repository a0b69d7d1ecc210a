import { type Random, seededRandom } from '../../stats/random.ts';

/** What the random numbers of a run are for: each purpose has sequences of its own, so that none disturbs another. */
export const STREAM = { arrivals: 1, warmupArrivals: 2, think: 3 } as const;

/**
 * The sequence with this number among those of a purpose. Unlike a generator that all share, it gives the same numbers however
 * the work is split. The seeds are mixed (MurmurHash3's finaliser), because neighbouring seeds would fill the generator with
 * shifted copies of one another.
 */
export function stream(seed: number, purpose: number, index: number): Random {
  return seededRandom(mixed(mixed(mixed(seed) ^ purpose) ^ index));
}

function mixed(value: number): number {
  let h = (value + 0x7f4a7c15) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Exponential with mean 1, by inversion. */
export function exponential(random: Random): number {
  return -Math.log1p(-random());
}

/** Standard normal (G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", 1958). */
export function normal(random: Random): number {
  return Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random());
}

/**
 * A Poisson count, for means of 10 and more: transformed rejection (W. Hörmann, "The transformed rejection method for generating
 * Poisson random variables", Insurance: Mathematics and Economics 12, 1993, algorithm PTRS). Its cost does not grow with the mean.
 */
export function poissonCount(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const logRatio = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (logRatio <= k * Math.log(mean) - mean - logFactorial(k)) return k;
  }
}

/** ln k!, with Stirling's series: within 1e-10 for k ≥ 10 (NIST DLMF 5.11.1), exact sums below. */
function logFactorial(k: number): number {
  if (k < 10) {
    let sum = 0;
    for (let i = 2; i <= k; i++) sum += Math.log(i);
    return sum;
  }
  const x = k + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  );
}
