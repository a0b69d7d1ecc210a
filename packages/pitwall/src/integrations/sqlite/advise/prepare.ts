import { printable } from '../../../errors.ts';
import type { Statement } from '../../../model/database.ts';
import type { AdvisorStatement } from '../../_sql/advisor/problem.ts';
import { parameterProblem } from '../../_sql/parameters.ts';
import type { QueryParameters } from '../options.ts';
import { type FindTable, usesOf } from '../uses.ts';
import type { BenchStatement } from '../what-if/bench.ts';
import type { PlannedStatement } from '../what-if/clone.ts';

/** One statement, as the advisor, the clone and the bench take it. */
export interface Prepared {
  readonly statement: Statement;
  readonly advisor: AdvisorStatement;
  readonly planned: PlannedStatement;
  /** Null: it cannot be timed, and why. */
  readonly bench: BenchStatement | null;
  readonly notTimed: string | null;
}

interface PreparedWorkload {
  readonly statements: readonly Prepared[];
  readonly notConsidered: readonly { readonly statement: string; readonly text: string; readonly because: string }[];
}

/** What can be advised on: statements that name tables of this database. */
export function prepare(statements: readonly Statement[], find: FindTable): PreparedWorkload {
  const prepared: Prepared[] = [];
  const notConsidered: PreparedWorkload['notConsidered'][number][] = [];
  for (const statement of statements) {
    const why = statement.notUnderstood;
    const leave = (because: string) =>
      notConsidered.push({ statement: statement.id, text: statement.text, because: printable(because) });
    if (why !== null) {
      leave(`It was not understood: ${why}.`);
      continue;
    }
    const sample = statement.samples[0];
    const sql = sample?.text ?? statement.text;
    const { uses, writes } = usesOf(sql, find);
    if (uses.length === 0 && writes.length === 0) {
      leave('It names no table of this database that was understood.');
      continue;
    }
    const { id, calls, seconds } = statement;
    const named = [...new Set([...uses, ...writes].map(({ table }) => table))];
    const timed = benchOf(statement, sql, writes.length > 0, named);
    prepared.push({
      statement,
      advisor: { id, calls, seconds, uses, writes },
      planned: { id, sql, uses },
      bench: typeof timed === 'string' ? null : timed,
      notTimed: typeof timed === 'string' ? timed : null,
    });
  }
  return { statements: prepared, notConsidered };
}

/** With the parameters of the samples of one text; the samples of others would be other statements to SQLite. */
function benchOf(
  { id, samples }: Statement,
  sql: string,
  writes: boolean,
  tables: readonly string[],
): BenchStatement | string {
  const sets = samples.filter(({ text }) => text === sql).map(({ params }) => params as QueryParameters);
  const params = sets.filter((set) => parameterProblem(sql, set) === null);
  const problem = params.length === 0 ? parameterProblem(sql, []) : null;
  return problem === null
    ? { id, sql, params: params.filter(hasValues), writes, tables }
    : 'no real parameters of it are known';
}

function hasValues(set: QueryParameters): boolean {
  return Object.keys(set).length > 0;
}
