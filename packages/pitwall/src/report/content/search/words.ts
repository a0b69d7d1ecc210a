import type { SearchCheck, SearchObjective, SearchStep, SearchVerdict, SearchWhy } from '../../../model/search.ts';
import { formatNumber, formatValue } from '../../format.ts';
import { clean } from '../../text.ts';
import { labelText, type Word } from '../words.ts';

const SEARCHED: Readonly<Record<SearchVerdict, Word>> = {
  pass: { word: 'PASS', tone: 'good' },
  fail: { word: 'FAIL', tone: 'bad' },
  hold: { word: 'NOT STEADY', tone: 'miss' },
  invalid: { word: 'NO VERDICT', tone: 'unknown' },
  danger: { word: 'DANGER', tone: 'bad' },
};

/** A step that came to rest and is measured again had too few requests to decide. */
export function searchedWord({ verdict, steadiness }: Pick<SearchStep, 'verdict' | 'steadiness'>): Word {
  const few = verdict === 'hold' && (steadiness === 'steady' || steadiness === 'unknown');
  return few ? { word: 'TOO FEW', tone: 'miss' } : SEARCHED[verdict];
}

export const WHY: Readonly<Record<SearchWhy, string>> = {
  start: 'first rate',
  double: 'doubled',
  bisect: 'halved the gap',
  repeat: 'repeated',
  hold: 'held on',
  again: 'tried again',
};

/** `195/s`. */
export const rateText = (rate: number): string => `${formatNumber(rate)}/s`;

/** `load.response.duration.p99 (GET /) ≤ 250 ms`. */
export function objectiveText({ indicator, labels, unit, direction, limit }: SearchObjective): string {
  const where = labelText(labels);
  const sign = direction === 'higher-is-better' ? '≥' : '≤';
  return `${clean(indicator)}${where === '' ? '' : ` (${where})`} ${sign} ${formatValue(limit, unit)}`;
}

const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^load\.response\.duration\./, ''],
  [/^load\.service\.duration\./, 'service '],
  [/^load\.error\.ratio$/, 'errors'],
  [/^load\./, ''],
];

/** The first objective that broke, short: `p99 340 ms > 250 ms`. Null when none did. */
export function brokenText(checks: readonly SearchCheck[]): string | null {
  const broken = checks.find(({ kept }) => kept === false);
  if (!broken) return null;
  const sign = broken.direction === 'higher-is-better' ? '<' : '>';
  const name = clean(SHORT.reduce((text, [long, short]) => text.replace(long, short), broken.indicator));
  return `${name} ${formatValue(broken.value, broken.unit)} ${sign} ${formatValue(broken.limit, broken.unit)}`;
}
