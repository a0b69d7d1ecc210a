import { lateAllowed } from '../load/validity.ts';
import type { LatencySummary, LoadResult } from '../model/load.ts';
import { Histogram } from '../stats/histogram.ts';
import { isClosed } from '../verify/run-series.ts';

/** Limits of DESIGN §7 as load/validity.ts has them: p99 of the lateness ≤ max(2 ms, 10 % of the median response), over all blocks as of a run. */
const LIMITS = { lateness: 0.002, ofMedian: 0.1 } as const;

/** What is looked at of each block of one service. */
export type LateBlock = Pick<LoadResult, 'shape' | 'rate' | 'sent'> & {
  readonly steps: readonly Pick<LoadResult['steps'][number], 'distributions'>[];
  readonly generator: Pick<LoadResult['generator'], 'late' | 'lateness'>;
};

/**
 * Whether the generator was late for one of the services of a duet, its blocks taken together: of the fifty requests of one block the 99th
 * percentile is the latest one, so that blocks cannot be judged alone. A sentence when more than 1 % of all requests left later than the
 * limit (more of fewer than a hundred, see `lateAllowed`), else null. A closed load has no schedule that could be missed.
 */
export function latenessOf(blocks: readonly LateBlock[]): string | null {
  if (blocks.length === 0 || blocks.every(isClosed)) return null;
  const times = blocks.flatMap(({ steps }) => steps.map(({ distributions }) => distributions.response));
  const median = Histogram.fromDistributions(times).percentile(50) / 1e9;
  const limit = Math.max(LIMITS.lateness, LIMITS.ofMedian * (median || 0));
  const sent = blocks.reduce((sum, block) => sum + block.sent, 0);
  // Later than 2 ms is counted exactly; of later than a higher limit a block has at most what its percentiles leave.
  const exact = limit === LIMITS.lateness;
  const late = blocks.reduce((sum, { sent, generator }) => {
    return sum + (exact ? generator.late : Math.min(generator.late, mostAbove(generator.lateness, sent, limit)));
  }, 0);
  const allowed = lateAllowed(sent);
  if (late <= allowed * sent) return null;
  return (
    `${exact ? '' : 'Up to '}${count(late)} of ${count(sent)} requests left more than ${(1000 * limit).toFixed(1)} ms after they could have ` +
    `(${Number((100 * allowed).toPrecision(2))} % allowed): use more workers or a lower rate.`
  );
}

const PERCENTILES = [
  ['max', 100],
  ['p9999', 99.99],
  ['p999', 99.9],
  ['p99', 99],
  ['p95', 95],
  ['p90', 90],
  ['p50', 50],
] as const satisfies readonly (readonly [keyof LatencySummary, number])[];

/** How many of so many values can lie above a limit, by the percentiles of them: those beyond the highest percentile below it. */
function mostAbove(summary: LatencySummary, values: number, limit: number): number {
  const known = PERCENTILES.find(([name]) => summary[name] <= limit);
  return known ? values - Math.ceil((known[1] / 100) * values * (1 - 2 ** -50)) : values;
}

const count = (value: number): string => value.toLocaleString('en-US');
