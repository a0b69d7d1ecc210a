import type { LatencySummary } from '../model/load.ts';

/** Percentiles as summaries and indicators name them, as shares 0–1. */
const PROBABILITIES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999, p9999: 0.9999 } as const;

/**
 * Measurements that a percentile needs before it is said: 1/(1 − p), the number of which one lies above it on average (p99: 100,
 * p99.9: 1,000). Of fewer it is the maximum under another name: by nearest rank it is then the largest one seen. That is the
 * least; it becomes steady when ten lie above it. `probability`: at least 0, below 1.
 */
export function fewestFor(probability: number): number {
  // 1 − 0.9 is a little less than 0.1 in binary: without the last bits it would be 11.
  return Math.ceil(1 / (1 - probability) - 1e-6);
}

/** The same for what a name ends with: `load.response.duration.p99`, `p999`. 1 for names of anything else. */
export function fewestNamed(name: string): number {
  const probability = probabilityOf(name);
  return probability === null ? 1 : fewestFor(probability);
}

/** 0.999 for a name that ends with `p999`; null for names of anything but a percentile. */
export function probabilityOf(name: string): number | null {
  const last = name.slice(name.lastIndexOf('.') + 1);
  return Object.hasOwn(PROBABILITIES, last) ? PROBABILITIES[last as keyof typeof PROBABILITIES] : null;
}

/** What a summary of `count` measurements can bear: percentiles that need more of them are NaN. */
export function knownOf<T extends Partial<LatencySummary>>(summary: T, count: number): T {
  const entries = Object.entries(summary).map(([name, value]) => [
    name,
    count >= fewestNamed(name) ? value : Number.NaN,
  ]);
  return Object.fromEntries(entries) as T;
}
