import type { HistoryChange, HistorySeries, IndicatorHistory } from '../../model/comparison.ts';
import type { Unit } from '../../model/indicator.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatEffect, formatInstant, formatNumber, formatValue } from '../format.ts';
import { clean } from '../text.ts';
import { labelText, sentence, type Word } from './words.ts';

export const historyOf = (report: Report): IndicatorHistory | null => report.history ?? null;

/** `GET /devices on web`. */
export function seriesName({ target, labels }: HistorySeries): string {
  const where = labelText(labels);
  return where === '' ? clean(target) : `${where} on ${clean(target)}`;
}

export function historyTitle({ indicator, series }: IndicatorHistory): string {
  const changes = series.reduce((sum, { changes: found }) => sum + found.length, 0);
  const runs = Math.max(0, ...series.map(({ points }) => points.length));
  return `${clean(indicator)}: ${countOf(runs, 'run')}, ${countOf(changes, 'change point')}`;
}

const KINDS: Readonly<Record<HistoryChange['kind'], Word>> = {
  better: { word: 'better', tone: 'good' },
  worse: { word: 'worse', tone: 'bad' },
  other: { word: 'changed', tone: 'miss' },
};

export interface ChangeText extends Word {
  /** 1, 2 … as it is marked in the drawing. */
  readonly number: number;
  readonly run: string;
  readonly when: string;
  readonly before: string;
  readonly after: string;
  readonly effect: string;
  readonly pValue: string;
}

export function changeTexts({ changes, unit }: HistorySeries): readonly ChangeText[] {
  return changes.map((change, i) => ({
    ...KINDS[change.kind],
    number: i + 1,
    run: clean(change.run),
    when: formatInstant(change.startedAt),
    before: formatValue(change.before, unit),
    after: formatValue(change.after, unit),
    effect: effectText(change, unit),
    pValue: `p ${formatNumber(change.pValue)}`,
  }));
}

function effectText({ ratio, kind }: HistoryChange, unit: Unit): string {
  if (kind === 'other' && ratio !== null && Math.abs(ratio - 1) < 0.01) return 'the same level, another spread';
  return ratio === null ? '' : formatEffect(ratio, unit);
}

export function historySentences({ cautions, series }: IndicatorHistory): readonly string[] {
  const short = series.some(({ points }) => points.length < 6);
  return [
    ...(short ? ['With fewer than six runs no change point can be told from chance.'] : []),
    ...cautions.map(sentence),
  ];
}

/** Median of each stretch between two changes, with where it begins and ends (exclusive). */
export function levelsOf({ points, changes }: HistorySeries): readonly { from: number; to: number; value: number }[] {
  const borders = [0, ...changes.map(({ index }) => index), points.length];
  return borders.slice(1).map((to, i) => {
    const from = borders[i]!;
    const sorted = points
      .slice(from, to)
      .map(({ value }) => value)
      .toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    const value = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
    return { from, to, value };
  });
}

/** Least share of the level that a plot spans, so that nothing looks like a mountain that is a thousandth. */
const LEAST_SPAN = 0.05;

/** From where to where a plot of the values reaches. */
export function rangeOf({ points }: HistorySeries): readonly [low: number, high: number] {
  const values = points.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = LEAST_SPAN * Math.abs((low + high) / 2) - (high - low);
  return missing > 0 ? [low - missing / 2, high + missing / 2] : [low, high];
}
