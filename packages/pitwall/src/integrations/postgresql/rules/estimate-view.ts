import { printable } from '../../../errors.ts';
import { counted } from '../../../model/plural.ts';
import type { Evidence, RuleView, Threshold } from '../../../model/rule.ts';
import { factsOf } from '../facts/define.ts';
import type { ColumnPairFact, ColumnStatisticsFact, PlanRunFact, StepFact } from '../facts/estimates.ts';
import type { StatementFact } from '../facts/statements.ts';
import { nameOf } from '../identifiers.ts';
import { countText } from './schema-view.ts';
import { workloadOf } from './statement-view.ts';
import { tableSetting } from './table-settings.ts';

/** Statements that are asked about at once. */
const MOST_ASKED = 50;

/** Thresholds of the rules that ask about statements: which of them are worth it. */
export const WORTH_ASKING: Readonly<Record<'minimumSeconds' | 'minimumShare', Threshold>> = {
  minimumSeconds: {
    value: 0.02,
    unit: 's',
    source: 'PgHero calls a statement slow from 20 ms on: a wrong guess that costs nothing is none.',
  },
  minimumShare: {
    value: 0.01,
    unit: 'share of the time',
    source: 'Own choice: a statement that takes less than a hundredth of all time gains nobody anything.',
  },
};

export const FACTOR: Threshold = {
  value: 10,
  unit: 'times',
  source: 'The usual factor of plan visualisers: explain.dalibo.com, pgMustard.',
};

/** Facts that these rules read of the server, beside their own. */
export const ESTIMATE_FACTS = [
  'postgresql.statement',
  'postgresql.plans-run',
  'postgresql.column-pairs',
  'postgresql.table',
  'postgresql.autovacuum',
  'postgresql.server',
] as const;

/** Statements that take enough time to be asked about, the most expensive first. */
export function worthAsking(
  view: RuleView,
  isAsked: (statement: StatementFact) => boolean,
): readonly (readonly [id: string, statement: StatementFact])[] {
  const read = workloadOf(view);
  if (!('workload' in read)) return [];
  const all = read.workload.seconds ?? 0;
  return read.statements
    .filter(([, { seconds, calls, notUnderstood }]) => {
      if (seconds === null || calls === 0 || notUnderstood !== null) return false;
      return seconds / calls >= view.threshold('minimumSeconds') || seconds >= view.threshold('minimumShare') * all;
    })
    .filter(([, statement]) => isAsked(statement))
    .sort(([, a], [, b]) => b.seconds! - a.seconds!)
    .slice(0, MOST_ASKED);
}

/** Why a step's rows were misjudged, as far as can be told from outside. */
export type Cause =
  | { readonly kind: 'stale'; readonly table: string; readonly changed: number }
  | {
      readonly kind: 'coarse';
      readonly table: string;
      readonly column: string;
      readonly statistics: ColumnStatisticsFact;
    }
  | { readonly kind: 'together'; readonly pairs: readonly ColumnPairFact[] }
  | { readonly kind: 'expression'; readonly expressions: readonly string[] }
  | { readonly kind: 'join' | 'unknown' };

/** The plans that were run, each with its misjudged steps and why; null: none were. */
export function misjudgedSteps(
  view: RuleView,
): readonly { readonly plan: PlanRunFact; readonly step: StepFact; readonly cause: Cause }[] | null {
  const runs = [...factsOf(view, 'postgresql.plans-run').values()];
  if (runs.length === 0) return null;
  return runs
    .flatMap(({ plans }) => plans)
    .flatMap((plan) => plan.steps.map((step) => ({ plan, step, cause: causeOf(view, step) })));
}

