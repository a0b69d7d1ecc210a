import { PitwallError, reasonOf } from '../../../errors.ts';
import type { Statement } from '../../../model/database.ts';
import { defineConfirmation } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import type { TableUse } from '../../_sql/roles.ts';
import { shortened } from '../../_sql/shortened.ts';
import type { AnalysisSession } from '../analysis.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { RUN_PLANS_PROBE, statementsInput } from '../estimates/contract.ts';
import { type Roles, rolesOf } from '../estimates/roles.ts';
import { columnStatistics } from '../estimates/statistics.ts';
import { misjudged, spillsIn } from '../estimates/steps.ts';
import { fact } from '../facts/define.ts';
import type { ColumnStatisticsFact, PlanRunFact, PlansRunFact, SpillFact, StepFact } from '../facts/estimates.ts';
import { partsOf } from '../identifiers.ts';
import { type Grammar, loadGrammar } from '../parse/load.ts';
import { safetyOf } from '../parse/safety.ts';
import { rootOf } from '../plan/node.ts';
import { readPlan } from '../plan/parse.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Statements, real calls of each, and seconds for all of them. [judgement] */
const MOST = 15;
const RUNS = 2;
const BUDGET = 30;
/** A statement that takes longer on average is not run; a run that does is ended at twice of it. Seconds. [judgement] */
const LONGEST_MEAN = 2;
/** More sessions at work than this, or connections taken than this share of the limit: then nothing is added to them. [judgement] */
const MOST_ACTIVE = 16;
const MOST_CONNECTIONS = 0.9;
/** Of a text, for people. */
const LONGEST = 1000;
const STEPS = 4;

/** Runs the costliest statements once, with values of real calls, to see what their plans expected beside what there was. */
export const runPlans = defineConfirmation<PostgresqlConnection>({
  id: RUN_PLANS_PROBE,
  title: 'Running the costliest statements once, to compare plans with what they find (EXPLAIN ANALYZE)',
  cost: `Runs up to ${MOST} SELECTs of the workload, each up to ${RUNS} times with the values of real calls: only those of at most ${LONGEST_MEAN} s on average that call nothing that may do more than read, in a read-only transaction that is rolled back, paced by \`maxLoad\`, for ${BUDGET} s at most. Not while more than ${MOST_ACTIVE} sessions are at work.`,
  timeLimit: 60,
  async confirm(connection, { key, input }, { signal }) {
    const asked = statementsInput.parse(input).statements;
    const kept = keptWorkload(connection);
    const gap = (why: string) => ({ gaps: [{ what: 'postgresql.plans-run', why }] });
    if (kept === null) return gap('no workload was read over this connection');
    const known = new Map(kept.workload.statements.map((statement) => [statement.id, statement]));
    const statements = asked.flatMap((id) => known.get(id) ?? []).slice(0, MOST);
    const grammar = await loadGrammar();
    const before = { statements: connection.own.statements, seconds: connection.own.seconds };
    const run = await connection.analyse((session) => runAll(session, grammar, statements), signal);
    const cost = {
      statements: connection.own.statements - before.statements,
      seconds: connection.own.seconds - before.seconds,
    };
    return { facts: [fact('postgresql.plans-run', key, { ...run, cost })] };
  },
});

async function runAll(
  session: AnalysisSession,
  grammar: Grammar,
  statements: readonly Statement[],
): Promise<Omit<PlansRunFact, 'cost'>> {
  const plans: PlanRunFact[] = [];
  const left: PlansRunFact['left'][number][] = [];
  const until = performance.now() + BUDGET * 1000;
  const roles = await rolesOf(session, grammar, statements);
  const [setting] = await session.query<{ multiplier: number }>(
    `${OURS} coalesce(pg_catalog.current_setting('hash_mem_multiplier', true)::float8, 1) AS multiplier`,
  );
  let stopped: string | null = null;
  for (const statement of statements) {
    const unsafe = whyNot(grammar, statement);
    if (unsafe !== null) {
      left.push({ statement: statement.id, because: unsafe });
      continue;
    }
    stopped = performance.now() >= until ? `${BUDGET} s are over` : await danger(session);
    if (stopped !== null) break;
    const ran = await runOne(session, statement, roles.uses.get(statement.id) ?? [], setting!.multiplier);
    if (typeof ran === 'string') left.push({ statement: statement.id, because: ran });
    else plans.push(await withStatistics(session, ran, roles));
  }
  return { plans, left, stopped };
}

