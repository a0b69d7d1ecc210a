import { incompleteBeta } from './t-distribution.ts';

/**
 * Chance of at least `after` events of `before + after` in the second of two samples, if both have the same rate: the exact conditional test
 * of two Poisson rates, one-sided. Given their sum, events fall into the second sample with probability
 * π = sizes.after / (sizes.before + sizes.after), so P = P(Bin(before + after, π) ≥ after) = I_π(after, before + 1), which goes
 * on between the whole numbers: counts may be divided by a design effect.
 * Sources: J. Przyborowski, H. Wilenski, "Homogeneity of results in testing samples from Poisson series", Biometrika 31 (1940); the sum as
 * a beta function: NIST DLMF 8.17.5.
 *
 * @param counts events, ≥ 0
 * @param sizes what the events were counted in (requests, seconds), > 0
 * @returns 1 when nothing happened in the second one; NaN when a size is not above 0
 */
export function moreEvents(
  counts: { readonly before: number; readonly after: number },
  sizes: { readonly before: number; readonly after: number },
): number {
  if (!(sizes.before > 0 && sizes.after > 0)) return Number.NaN;
  if (counts.after <= 0) return 1;
  return incompleteBeta(sizes.after / (sizes.before + sizes.after), counts.after, counts.before + 1);
}

/** Events in parts of a sample: blocks of a run. */
export interface Clusters {
  readonly events: readonly number[];
  readonly sizes: readonly number[];
}

/**
 * By how much events that come in bursts vary more than events that come alone, at least 1: Pearson's Σ (x − n·p)² / (n·p·(1 − p)) of
 * the parts over its degrees of freedom, of all samples that have events, each with its own p. Counts divided by it may go into a test
 * for independent events.
 * Source: J. N. K. Rao, A. J. Scott, "A simple method for the analysis of clustered binary data", Biometrics 48 (1992).
 *
 * NaN when no sample with events has two parts: then nobody knows.
 */
export function designEffect(samples: readonly Clusters[]): number {
  let [pearson, freedom] = [0, 0];
  for (const { events, sizes } of samples) {
    const share = sum(events) / sum(sizes);
    if (!(share > 0 && events.length > 1)) continue;
    freedom += events.length - 1;
    // Where all fail, none comes alone or in a burst.
    if (share >= 1) continue;
    for (const [i, count] of events.entries()) {
      const size = sizes[i]!;
      if (size > 0) pearson += (count - size * share) ** 2 / (size * share * (1 - share));
    }
  }
  return freedom === 0 ? Number.NaN : Math.max(1, pearson / freedom);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
