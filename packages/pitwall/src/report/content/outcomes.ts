import type { Change, Comparison, Outcome } from '../../model/change.ts';
import type { Report } from '../../model/report.ts';
import { formatEffect, formatInterval, formatJson, formatNumber, formatPercent, formatValue } from '../format.ts';
import { clean } from '../text.ts';
import { labelTitle } from './titles.ts';
import { COMPARED, DECISION, labelText, sentence, tally, type Word } from './words.ts';

export interface ComparisonText extends Word {
  readonly indicator: string;
  /** Labels, or else the target. */
  readonly where: string;
  /** What the labels stand for (the text of a statement); null: themselves. */
  readonly title: string | null;
  readonly affected: boolean;
  readonly before: string;
  readonly after: string;
  /** `2.3× faster`; only what the trial could tell from noise has an effect, the rest is `inconclusive` or `unchanged`. */
  readonly effect: string;
  /** The measured ratio in the same words, whatever the verdict; with `interval` none where it is `GONE`. */
  readonly estimate: string;
  readonly interval: string;
  readonly blocks: string;
  readonly noise: string;
  readonly minimum: string;
}

export interface OutcomeText extends Word {
  readonly change: string;
  readonly target: string;
  readonly apply: string;
  readonly undo: string;
  /** Of the trial, in one word; with its tone. */
  readonly verdict: Word;
  readonly because: string;
  /** The affected indicator with the largest effect. */
  readonly headline: ComparisonText | null;
  /** What the decision was made by, the headline first. */
  readonly decisive: readonly ComparisonText[];
  /** Every comparison, the decisive ones first. */
  readonly all: readonly ComparisonText[];
  /** `repeated blocks`. */
  readonly design: string;
}

const EFFECT: Readonly<Partial<Record<Comparison['verdict'], string>>> = {
  inconclusive: 'inconclusive',
  unchanged: 'unchanged',
};

/** Of what was there before and has nothing left: a ratio with 0 is no figure that anybody reads. */
export const GONE = 'gone';

function isGone({ before, after, verdict }: Comparison): boolean {
  return after === 0 && before > 0 && (verdict === 'improved' || verdict === 'regressed');
}

const size = (comparison: Comparison): number => (comparison.ratio > 0 ? Math.abs(Math.log(comparison.ratio)) : 0);

/** The comparison that the outcome's own `ratio` is of; without one, the largest effect on an affected indicator. */
function headlineOf(outcome: Outcome): Comparison | null {
  const affected = outcome.comparisons.filter((comparison) => comparison.affected);
  const named = affected.find(({ ratio }) => ratio === outcome.ratio);
  return named ?? affected.toSorted((a, b) => size(b) - size(a))[0] ?? null;
}

/** The endpoint that became faster the most: what callers feel of a change that was made for a query. */
function feltMost({ comparisons }: Outcome): Comparison | undefined {
  return comparisons
    .filter(({ indicator, verdict }) => indicator === 'load.response.duration.p50' && verdict === 'improved')
    .toSorted((a, b) => size(b) - size(a))[0];
}

/** The headline, affected indicators, guards that moved visibly, and the rest; in each the largest effect first. */
function ranked(outcome: Outcome): readonly (readonly [rank: number, Comparison])[] {
  const headline = headlineOf(outcome);
  const felt = feltMost(outcome);
  const rank = (comparison: Comparison): number => {
    if (comparison === headline) return 0;
    if (comparison.affected) return 1;
    return comparison === felt || comparison.verdict === 'regressed' ? 2 : 3;
  };
  return outcome.comparisons
    .map((comparison) => [rank(comparison), comparison] as const)
    .toSorted(([a, one], [b, other]) => a - b || size(other) - size(one));
}

/** What a decision was made by, and what callers feel of it: all but the guards that did not regress. The headline first. */
export function decisive(outcome: Outcome): readonly Comparison[] {
  return ranked(outcome)
    .filter(([rank]) => rank < 3)
    .map(([, comparison]) => comparison);
}

/** What became of comparisons that are not shown: `54 more compared: 7 improved, 47 unchanged`; null when there are none. */
export function restText(rest: readonly ComparisonText[]): string | null {
  if (rest.length === 0) return null;
  const kinds = Map.groupBy(rest, ({ word }) => word);
  const parts = [...kinds].map(([word, those]) => `${formatNumber(those.length)} ${word}`);
  return `${formatNumber(rest.length)} more compared: ${parts.join(', ')}`;
}

/** `change` tells what labels stand for; without one they stand for themselves. */
export function comparisonText(comparison: Comparison, change?: Change): ComparisonText {
  const { unit, blocks } = comparison;
  const gone = isGone(comparison);
  return {
    ...COMPARED[comparison.verdict],
    indicator: clean(comparison.indicator),
    where: labelText(comparison.labels) || clean(comparison.target),
    title: change ? labelTitle(comparison.labels, change) : null,
    affected: comparison.affected,
    before: formatValue(comparison.before, unit),
    after: formatValue(comparison.after, unit),
    effect: gone ? GONE : (EFFECT[comparison.verdict] ?? formatEffect(comparison.ratio, unit)),
    estimate: gone ? GONE : formatEffect(comparison.ratio, unit),
    interval: formatInterval(gone ? null : comparison.interval, unit),
    blocks: `${formatNumber(blocks.before)} + ${formatNumber(blocks.after)}`,
    noise: `±${formatPercent(comparison.noiseFloor)}`,
    minimum: formatPercent(comparison.minimumDetectable),
  };
}

/** `sqlite/index orders_status`, or `sqlite/journal-mode → wal` where there is one a target. */
export function changeTitle({ change }: Outcome): string {
  return change.subject === ''
    ? `${clean(change.tunable)} → ${formatJson(change.to)}`
    : `${clean(change.tunable)} ${clean(change.subject)}`;
}

export function outcomeText(outcome: Outcome): OutcomeText {
  const headline = headlineOf(outcome);
  const text = (comparison: Comparison) => comparisonText(comparison, outcome.change);
  return {
    ...DECISION[outcome.decision],
    change: changeTitle(outcome),
    target: clean(outcome.change.target),
    apply: clean(outcome.change.preview.apply),
    undo: clean(outcome.change.preview.undo),
    verdict: COMPARED[outcome.verdict],
    because: sentence(outcome.because),
    headline: headline && text(headline),
    decisive: decisive(outcome).map(text),
    all: ranked(outcome).map(([, comparison]) => text(comparison)),
    design: `${outcome.design} blocks`,
  };
}

/** `1 kept · 2 rolled back`. */
export function outcomeTally({ outcomes }: Report): string {
  return tally(
    outcomes.map(({ decision }) => decision),
    ['kept', 'rolled-back', 'conflict'],
    (decision) => DECISION[decision].word.toLowerCase(),
  );
}
