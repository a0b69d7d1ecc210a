import { PitwallError } from '../../../errors.ts';
import type { Statement, StatementDetail, StatementPlan, StatementWait } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import { statementPlan } from '../../../model/statement-plan.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { type Grammar, loadGrammar } from '../parse/load.ts';
import { safetyOf } from '../parse/safety.ts';
import { readPlan } from '../plan/parse.ts';
import { keptWorkload, type SeenActivity } from './kept.ts';
import { hasPlaceholders } from './ours.ts';

/** Statements whose plan is asked for, and seconds for all of them: nothing is run. [judgement] */
const MOST = 20;
const BUDGET = 5;

/** The statements with the waits that were seen and the plans that were logged. */
export function withDetails(
  statements: readonly Statement[],
  activity: ReadonlyMap<string, SeenActivity> = new Map(),
  plans: ReadonlyMap<string, StatementPlan> = new Map(),
): readonly Statement[] {
  return statements.map((statement) => {
    const seen = activity.get(statement.id);
    const plan = plans.get(statement.id);
    return { ...statement, ...(seen && { waits: waitsOf(seen) }), ...(plan && { plan }) };
  });
}

/** `CPU`, as others call it, too: a session that is active and waits for nothing. */
function waitsOf({ looks, waits }: SeenActivity): readonly StatementWait[] {
  const waited = waits.map(({ event, share }): StatementWait => {
    const [type = '', name = type] = event.split(': ', 2);
    return { type, event: name, share, count: Math.round(share * looks) };
  });
  const count = looks - waited.reduce((sum, one) => sum + one.count, 0);
  const busy = count > 0 ? [{ type: 'CPU', event: 'CPU', share: count / looks, count }] : [];
  return [...waited, ...busy].sort((a, b) => b.count - a.count);
}

/**
 * What the last workload of this connection has of the statements. The plan of one that logs told none of is asked of the planner:
 * with the values of a call that was seen, else for any values; nothing is run. What cannot be planned has none.
 */
export async function statementDetails(
  connection: PostgresqlConnection,
  ids: readonly string[],
  { signal }: CollectContext,
): Promise<ReadonlyMap<string, StatementDetail>> {
  const kept = keptWorkload(connection);
  if (kept === null) return new Map();
  const known = new Map(kept.workload.statements.map((statement) => [statement.id, statement]));
  const statements = ids.flatMap((id) => known.get(id) ?? []);
  const without = statements.filter(({ plan, notUnderstood }) => plan === undefined && notUnderstood === null);
  const planned = without.length === 0 ? new Map() : await planAll(connection, without.slice(0, MOST), signal);
  return new Map(
    statements.map(({ id, waits, plan = planned.get(id) }) => [id, { ...(waits && { waits }), ...(plan && { plan }) }]),
  );
}

async function planAll(
  connection: PostgresqlConnection,
  statements: readonly Statement[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StatementPlan>> {
  const grammar = await loadGrammar();
  const plans = new Map<string, StatementPlan>();
  const until = performance.now() + BUDGET * 1000;
  try {
    await connection.analyse(async (session) => {
      for (const statement of statements) {
        if (performance.now() >= until) return;
        const plan = await planOne(session, grammar, statement);
        if (plan !== null) plans.set(statement.id, plan);
      }
    }, signal);
  } catch (error) {
    signal.throwIfAborted();
    // What is known so far stands: a plan is no more than told along.
    if (!(error instanceof PitwallError)) throw error;
  }
  return plans;
}

async function planOne(
  session: AnalysisSession,
  grammar: Grammar,
  { text, samples }: Statement,
): Promise<StatementPlan | null> {
  // PostgreSQL knows values by position only; the slowest call is the one that asks for an explanation.
  const [sample] = samples
    .filter(({ params }) => Array.isArray(params))
    .toSorted((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
  const call = sample ?? { text, params: [] };
  if (safetyOf(grammar, call.text).explain !== null) return null;
  const generic = sample === undefined && hasPlaceholders(text);
  try {
    const { json } = await session.explain(call.text, call.params as readonly unknown[], { run: false, generic });
    const read = readPlan(json);
    return read === null ? null : statementPlan(read.plan, read.indexes, 'planner');
  } catch (error) {
    if (!(error instanceof PitwallError) || error.code === 'POSTGRESQL_UNREACHABLE') throw error;
    return null;
  }
}
