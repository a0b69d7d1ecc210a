import { printable } from '../../../errors.ts';
import type { Evidence, RuleResult, RuleView } from '../../../model/rule.ts';
import { costEvidence, windowEvidence } from '../../_sql/rules/statement-text.ts';
import type { EffectFact } from '../facts/advice.ts';
import { factsOf } from '../facts/define.ts';
import type { StatementFact, WorkloadFact } from '../facts/statements.ts';

export { percentOf, statementTitle } from '../../_sql/rules/statement-text.ts';

/** pg_stat_statements, as its manual has it. */
export const STATEMENTS_MANUAL = {
  title: 'PostgreSQL: pg_stat_statements',
  url: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
};
export const AUTO_EXPLAIN_MANUAL = {
  title: 'PostgreSQL: auto_explain',
  url: 'https://www.postgresql.org/docs/current/auto-explain.html',
};

export interface WorkloadView {
  readonly workload: WorkloadFact;
  readonly statements: readonly (readonly [id: string, statement: StatementFact])[];
}

/** What was read of the workload; what a rule answers where nothing counts statements, or there is none yet. */
export function workloadOf(
  view: RuleView,
): WorkloadView | Extract<RuleResult, { notYet: string } | { notApplicable: string }> {
  const workload = factsOf(view, 'postgresql.workload').get('');
  if (!workload || workload.statements === 0) {
    return workload?.noStatistics
      ? { notApplicable: 'nothing counts statements here' }
      : { notYet: 'no statement was counted yet' };
  }
  return { workload, statements: [...factsOf(view, 'postgresql.statement')] };
}

/** What every finding on a statement shows: whose it is, and over which time it was counted. */
export function statementEvidence(statement: StatementFact, { window }: WorkloadFact): Evidence[] {
  const [caller] = statement.callers;
  const wait = statement.activity?.waits[0];
  return [
    ...costEvidence(statement),
    ...(caller ? [{ label: 'called by', value: printable(caller.endpoint) }] : []),
    ...(wait ? [{ label: `waits for ${printable(wait.event)}`, value: wait.share, unit: '1' }] : []),
    windowEvidence(window),
  ];
}

export function bytes(value: number): string {
  const [unit, factor] = value >= 2 ** 30 ? (['GiB', 2 ** 30] as const) : (['MiB', 2 ** 20] as const);
  return `${Number((value / factor).toPrecision(3))} ${unit}`;
}

/** What is expected of a statement, time after ÷ before: as measured on a copy, else as the planner's cost has it. */
export function ratioOf({ planner, measured }: EffectFact): number {
  return measured?.ratio ?? planner ?? 1;
}
