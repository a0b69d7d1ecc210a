/**
 * Student's t distribution. The CDF is the regularised incomplete beta function by its continued fraction (modified Lentz);
 * source of both: NIST DLMF 8.17.22 (https://dlmf.nist.gov/8.17) and Press et al., Numerical Recipes, §6.4.
 */

/** ln Γ(x) for x > 0 by Lanczos' approximation (g = 7, 9 terms): relative error below 1e-13. */
function logGamma(x: number): number {
  let series = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) series += LANCZOS[i]! / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Regularised incomplete beta function I_x(a, b), for 0 ≤ x ≤ 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The continued fraction converges fast only below the mean; above it the symmetric one is taken.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a),
  );
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return front * fraction;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** Two-sided tail: the probability that |T| ≥ |t| with `df` > 0 degrees of freedom (need not be whole). */
export function tTwoSided(t: number, df: number): number {
  if (Number.isNaN(t) || Number.isNaN(df)) return Number.NaN;
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** The t below which `probability` (0–1, exclusive) of the distribution with `df` > 0 degrees of freedom lies. */
export function tQuantile(probability: number, df: number): number {
  if (!(probability > 0 && probability < 1)) return Number.NaN;
  if (probability === 0.5) return 0;
  const tail = 2 * Math.min(probability, 1 - probability);
  let low = 0;
  let high = 1;
  while (tTwoSided(high, df) > tail && high < 1e300) high *= 2;
  // Bisection: monotonic, cannot diverge, and 100 halvings exhaust a double's precision.
  for (let i = 0; i < 100 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (tTwoSided(middle, df) > tail) low = middle;
    else high = middle;
  }
  return (probability < 0.5 ? -1 : 1) * ((low + high) / 2);
}
