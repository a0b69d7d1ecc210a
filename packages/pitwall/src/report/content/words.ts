import type { ComparisonVerdict, Outcome } from '../../model/change.ts';
import type { VerdictStatus } from '../../model/indicator.ts';
import type { Labels } from '../../model/observation.ts';
import type { RecommendationStatus } from '../../model/recommendation.ts';
import type { Severity } from '../../model/rule.ts';
import { formatNumber } from '../format.ts';
import { clean, cleanProse } from '../text.ts';

/**
 * How bad something is: the only thing that colours are made from, in every rendering. Words always stand beside them.
 */
export type Tone = 'good' | 'miss' | 'warn' | 'bad' | 'unknown' | 'plain';

export interface Word {
  readonly word: string;
  readonly tone: Tone;
}

/** Worst first: the order of tables. */
export const STATUS_ORDER: readonly VerdictStatus[] = ['critical', 'error', 'warning', 'off-target', 'no-data', 'pass'];

/** `MISS`: the target is missed, the warning limit is not reached. */
export const STATUS: Readonly<Record<VerdictStatus, Word & { readonly counted: string }>> = {
  critical: { word: 'CRIT', tone: 'bad', counted: 'critical' },
  error: { word: 'ERROR', tone: 'bad', counted: 'in error' },
  warning: { word: 'WARN', tone: 'warn', counted: 'warning' },
  'off-target': { word: 'MISS', tone: 'miss', counted: 'off target' },
  'no-data': { word: 'NO DATA', tone: 'unknown', counted: 'without data' },
  pass: { word: 'PASS', tone: 'good', counted: 'passed' },
};

export const SEVERITY_ORDER: readonly Severity[] = ['critical', 'warning', 'info'];

export const SEVERITY: Readonly<Record<Severity, Word>> = {
  critical: { word: 'CRIT', tone: 'bad' },
  warning: { word: 'WARN', tone: 'warn' },
  info: { word: 'INFO', tone: 'plain' },
};

export const DECISION: Readonly<Record<Outcome['decision'], Word>> = {
  kept: { word: 'KEPT', tone: 'good' },
  'rolled-back': { word: 'ROLLED BACK', tone: 'warn' },
  conflict: { word: 'CONFLICT', tone: 'bad' },
};

export const COMPARED: Readonly<Record<ComparisonVerdict, Word>> = {
  improved: { word: 'improved', tone: 'good' },
  unchanged: { word: 'unchanged', tone: 'plain' },
  regressed: { word: 'regressed', tone: 'bad' },
  inconclusive: { word: 'inconclusive', tone: 'unknown' },
};

export const RECOMMENDED: Readonly<Record<RecommendationStatus, string>> = {
  open: 'open',
  applied: 'applied, not yet proved',
  kept: 'applied and kept',
  'rolled-back': 'tried and rolled back',
  failed: 'tried and failed',
  dismissed: 'dismissed',
};

/** `GET /devices`; a value that says nothing by itself keeps its key: `core=3`. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => clean(/[a-z/]{3}/i.test(value) ? value : `${key}=${value}`))
    .join(', ');
}

/** `3 critical · 1 warning`, in the order given; what does not occur is left out. */
export function tally<T extends string>(items: readonly T[], order: readonly T[], word: (item: T) => string): string {
  return order
    .map((kind) => [items.filter((item) => item === kind).length, word(kind)] as const)
    .filter(([n]) => n > 0)
    .map(([n, text]) => `${formatNumber(n)} ${text}${text === 'warning' && n > 1 ? 's' : ''}`)
    .join(' · ');
}

/** A full stop at the end, and a capital if it begins with a word (not with a name such as `smaps_rollup` or `a/b`). */
export function sentence(text: string): string {
  const line = cleanProse(text);
  if (line === '') return '';
  const first = /^[a-z]+(?=[ ,])/.test(line) ? line[0]!.toUpperCase() + line.slice(1) : line;
  return /[.!?…:]$/.test(first) ? first : `${first}.`;
}
