import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { counted, either } from '../../../model/plural.ts';
import type { Advice, ConfirmRequest, FindingDraft, RuleView } from '../../../model/rule.ts';
import { runPlansRequest } from '../estimates/contract.ts';
import { factsOf } from '../facts/define.ts';
import type { PlanRunFact, StepFact } from '../facts/estimates.ts';
import { partsOf, qualified } from '../identifiers.ts';
import { analyze } from './changes.ts';
import {
  type Cause,
  ESTIMATE_FACTS,
  FACTOR,
  misjudgedSteps,
  stepEvidence,
  stepText,
  WORTH_ASKING,
  worthAsking,
} from './estimate-view.ts';
import { statementProof } from './statement-proof.ts';
import { AUTO_EXPLAIN_MANUAL, statementTitle } from './statement-view.ts';
import { statisticsName } from './statistics-name.ts';

export const misestimatedRows = defineRule({
  id: 'postgresql/misestimated-rows',
  meta: {
    title: 'The planner expects far other numbers of rows than there are',
    why: 'Plans are chosen by expected rows. Where they are off by ten times and more, a nested loop may run a million times, or an index stay unused. The reason is old statistics, or conditions that statistics do not tell of.',
    sources: [
      AUTO_EXPLAIN_MANUAL,
      {
        title: 'PostgreSQL: Statistics Used by the Planner',
        url: 'https://www.postgresql.org/docs/current/planner-stats.html',
      },
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: [...ESTIMATE_FACTS, 'postgresql.plan'] },
    doesNotApplyWhen:
      'No plan was logged (auto_explain with log_analyze, option logs), and no statement of weight has values of real calls with which it could be run.',
    confirmedBy:
      'Running the costliest SELECTs once with values of real calls (EXPLAIN ANALYZE, read-only). Columns that depend on each other and coarse statistics are told by rules of their own. The trial: the statement’s time, before and after.',
    thresholds: { factor: FACTOR, ...WORTH_ASKING },
  },

  evaluate(view) {
    const steps = misjudgedSteps(view);
    const logged = loggedPlans(view);
    const fromLogs = logged.found;
    if (steps === null) {
      const asked = worthAsking(view, ({ kind, samples }) => kind === 'select' && samples > 0).map(([id]) => id);
      const [first, ...others] = fromLogs;
      if (asked.length === 0) {
        if (first) return { found: fromLogs };
        return logged.plans > 0
          ? { clear: `${counted(logged.plans, 'logged plan')} expected what ${either(logged.plans, 'it', 'they')} got` }
          : { notApplicable: 'no plan was logged, and no statement of weight has values of real calls to run it with' };
      }
      const confirm = runPlansRequest(asked);
      return { found: first ? [{ ...first, confirm }, ...others] : [notLookedAt(asked.length, confirm)] };
    }
    const found = foundIn(view, steps);
    // A run tells more than the log does: which step, and why.
    const told = new Set(steps.map(({ plan }) => plan.statement));
    const all = [...found, ...fromLogs.filter(({ subject }) => !told.has(subject))];
    if (all.length > 0) return { found: all };
    const runs = [...factsOf(view, 'postgresql.plans-run').values()];
    const count = runs.reduce((sum, { plans }) => sum + plans.length, 0);
    const because = runs.flatMap(({ stopped }) => stopped ?? [])[0];
    if (count === 0 && logged.plans === 0) {
      return { notApplicable: printable(`no statement could be run: ${because ?? 'none is safe, short and sampled'}`) };
    }
    const others = told.size > 0 ? `; ${told.size} ${either(told.size, 'is', 'are')} told by other rules` : '';
    return {
      clear: `${counted(count, 'plan')} that ${either(count, 'was', 'were')} run, and ${logged.plans} that ${either(logged.plans, 'was', 'were')} logged, expected what they got${others}`,
    };
  },
});

function notLookedAt(count: number, confirm: ConfirmRequest): FindingDraft {
  return {
    subject: 'workload',
    summary: `What the plans of ${counted(count, 'statement')} of weight expect was not yet compared with what they find`,
    severity: 'info',
    confidence: 'low',
    evidence: [{ label: 'statements', value: count }],
    confirm,
  };
}

/** One for each statement: what is wrong with its worst step. */
function foundIn(view: RuleView, steps: NonNullable<ReturnType<typeof misjudgedSteps>>): FindingDraft[] {
  const worst = new Map<string, (typeof steps)[number]>();
  for (const one of steps) {
    if (one.cause.kind === 'coarse' || one.cause.kind === 'together') continue;
    if (one.step.factor < view.threshold('factor')) continue;
    if (one.step.factor > (worst.get(one.plan.statement)?.step.factor ?? 0)) worst.set(one.plan.statement, one);
  }
  return [...worst.values()].map(({ plan, step, cause }) => ({
    subject: plan.statement,
    summary: printable(`${step.title} ${stepText(step)}${whyText(cause)}: ${statementTitle(plan.text)}`),
    severity: 'warning',
    confidence: 'high',
    evidence: stepEvidence(plan, step),
    ...remedy(view, plan, step, cause),
  }));
}

