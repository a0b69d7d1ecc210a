import type { Comparison, Outcome } from '../../model/change.ts';
import type { Report } from '../../model/report.ts';
import { formatEffect, formatInterval, formatJson, formatNumber, formatPercent, formatValue } from '../format.ts';
import { clean } from '../text.ts';
import { COMPARED, DECISION, labelText, sentence, tally, type Word } from './words.ts';

export interface ComparisonText extends Word {
  readonly indicator: string;
  /** Labels, or else the target. */
  readonly where: string;
  readonly affected: boolean;
  readonly before: string;
  readonly after: string;
  /** `2.3× faster`; only what the trial could tell from noise has an effect, the rest is `inconclusive` or `unchanged`. */
  readonly effect: string;
  /** The measured ratio in the same words, whatever the verdict. */
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
  /** Other affected indicators, and guards that moved. */
  readonly others: readonly ComparisonText[];
  /** Guards that stayed as they were. */
  readonly unmoved: number;
  readonly all: readonly ComparisonText[];
  /** `repeated blocks`. */
  readonly design: string;
}

const EFFECT: Readonly<Partial<Record<Comparison['verdict'], string>>> = {
  inconclusive: 'inconclusive',
  unchanged: 'unchanged',
};

const size = (comparison: Comparison): number => (comparison.ratio > 0 ? Math.abs(Math.log(comparison.ratio)) : 0);

/** The comparison that the outcome's own `ratio` is of; without one, the largest effect on an affected indicator. */
function headlineOf(outcome: Outcome): Comparison | null {
  const affected = outcome.comparisons.filter((comparison) => comparison.affected);
  const named = affected.find(({ ratio }) => ratio === outcome.ratio);
  return named ?? affected.toSorted((a, b) => size(b) - size(a))[0] ?? null;
}

/** Guards that moved, and affected indicators: what a decision was made by. */
export function decisive(comparison: Comparison): boolean {
  return comparison.affected || comparison.verdict === 'regressed' || comparison.verdict === 'improved';
}

export function comparisonText(comparison: Comparison): ComparisonText {
  const { unit, blocks } = comparison;
  return {
    ...COMPARED[comparison.verdict],
    indicator: clean(comparison.indicator),
    where: labelText(comparison.labels) || clean(comparison.target),
    affected: comparison.affected,
    before: formatValue(comparison.before, unit),
    after: formatValue(comparison.after, unit),
    effect: EFFECT[comparison.verdict] ?? formatEffect(comparison.ratio, unit),
    estimate: formatEffect(comparison.ratio, unit),
    interval: formatInterval(comparison.interval, unit),
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
  const others = outcome.comparisons.filter((comparison) => comparison !== headline && decisive(comparison));
  return {
    ...DECISION[outcome.decision],
    change: changeTitle(outcome),
    target: clean(outcome.change.target),
    apply: clean(outcome.change.preview.apply),
    undo: clean(outcome.change.preview.undo),
    verdict: COMPARED[outcome.verdict],
    because: sentence(outcome.because),
    headline: headline && comparisonText(headline),
    others: others.map(comparisonText),
    unmoved: outcome.comparisons.length - others.length - (headline ? 1 : 0),
    all: outcome.comparisons.map(comparisonText),
    design: outcome.design === 'none' ? 'no trial' : `${outcome.design} blocks`,
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
