import { type Clusters, designEffect, moreEvents } from '../stats/two-rates.ts';
import { ABSOLUTE_FLOOR } from './scale.ts';

/** Shares of failed requests of one run or arm, block by block. */
export interface FailedShares {
  /** 0–1. */
  readonly shares: readonly number[];
  /** Of how many requests each is the share; absent where nobody counted. */
  readonly requests?: readonly number[] | undefined;
}

/** How the share of failed requests changed. */
export interface FailureGrowth {
  /** Of all requests together, 0–1. */
  readonly before: number;
  readonly after: number;
  /** By more than is of no interest: it may not be traded for speed, sure or not. */
  readonly grew: boolean;
  /** Chance of such a growth or more while nothing has changed, of this comparison alone; NaN when no request failed. */
  readonly pValue: number;
}

/** Growth that matters where requests failed before: by half. [judgement] */
const GROWTH = 1.5;
/**
 * An outage of this size is no matter of how its failures came: one in a hundred, the limit that a load has where no objective is
 * set (load/search/demand.ts). That it might have come without the change too, nobody can tell from two runs, and to pass over a crash
 * is worse than to report one that was chance. [judgement]
 */
const OUTAGE = 0.01;

/**
 * Whether more requests fail than before. Failures come in bursts, so the middle of the blocks says little about them: all of them
 * count, as a share of all requests.
 *
 * `grew` when the share is higher by more than one request in a thousand, and by half of what it was (where it was above that). Whether
 * that is chance is said by the exact test of two rates (stats/two-rates.ts), its counts divided by the design effect of the blocks,
 * because ten failures of one second are not ten proofs; undivided only for an outage (at least OUTAGE, and before next to nothing).
 * Where nobody counted the requests, or there is one block, a block with failures counts as one.
 *
 * Not seen: a share that differs from run to run for reasons that no block shows. So a growth below GROWTH is never a verdict.
 */
export function failureGrowth(before: FailedShares, after: FailedShares): FailureGrowth {
  const [first, second] = [counted(before, after), counted(after, before)];
  const [a, b] = [clustersOf(first), clustersOf(second)];
  const floor = ABSOLUTE_FLOOR['1'];
  const [was, is] = [shareOf(first), shareOf(second)];
  const grew = is > was + floor && (was <= floor || is > GROWTH * was);
  const counts = { before: total(a.events), after: total(b.events) };
  const sizes = { before: total(a.sizes), after: total(b.sizes) };
  if (counts.before + counts.after === 0) return { before: was, after: is, grew, pValue: Number.NaN };
  const outage = was <= floor && is >= OUTAGE;
  const effect = outage ? 1 : designEffect([a, b]);
  // One value a run: how its failures came nobody knows, and a single burst is the worst of it.
  const divisor = Number.isNaN(effect) ? Math.max(counts.before, counts.after) : effect;
  const effective = { before: counts.before / divisor, after: counts.after / divisor };
  return { before: was, after: is, grew, pValue: moreEvents(effective, sizes) };
}

/** Where only the other one was counted (nothing was answered here), as many are taken for asked here. */
function counted({ shares, requests }: FailedShares, other: FailedShares): FailedShares {
  if (requests || !other.requests || other.requests.length === 0) return { shares, requests };
  const each = Math.round(total(other.requests) / other.requests.length);
  return { shares, requests: shares.map(() => each) };
}

function clustersOf({ shares, requests }: FailedShares): Clusters {
  if (!requests) return { events: shares.map((share) => (share > 0 ? 1 : 0)), sizes: shares.map(() => 1) };
  return { events: shares.map((share, i) => Math.round(share * requests[i]!)), sizes: requests };
}

/** Of all requests; where nobody counted them blocks weigh the same. */
function shareOf({ shares, requests }: FailedShares): number {
  const weights = requests ?? shares.map(() => 1);
  return total(shares.map((share, i) => share * weights[i]!)) / total(weights);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