function whyText(cause: Cause): string {
  if (cause.kind === 'stale')
    return ` (${cause.table} changed by ${counted(cause.changed, 'row')} since its last ANALYZE)`;
  if (cause.kind === 'expression') return ` (nothing is known of ${cause.expressions.join(', ')})`;
  return '';
}

function remedy(
  view: RuleView,
  plan: PlanRunFact,
  step: StepFact,
  cause: Cause,
): Pick<FindingDraft, 'changes' | 'advice'> {
  if (cause.kind !== 'stale') return { advice: adviceFor(step, cause, majorOf(view)) };
  const { affects, ...proof } = statementProof(view, cause.table, [plan.statement]);
  const reason = printable(
    `The table changed by ${counted(cause.changed, 'row')} since its last ANALYZE, and a plan ${stepText(step)}`,
  );
  return { changes: [{ ...analyze(cause.table, reason, affects), ...proof }] };
}

/** Major version of the server; null: not known. */
function majorOf(view: RuleView): number | null {
  const version = Number.parseInt(factsOf(view, 'postgresql.server').get('')?.version ?? '', 10);
  return Number.isNaN(version) ? null : version;
}

/** Statistics of an expression, which PostgreSQL has from 14 on; an index on it has them as well. */
function expressionSql(table: string, expression: string, major: number | null): string | null {
  const [schema, name] = partsOf(table) ?? [];
  if (schema === undefined || name === undefined) return null;
  const place = qualified(schema, name);
  const sql =
    major !== null && major < 14
      ? `CREATE INDEX CONCURRENTLY ON ${place} ((${expression}));`
      : `CREATE STATISTICS ${qualified(schema, statisticsName(name, [expression], []))} ON (${expression}) FROM ${place};`;
  return `${sql}\nANALYZE ${place};`;
}

function adviceFor({ kind, table, columns }: StepFact, cause: Cause, major: number | null): Advice {
  if (cause.kind === 'expression') {
    const code = table === null ? null : expressionSql(table, cause.expressions[0]!, major);
    return {
      text: 'PostgreSQL has no statistics of this expression, and assumes a fixed share of the rows. Statistics on it (from PostgreSQL 14 on), or an index on it, and ANALYZE tell the planner.',
      ...(code === null ? {} : { code }),
    };
  }
  if (cause.kind === 'join') {
    return {
      text: 'Both sides of the join were judged right, its result was not: values that are frequent on one side are frequent, or missing, on the other. No statistics of PostgreSQL tell of that. Filter by the joined key directly where it is known, or join a filtered part first (WITH … AS MATERIALIZED).',
    };
  }
  if (kind === 'groups') {
    return {
      text: 'The number of groups was misjudged, though columns that are grouped together are not known to depend on each other. Look at n_distinct of these columns in pg_stats: ALTER TABLE … ALTER COLUMN … SET (n_distinct = …) puts it right where the sample of ANALYZE is too small.',
    };
  }
  const names = columns.map(({ column }) => column).join(', ');
  return {
    text: printable(
      `The statistics of ${names === '' ? 'what it reads' : names} are new, and do not explain it. Run ANALYZE and look again; then look at n_distinct in pg_stats, and at conditions whose chance the planner has to guess (functions, LIKE, arrays, jsonb).`,
    ),
  };
}

/** What auto_explain logged: which table, not why. */
function loggedPlans(view: RuleView): { readonly plans: number; readonly found: readonly FindingDraft[] } {
  const plans = [...factsOf(view, 'postgresql.plan')];
  const found = plans.flatMap(([id, { text, shapes }]) => {
    const worst = shapes
      .filter(({ max }) => max >= view.threshold('minimumSeconds'))
      .flatMap(({ marks }) => marks)
      .filter(({ kind, amount }) => kind === 'misestimate' && amount >= view.threshold('factor'))
      .sort((a, b) => b.amount - a.amount)[0];
    if (!worst) return [];
    const table = worst.relation === null ? null : printable(worst.relation);
    return [
      {
        subject: id,
        summary: `${table === null ? 'A step' : `A step over ${table}`} was ${worst.sentence}: ${statementTitle(text)}`,
        severity: 'warning' as const,
        confidence: 'medium' as const,
        evidence: [
          { label: 'statement', value: printable(text) },
          { label: 'off by', value: worst.amount, unit: 'times' },
          ...(table === null ? [] : [{ label: 'table', value: table }]),
        ],
        advice: {
          text: 'ANALYZE the tables. If it stays so: a higher statistics target for skewed columns, CREATE STATISTICS for columns that depend on each other.',
        },
      },
    ];
  });
  return { plans: plans.length, found };
}
