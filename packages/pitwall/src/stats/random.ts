/** Draws numbers in [0, 1). */
export type Random = () => number;

/**
 * Seeded pseudo-random numbers: the same seed gives the same sequence on every machine, so a verdict can be repeated.
 * xoshiro128** 1.1, its state filled by splitmix32. Not for secrets.
 * Source: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function seededRandom(seed: number): Random {
  let mix = seed | 0;
  const next = (): number => {
    mix = (mix + 0x9e3779b9) | 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return xoshiro128(next(), next(), next(), next());
}

/** The bare generator from its four 32-bit words of state (not all zero). */
export function xoshiro128(a: number, b: number, c: number, d: number): Random {
  let s0 = a;
  let s1 = b;
  let s2 = c;
  let s3 = d;
  return () => {
    const times5 = Math.imul(s1, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >>> 21);
    return result / 4294967296;
  };
}

/** A shuffled copy (Fisher–Yates: every order equally likely). */
export function shuffled<T>(values: readonly T[], random: Random): T[] {
  const result = [...values];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
