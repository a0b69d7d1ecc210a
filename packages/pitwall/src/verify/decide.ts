import type { Comparison, ComparisonVerdict, Selector } from '../model/change.ts';
import { seriesTitle } from '../stats/labels.ts';

export interface DecideInput {
  readonly comparisons: readonly Comparison[];
  /** Affected selectors for which nothing could be compared. */
  readonly unmatched: readonly Selector[];
  /** What was measured before the change and is not any more, as a person reads it. */
  readonly lost: readonly string[];
  /** Shares of failed requests that grew, as a person reads them, whether or not a test is sure of it. */
  readonly failing: readonly string[];
}

export interface Decision {
  /** Only `improved` is worth keeping. */
  readonly verdict: ComparisonVerdict;
  readonly because: string;
  /** The affected indicator with the largest effect; without affected ones, the one that decided. */
  readonly headline: Comparison | null;
}

/**
 * `improved`: every affected indicator improved, and no indicator at all regressed. With no affected ones never: of dozens of
 * indicators some always move, and one that did was not what the trial was made for. `regressed`: anything regressed. `unchanged`: all affected ones are within the tolerance. All
 * else, also an affected indicator that was not measured, one that is no longer measured, or requests of which more may fail:
 * `inconclusive`.
 */
export function decide({ comparisons, unmatched, lost, failing }: DecideInput): Decision {
  const affected = comparisons.filter((comparison) => comparison.affected);
  const judged = affected.length > 0 || unmatched.length > 0 ? affected : comparisons;
  const largest = [...judged].sort((a, b) => effectSize(b) - effectSize(a))[0] ?? null;
  const regressed = comparisons.filter(({ verdict }) => verdict === 'regressed');
  const say = (verdict: ComparisonVerdict, because: string, headline = largest): Decision => ({
    verdict,
    because,
    headline,
  });

  if (regressed.length > 0) {
    const worst = [...regressed].sort((a, b) => effectSize(b) - effectSize(a))[0]!;
    const others = regressed.length > 1 ? `, and ${regressed.length - 1} more regressed` : '';
    return say('regressed', `${describe(worst)} regressed${others}.`, affected.length > 0 ? largest : worst);
  }
  if (unmatched.length > 0) {
    const names = unmatched.map(({ indicator, labels }) => seriesTitle(indicator, labels ?? {})).join(', ');
    return say('inconclusive', `Nothing comparable was measured of ${names}, which the change should improve.`);
  }
  if (lost.length > 0) {
    return say('inconclusive', `Measured before the change and too rarely after it: ${lost.join(', ')}.`);
  }
  if (failing.length > 0) {
    return say(
      'inconclusive',
      `More requests failed than before, and it is not sure that this is chance: ${failing.join(', ')}.`,
    );
  }
  if (judged.length === 0) return say('inconclusive', 'Nothing was measured in enough blocks of both arms.');

  const improved = judged.filter(({ verdict }) => verdict === 'improved');
  if (affected.length === 0 && improved.length > 0) {
    const best = [...improved].sort((a, b) => effectSize(b) - effectSize(a))[0]!;
    return say(
      'inconclusive',
      `${describe(best)} improved, but nothing was named before that the change should improve: so that proves nothing.`,
      best,
    );
  }
  if (improved.length === affected.length && improved.length > 0) {
    if (improved.every(isGone)) return say('improved', goneText(improved, comparisons));
    const best = [...improved].sort((a, b) => effectSize(b) - effectSize(a))[0]!;
    const rest = improved.length > 1 ? `, and ${improved.length - 1} more improved` : '';
    return say('improved', `${describe(best)} improved${rest}; ${restText(comparisons)}.`);
  }
  const open = judged.filter(({ verdict }) => verdict === 'inconclusive');
  if (open.length > 0) {
    const first = [...open].sort((a, b) => effectSize(b) - effectSize(a))[0]!;
    const why =
      first.direction === 'neutral'
        ? 'has no better or worse'
        : `is not decided: with ${first.blocks.before} and ${first.blocks.after} blocks only a change of ` +
          `${percent(first.minimumDetectable)} or more would have shown`;
    return say('inconclusive', `${describe(first)} ${why}.`);
  }
  const same = judged.filter(({ verdict }) => verdict === 'unchanged');
  const which = same.length === judged.length ? 'unchanged' : 'inconclusive';
  return say(which, `${describe(same[0]!)} is the same within the tolerance.`);
}

/** How far from 1 the ratio is, either way. */
export function effectSize({ ratio }: Comparison): number {
  return Math.abs(Math.log(Math.max(ratio, 1e-9)));
}

/** What was dropped takes no space any more: that is how the change was made, and no improvement that anybody waits for. */
function isGone({ unit, interval }: Comparison): boolean {
  return unit === 'By' && interval[1] < EXTREME;
}

/** Others that are named where something was dropped. */
const NAMED = 2;

/** After a drop it is the others that were judged: what got slower, and whether anything, such as writes, got cheaper. */
function goneText(gone: readonly Comparison[], comparisons: readonly Comparison[]): string {
  const [{ indicator, labels }] = gone as [Comparison];
  const more = gone.length > 1 ? ` and ${gone.length - 1} more are gone` : ' is gone';
  const others = comparisons.filter((one) => !gone.includes(one));
  if (others.length === 0) return `${seriesTitle(indicator, labels)}${more}; nothing else was compared.`;
  const count = (verdict: ComparisonVerdict) => others.filter((one) => one.verdict === verdict).length;
  const better = others.filter(({ verdict }) => verdict === 'improved').sort((a, b) => effectSize(b) - effectSize(a));
  const left = better.length > NAMED ? ` and ${better.length - NAMED} more` : '';
  const gains =
    better.length > 0 ? `improved: ${better.slice(0, NAMED).map(describe).join(', ')}${left}` : 'none improved';
  const open = count('inconclusive');
  const unsure = open > 0 ? `; ${open} could not be told` : '';
  return `${seriesTitle(indicator, labels)}${more}. Of ${others.length} others compared none got worse; ${gains}${unsure}.`;
}

/** What is not proved worse is not proved the same. */
function restText(comparisons: readonly Comparison[]): string {
  const open = comparisons.filter(({ verdict }) => verdict === 'inconclusive').length;
  return open === 0
    ? `of ${comparisons.length} compared none regressed`
    : `none proved worse; ${open} of ${comparisons.length} could not be told`;
}

/** `load.response.duration.p95 {endpoint=devices} at 0.62 × (0.58–0.67)`, or `… at less than a thousandth`. */
function describe({ indicator, labels, ratio, interval }: Comparison): string {
  const title = seriesTitle(indicator, labels);
  if (interval[1] < EXTREME) return `${title} at less than a thousandth`;
  return `${title} at ${figures(ratio)} × (${figures(interval[0])}–${figures(interval[1])})`;
}

/** A smaller ratio is no figure that anybody reads. */
const EXTREME = 0.001;

function figures(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}
