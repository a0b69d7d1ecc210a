import { PitwallError } from '../../errors.ts';
import type { DatabaseReport, ShownStatement, StatementDetail } from '../../model/database.ts';
import { statementPlan } from '../../model/statement-plan.ts';
import type { Session } from '../session.ts';
import type { DatabaseTarget } from './targets.ts';
import { contextOf } from './workload.ts';

/** Statements that a database without `details` is asked to explain, and seconds after which no other one is. [judgement] */
const MOST = 10;
const BUDGET = 5;

const PLANNED: ReadonlySet<ShownStatement['kind']> = new Set(['select', 'insert', 'update', 'delete', 'merge']);

/** The report with what is known of its statements besides their counters: how each is done, and what it waits for. */
export async function withDetails(
  session: Session,
  report: DatabaseReport,
  all: readonly DatabaseTarget[],
  signal: AbortSignal,
): Promise<DatabaseReport> {
  const { workload } = report;
  const at = all.find(({ target }) => target.id === report.target);
  if (!at || !workload || workload.statements.length === 0) return report;
  const ids = workload.statements.map(({ id }) => id);
  const details = at.database.details
    ? await at.database.details(at.connection, ids, contextOf(session, signal, 0))
    : await explained(session, at, workload.statements, signal);
  // What was watched for this very workload goes before what was seen later.
  const statements = workload.statements.map((statement) => ({ ...details.get(statement.id), ...statement }));
  return { ...report, workload: { ...workload, statements } };
}

async function explained(
  session: Session,
  { database, connection }: DatabaseTarget,
  statements: readonly ShownStatement[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StatementDetail>> {
  const details = new Map<string, StatementDetail>();
  const until = session.environment.now() + BUDGET;
  const asked = statements.filter(({ kind, notUnderstood }) => PLANNED.has(kind) && notUnderstood === null);
  for (const { id, text } of asked.slice(0, MOST)) {
    if (session.environment.now() >= until) break;
    try {
      const answer = await database.explain(
        connection,
        { text, params: [], run: false },
        contextOf(session, signal, 0),
      );
      details.set(id, { plan: statementPlan(answer.plan, answer.indexes, 'planner') });
    } catch (error) {
      signal.throwIfAborted();
      // A plan is told along: the statement stands without it.
      if (!(error instanceof PitwallError)) throw error;
    }
  }
  return details;
}
