import type { CopyTrial, QueryTrial, VariantTrial } from './trial-contract.ts';

/** A variant that proved itself on the copy, with the queries that it makes faster. */
export interface Chosen {
  readonly variant: VariantTrial;
  /** Most seconds saved first. */
  readonly improved: readonly QueryTrial[];
}

/** Of two variants the one that is this much faster for a query is worth having besides the other. */
const MUCH_BETTER = 0.8;

/** True when the whole interval is below 1 − `gain`: faster by at least that, with 95 % certainty. */
export function isImproved(trial: QueryTrial, gain: number): boolean {
  return trial.planChanged && trial.interval[1] < 1 - gain;
}

export function isHarmed(trial: QueryTrial, gain: number): boolean {
  return trial.planChanged && trial.interval[0] > 1 + gain;
}

/**
 * The variants worth having: in each step the one that saves the most time over the queries that are not served yet; a
 * query is served once nothing else makes it much faster. One that makes any query slower is out. Choosing by the absolute
 * gain over whole candidates is the greedy step of S. Chaudhuri, V. Narasayya, "An efficient, cost-driven index selection
 * tool for Microsoft SQL Server", VLDB 1997.
 */
export function chooseVariants(trial: CopyTrial, gain: number): readonly Chosen[] {
  const usable = trial.variants.filter(
    (variant) => variant.failed === null && !variant.queries.some((query) => isHarmed(query, gain)),
  );
  const open = new Set(usable.flatMap((variant) => variant.queries.map(({ query }) => query)));
  const chosen: Chosen[] = [];
  for (let rest = usable; rest.length > 0; ) {
    const best = rest
      .map((variant) => ({ variant, saved: savedBy(variant, open, gain) }))
      .toSorted((a, b) => b.saved - a.saved || (a.variant.indexBytes ?? 0) - (b.variant.indexBytes ?? 0))[0]!;
    if (best.saved <= 0) break;
    const improved = best.variant.queries.filter((query) => open.has(query.query) && isImproved(query, gain));
    chosen.push({ variant: best.variant, improved });
    rest = rest.filter((variant) => variant !== best.variant);
    for (const { query, ratio } of improved) {
      const other = Math.min(...rest.map((variant) => ratioOf(variant, query, gain)));
      if (other >= ratio * MUCH_BETTER) open.delete(query);
    }
  }
  return assign(chosen, gain);
}

/**
 * Each query goes to the one variant that is best for it, the first of equals: more must not be expected of a variant than
 * what it alone brings. One that is best for none goes.
 */
function assign(chosen: readonly Chosen[], gain: number): readonly Chosen[] {
  const ownerOf = (query: string) =>
    chosen.toSorted((a, b) => ratioOf(a.variant, query, gain) - ratioOf(b.variant, query, gain))[0];
  return chosen
    .map((choice) => ({
      variant: choice.variant,
      improved: choice.variant.queries
        .filter((query) => isImproved(query, gain) && ownerOf(query.query) === choice)
        .toSorted((a, b) => gainOf(b) - gainOf(a)),
    }))
    .filter(({ improved }) => improved.length > 0);
}

function savedBy(variant: VariantTrial, open: ReadonlySet<string>, gain: number): number {
  return variant.queries
    .filter((query) => open.has(query.query) && isImproved(query, gain))
    .reduce((sum, query) => sum + gainOf(query), 0);
}

/** Seconds saved by a run. */
function gainOf({ before, after }: QueryTrial): number {
  return (before ?? 0) - (after ?? 0);
}

function ratioOf(variant: VariantTrial, name: string, gain: number): number {
  const found = variant.queries.find(({ query }) => query === name);
  return found && isImproved(found, gain) ? found.ratio : 1;
}

/** `83× faster (67× to 100×)`: the effect with its 95 % interval. */
export function effectText({ ratio, interval }: Pick<QueryTrial, 'ratio' | 'interval'>): string {
  const slower = ratio > 1;
  const times = (value: number) => {
    const factor = slower ? value : 1 / value;
    return `${factor < 10 ? factor.toPrecision(2) : Math.round(factor)}×`;
  };
  const [near, far] = slower ? interval : [interval[1], interval[0]];
  return `${times(ratio)} ${slower ? 'slower' : 'faster'} (${times(near)} to ${times(far)})`;
}

/** Why none was chosen, for a person. */
export function whyNone(trial: CopyTrial): string {
  const failures = trial.variants.flatMap((variant) => (variant.failed === null ? [] : [variant.failed]));
  const timed = trial.variants.flatMap((variant) => variant.queries.filter((query) => query.planChanged));
  const best = timed.toSorted((a, b) => a.ratio - b.ratio)[0];
  if (best) return `on a copy it made no difference that is sure (at best ${effectText(best)})`;
  if (failures.length > 0) return `the trial on a copy failed: ${failures[0]}`;
  return 'on a copy the planner did not use it';
}
