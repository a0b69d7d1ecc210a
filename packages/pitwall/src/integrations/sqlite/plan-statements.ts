import { parameterProblem } from '../_sql/parameters.ts';
import { countStatements } from '../_sql/tokenizer.ts';
import { allowRowsOnly } from './authorizer.ts';
import { openReader } from './connection.ts';
import type { PlanRow, QueryRequest, SqlValue } from './query-protocol.ts';
import { all, prepare } from './statements.ts';

/** A row of EXPLAIN QUERY PLAN. */
export function planRow(row: Readonly<Record<string, SqlValue>>): PlanRow {
  return {
    id: Number(row.id),
    parent: Number(row.parent),
    detail: String(row.detail),
    cost: Number(row.notused) || 0,
  };
}

/** In the query process: plans of statements, on a handle that can only read and that prepares nothing but reads and writes of rows. */
export function plansOf(
  { database: path, statements }: Extract<QueryRequest, { kind: 'plans' }>,
  busyTimeout: number,
): readonly (readonly PlanRow[] | null)[] {
  const database = openReader(path, busyTimeout);
  try {
    allowRowsOnly(database);
    return statements.map(({ sql, params }) => {
      // prepare() takes the first statement and drops the rest without a word.
      if (countStatements(sql) !== 1) return null;
      try {
        const statement = prepare(database, `EXPLAIN QUERY PLAN ${sql}`, false);
        return all(statement, parameterProblem(sql, params) === null ? params : []).map(planRow);
      } catch {
        return null;
      }
    });
  } finally {
    database.close();
  }
}