/** Old statistics first: with them nothing else can be told. */
function causeOf(view: RuleView, step: StepFact): Cause {
  const { kind, table, columns, expressions } = step;
  const changed = table === null ? null : changedSinceAnalyze(view, table);
  if (table !== null && changed !== null) return { kind: 'stale', table, changed };
  if (kind === 'join') return { kind: 'join' };
  if (expressions.length > 0) return { kind: 'expression', expressions };
  if (table === null) return { kind: 'unknown' };
  if (columns.length > 1) {
    const pairs = pairsOf(view, table, kind === 'groups' ? 'groups' : 'conditions', columns);
    if (pairs.length > 0) return { kind: 'together', pairs };
  }
  if (columns.length > 0 && columns.every(({ test }) => test === 'join')) return { kind: 'join' };
  const [only] = columns;
  if (kind === 'scan' && columns.length === 1 && only?.statistics && isCoarse(step, only.test, only.statistics)) {
    return { kind: 'coarse', table, column: only.column, statistics: only.statistics };
  }
  return { kind: 'unknown' };
}

/** Rows that changed since the last ANALYZE, where autovacuum itself would analyse it again (or never did); null: too few. */
export function changedSinceAnalyze(view: RuleView, table: string): number | null {
  const known = factsOf(view, 'postgresql.table').get(table);
  const settings = factsOf(view, 'postgresql.autovacuum').get('');
  if (!known || !settings || known.kind === 'partitioned') return null;
  if (known.rows === null && known.analyzedAgo === null && known.autoanalyzedAgo === null) return known.liveRows;
  const threshold = tableSetting(known, 'autovacuum_analyze_threshold', settings.analyzeThreshold);
  const share = tableSetting(known, 'autovacuum_analyze_scale_factor', settings.analyzeScaleFactor);
  return known.modifiedRows > threshold + share * (known.rows ?? known.liveRows) ? known.modifiedRows : null;
}

/** What was measured of columns that are among those of a step, and is not independent. */
function pairsOf(
  view: RuleView,
  table: string,
  use: ColumnPairFact['use'],
  columns: StepFact['columns'],
): readonly ColumnPairFact[] {
  const names = new Set(columns.map(({ column }) => column));
  return measuredPairs(view).filter(
    (pair) =>
      pair.use === use &&
      nameOf(pair.table.schema, pair.table.name) === table &&
      pair.columns.every((column) => names.has(column)) &&
      pair.typical >= DEPENDENT,
  );
}

/** Times by which the product of two frequencies misses that of the pair, typically, from where on columns count as dependent. */
export const DEPENDENT = 3;

export function measuredPairs(view: RuleView): readonly ColumnPairFact[] {
  return [...factsOf(view, 'postgresql.column-pairs').values()].flatMap(({ pairs }) => pairs);
}

/**
 * The list of common values (or the histogram) is as long as its target allows, and what was asked for is not in it: then it was
 * judged by the average of all that are not. https://www.postgresql.org/docs/current/row-estimation-examples.html
 */
function isCoarse(
  step: StepFact,
  test: StepFact['columns'][number]['test'],
  statistics: ColumnStatisticsFact,
): boolean {
  const { target, common, leastCommon, bounds, rows } = statistics;
  if (test === 'range') return bounds > target;
  return test === 'equal' && common >= target && leastCommon !== null && step.expected < leastCommon * rows;
}

export function stepEvidence({ text }: PlanRunFact, step: StepFact): Evidence[] {
  const columns = [...step.columns.map(({ column }) => column), ...step.expressions].map(printable);
  return [
    { label: 'statement', value: printable(text) },
    { label: 'step', value: printable(step.title) },
    { label: 'rows expected', value: Math.round(step.expected) },
    { label: 'rows that there were', value: Math.round(step.actual) },
    { label: 'off by', value: Number(step.factor.toPrecision(3)), unit: 'times' },
    ...(columns.length > 0 ? [{ label: 'by conditions on', value: columns.join(', ') }] : []),
  ];
}

/** `expected 24 rows and got 2,400: 100 times more`. */
export function stepText({ expected, actual, factor }: StepFact): string {
  const times = countText(Number(factor.toPrecision(2)));
  return `expected ${counted(expected, 'row')} and got ${countText(actual)}: ${times} times ${actual > expected ? 'more' : 'fewer'}`;
}
