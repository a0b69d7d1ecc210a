import type { IndicatorComparison, RunVerdict, ShapeComparison } from '../model/comparison.ts';
import { seriesTitle } from '../stats/labels.ts';
import type { RunSeries } from './run-series.ts';

export interface DecideRunsInput {
  readonly comparisons: readonly IndicatorComparison[];
  /** Shares of failed requests that grew, whether or not a test is sure of it. */
  readonly failing: readonly RunSeries[];
  readonly shapes: readonly ShapeComparison[];
  readonly tolerance: number;
}

/**
 * `worse`: anything that decides got worse. `better`: something got better, nothing worse, and no more requests fail. `same`: all that
 * decides is the same and no distribution has another shape. All else is `inconclusive`, with the smallest change that would have
 * been seen.
 *
 * Where a load was measured, its blocks decide, and what a request cost where its noise is known: what else has one value a run
 * (memory, load average) depends on the hour and on what the host does besides, and is told beside it. Without a load it decides, the host's own gauges left out for the same reason. What
 * has no better or worse, and what has no known noise, never decides.
 */
export function decideRuns(input: DecideRunsInput): { readonly verdict: RunVerdict; readonly because: string } {
  const { comparisons, failing, shapes } = input;
  const byBlocks = comparisons.some(isOfBlocks);
  const judged = comparisons.filter((one) => {
    const known = one.verdict === 'worse' || (one.direction !== 'neutral' && one.spread !== 'unknown');
    return known && (byBlocks ? isOfBlocks(one) || isDecidedCost(one) : !one.indicator.startsWith('host.'));
  });
  const of = (verdict: RunVerdict) =>
    judged.filter((one) => one.verdict === verdict).sort((a, b) => rankOf(a) - rankOf(b) || changeOf(b) - changeOf(a));
  const [worse, better] = [of('worse'), of('better')];
  const beside = comparisons.filter(
    (one) => !judged.includes(one) && (one.verdict === 'worse' || one.verdict === 'better'),
  );
  const other = shapes.filter(({ verdict }) => verdict === 'other');
  const shape =
    other.length > 0
      ? ` The response times of ${other.map(({ endpoint }) => endpoint).join(', ')} are distributed differently: see the shapes.`
      : '';
  const aside =
    beside.length > 0
      ? ` Beside it, with one value a run: ${beside.slice(0, 3).map(describe).join(', ')}${beside.length > 3 ? ' …' : ''}.`
      : '';
  const say = (verdict: RunVerdict, because: string) => ({ verdict, because: `${because}${shape}${aside}` });

  if (worse.length > 0) {
    const others = [more(worse, 'worse'), better.length > 0 ? `${better.length} better` : '']
      .filter(Boolean)
      .join(', ');
    return say('worse', `${describe(worse[0]!)} is worse${others === '' ? '' : `; ${others}`}.`);
  }
  if (failing.length > 0) {
    const names = failing.map(({ indicator, labels }) => seriesTitle(indicator, labels)).join(', ');
    return say('inconclusive', `More requests failed than before, and it is not sure that this is chance: ${names}.`);
  }
  if (better.length > 0) {
    return say('better', `${describe(better[0]!)} is better${more(better, 'better', '; ')}, and nothing is worse.`);
  }
  if (judged.length === 0) {
    return say(
      'inconclusive',
      comparisons.length === 0
        ? 'The two runs have nothing in common that could be compared.'
        : 'There is one value a run, and too few earlier runs to know by how much these differ when nothing is changed.',
    );
  }
  const open = of('inconclusive').sort((a, b) => nearness(b) - nearness(a));
  if (open.length === 0) {
    const verdict = other.length > 0 ? 'inconclusive' : 'same';
    return say(verdict, `All ${judged.length} indicators are the same within ${percent(input.tolerance)}.`);
  }
  const first = open[0]!;
  const rest = judged.length > open.length ? `; ${judged.length - open.length} of ${judged.length} are the same` : '';
  return say(
    'inconclusive',
    `${describe(first)} is not decided: at this noise ${changeText(first.minimumDetectable)} shows in 4 of 5 comparisons${rest}.`,
  );
}

/** A cost that nothing can be told of does not keep two runs from being the same. */
function isDecidedCost({ indicator, verdict }: IndicatorComparison): boolean {
  return indicator.startsWith('cost.') && verdict !== 'inconclusive';
}

function isOfBlocks({ blocks }: IndicatorComparison): boolean {
  return blocks.a > 1 && blocks.b > 1;
}

/** What callers feel is named first. */
function rankOf({ indicator }: IndicatorComparison): number {
  if (/^load\.(?:response|error)\./.test(indicator)) return 0;
  return indicator.startsWith('load.service.') ? 2 : 1;
}

function more(all: readonly unknown[], word: string, before = ''): string {
  return all.length > 1 ? `${before}${all.length - 1} more ${word}` : '';
}

/** `load.response.duration.p95 {endpoint=GET /devices} at 1.12 × (1.08–1.17)`. */
function describe({ indicator, labels, ratio, interval }: IndicatorComparison): string {
  const range = interval === null ? '' : ` (${figures(interval[0])}–${figures(interval[1])})`;
  return `${seriesTitle(indicator, labels)} at ${figures(ratio)} ×${range}`;
}

function figures(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** How much of what would have been seen it has moved. */
function nearness({ ratio, minimumDetectable }: IndicatorComparison): number {
  return changeOf({ ratio }) / Math.log1p(minimumDetectable ?? 1);
}

function changeText(change: number | null): string {
  if (change === null) return 'no change';
  return change < 9 ? `a change of ${percent(change)}` : `a factor of ${(1 + change).toPrecision(2)}`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

/** How far from 1 the ratio is, either way. */
export function changeOf({ ratio }: Pick<IndicatorComparison, 'ratio'>): number {
  return Math.abs(Math.log(Math.max(ratio, 1e-9)));
}