function whyNot(grammar: Grammar, { kind, calls, seconds, samples }: Statement): string | null {
  if (kind !== 'select') return 'it is no SELECT';
  if (seconds === null || calls === 0) return 'how long it takes is not known';
  if (seconds / calls > LONGEST_MEAN) return `it takes more than ${LONGEST_MEAN} s`;
  if (samples.length === 0) return 'no values of real calls are known';
  return samples.map(({ text }) => safetyOf(grammar, text).run).find((why) => why !== null) ?? null;
}

/** Why nothing should be added to what the server does; null: it may. The end of a sentence. */
async function danger(session: AnalysisSession): Promise<string | null> {
  const [row] = await session.query<{ active: number; used: number }>(
    `${OURS} count(*) FILTER (WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid())::int AS active,
            (count(*) / pg_catalog.current_setting('max_connections')::float8) AS used
       FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  const { active, used } = row!;
  if (active > MOST_ACTIVE) return `${counted(active, 'session is', 'sessions are')} at work`;
  return used > MOST_CONNECTIONS ? `${Math.round(used * 100)} % of the connections are taken` : null;
}

/** With the slowest of its real calls, and another one. A sentence's end where none could be run. */
async function runOne(
  session: AnalysisSession,
  { id, text, samples }: Statement,
  uses: readonly TableUse[],
  multiplier: number,
): Promise<PlanRunFact | string> {
  const calls = samples
    .filter(({ params }) => Array.isArray(params))
    .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0))
    .slice(0, RUNS);
  const steps = new Map<string, StepFact>();
  const spills = new Map<string, SpillFact>();
  let [runs, seconds] = [0, 0];
  let because = 'no values of real calls are known';
  for (const call of calls) {
    try {
      const { json, ran, notRun } = await session.explain(call.text, call.params as readonly unknown[], {
        run: true,
        generic: false,
        bare: true,
        within: 2 * LONGEST_MEAN,
      });
      const read = ran ? readPlan(json) : null;
      if (read === null) return notRun ?? 'the server answered with no plan';
      runs++;
      seconds = Math.max(seconds, read.seconds ?? 0);
      for (const node of read.origins) {
        const found = misjudged(node, uses);
        const step: StepFact = { ...found, columns: found.columns.map((column) => ({ ...column, statistics: null })) };
        const place = JSON.stringify([step.kind, step.table, step.columns.map(({ column }) => column)]);
        if (step.factor > (steps.get(place)?.factor ?? 0)) steps.set(place, step);
      }
      const root = rootOf(json);
      for (const spill of root === null ? [] : spillsIn(root, multiplier)) {
        if (spill.workMem > (spills.get(spill.what)?.workMem ?? 0)) spills.set(spill.what, spill);
      }
    } catch (error) {
      if (!(error instanceof PitwallError)) throw error;
      if (error.code === 'POSTGRESQL_UNREACHABLE') throw error;
      because = error.code === 'POSTGRESQL_SLOW' ? 'it did not end in time' : reasonOf(error);
    }
  }
  if (runs === 0) return because;
  const worst = [...steps.values()].sort((a, b) => b.factor - a.factor).slice(0, STEPS);
  return { statement: id, text: shortened(text, LONGEST), runs, seconds, steps: worst, spills: [...spills.values()] };
}

async function withStatistics(session: AnalysisSession, plan: PlanRunFact, { schema }: Roles): Promise<PlanRunFact> {
  const tables = [...new Set(plan.steps.flatMap(({ table }) => table ?? []))].map((table) => {
    const [of = '', name = ''] = partsOf(table) ?? [];
    return { schema: of, name };
  });
  const rows = new Map(schema.tables.map((table) => [table.name, table.rows]));
  const known = await columnStatistics(session, tables, (table) => rows.get(table) ?? 0);
  const statistics = (table: string | null, column: string): ColumnStatisticsFact | null =>
    (table === null ? undefined : known.get(table)?.get(column)) ?? null;
  const steps = plan.steps.map((step) => ({
    ...step,
    columns: step.columns.map((one) => ({ ...one, statistics: statistics(step.table, one.column) })),
  }));
  return { ...plan, steps };
}
