import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { FindingDraft, RuleView } from '../../../model/rule.ts';
import type { ColumnStatisticsFact, PlanRunFact, StepFact } from '../facts/estimates.ts';
import { nameOf, partsOf } from '../identifiers.ts';
import { ESTIMATE_FACTS, FACTOR, misjudgedSteps, stepEvidence, stepText } from './estimate-view.ts';
import { countText } from './schema-view.ts';
import { statementProof } from './statement-proof.ts';
import { statementTitle } from './statement-view.ts';

/** The most that PostgreSQL takes. */
const MOST = 10_000;
/** A step up where the frequency of the value does not say how far: as the manual's own example does (10 → 100). */
const STEP = 10;
const ROUND = 50;

export const coarseStatistics = defineRule({
  id: 'postgresql/coarse-statistics',
  meta: {
    title: 'The statistics of a column are too coarse for its values',
    why: 'ANALYZE keeps the most common values of a column, and steps for the rest: 100 of each by default. A frequent value that is not among them is taken for an average one, and the plan is made for a few rows where there are thousands.',
    sources: [
      {
        title: 'PostgreSQL: Statistics Used by the Planner',
        url: 'https://www.postgresql.org/docs/current/planner-stats.html',
      },
      {
        title: 'PostgreSQL: Row Estimation Examples',
        url: 'https://www.postgresql.org/docs/current/row-estimation-examples.html',
      },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: [...ESTIMATE_FACTS] },
    doesNotApplyWhen: 'No plan was run with values of real calls (postgresql/misestimated-rows asks for it).',
    confirmedBy:
      'A plan that was run: one column, its list of common values as long as the target allows, and a value that is not in it. The trial: the statement’s time with the higher target, against the time without.',
    thresholds: { factor: FACTOR },
  },

  evaluate(view) {
    const steps = misjudgedSteps(view);
    if (steps === null) return { notApplicable: 'no plan was run' };
    const columns = new Map<string, Coarse[]>();
    for (const { plan, step, cause } of steps) {
      if (cause.kind !== 'coarse' || step.factor < view.threshold('factor')) continue;
      const { table, column, statistics } = cause;
      const subject = nameOf(...(partsOf(table) ?? [table]), column);
      const list = columns.get(subject) ?? [];
      columns.set(subject, [...list, { plan, step, table, column, statistics }]);
    }
    if (columns.size === 0) return { clear: 'no single column’s statistics misjudge a plan that was run' };
    return { found: [...columns].map(([subject, list]) => findingOf(view, subject, list)) };
  },
});

interface Coarse {
  readonly plan: PlanRunFact;
  readonly step: StepFact;
  readonly table: string;
  readonly column: string;
  readonly statistics: ColumnStatisticsFact;
}

function findingOf(view: RuleView, subject: string, list: readonly Coarse[]): FindingDraft {
  const [worst] = list.toSorted((a, b) => b.step.factor - a.step.factor) as [Coarse, ...Coarse[]];
  const { plan, step, table, column, statistics } = worst;
  const target = Math.max(...list.map(targetFor));
  const finding: FindingDraft = {
    subject,
    summary: printable(
      `A value of ${table}.${column} is not among the ${countText(statistics.target)} that the planner knows: a step ${stepText(step)}: ${statementTitle(plan.text)}`,
    ),
    severity: 'warning',
    confidence: 'high',
    evidence: [
      ...stepEvidence(plan, step),
      { label: 'statistics target', value: statistics.target },
      { label: 'common values that are kept', value: statistics.common },
      ...(statistics.distinct === null
        ? []
        : [{ label: 'different values, as ANALYZE counts them', value: Math.round(statistics.distinct) }]),
    ],
  };
  if (target <= statistics.target) {
    return {
      ...finding,
      advice: {
        text: 'The target is as high as PostgreSQL takes. An index that is partial for such values gives their number to the planner.',
      },
    };
  }
  const statements = [...new Set(list.map((one) => one.plan.statement))];
  const reason = printable(
    `With ${counted(statistics.target, 'value')} the planner ${stepText(step)}; with ${countText(target)} the value is among those that it knows`,
  );
  return {
    ...finding,
    changes: [
      {
        tunable: 'postgresql/statistics-target',
        subject,
        to: { target },
        reason,
        ...statementProof(view, table, statements),
      },
    ],
  };
}

/**
 * No more than 1 ÷ f values can be as frequent as one with the share f of the rows: a list of twice as many has it, whatever the
 * luck of ANALYZE’s sample (300 rows for each, https://www.postgresql.org/docs/current/sql-analyze.html).
 */
function targetFor({ step, statistics: { target, distinct, rows } }: Coarse): number {
  const isFrequent = step.actual > step.expected && step.columns[0]?.test === 'equal' && rows > 0;
  const wanted = isFrequent ? (2 * rows) / step.actual : STEP * target;
  // All values there are will do.
  const enough = distinct !== null && distinct > target && step.columns[0]?.test === 'equal' ? distinct : MOST;
  const rounded = Math.ceil(Math.min(Math.max(wanted, 2 * target), enough) / ROUND) * ROUND;
  return Math.min(MOST, rounded);
}
