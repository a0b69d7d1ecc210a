import { setImmediate } from 'node:timers/promises';
import type { Statement } from '../../../model/database.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { Grammar } from '../parse/load.ts';
import { parameterUses } from '../parse/parameters.ts';
import type { Schema } from '../parse/schema.ts';
import { COLUMN_VALUES, type ColumnValuesRow, columnValues, likelyCalls } from '../what-if/likely-values.ts';
import type { PlannedStatement } from '../what-if/planner.ts';

/** Calls for the statements of which none is known, by statement: see `likelyCalls`. Reads statistics only. @throws as `session.query` */
export async function likelyFor(
  session: AnalysisSession,
  grammar: Grammar,
  schema: Schema,
  statements: readonly Statement[],
): Promise<ReadonlyMap<string, PlannedStatement['samples']>> {
  const without = statements.filter(({ samples }) => samples.length === 0);
  const nameIn = ({ schema: of, table, column }: Pick<ColumnValuesRow, 'schema' | 'table' | 'column'>) =>
    JSON.stringify([of, table, column]);
  const wanted = new Map<string, readonly [string, string, string]>();
  for (const { text } of without) {
    await setImmediate();
    for (const { table, column } of parameterUses(grammar, text, schema)?.uses ?? [])
      wanted.set(nameIn({ schema: table.schema, table: table.name, column }), [table.schema, table.name, column]);
  }
  if (wanted.size === 0) return new Map();
  const columns = [...wanted.values()];
  const rows = await session.query<ColumnValuesRow>(
    COLUMN_VALUES,
    [0, 1, 2].map((at) => columns.map((path) => path[at]!)),
  );
  const values = new Map(rows.map((row) => [nameIn(row), columnValues(row)]));
  const likely = new Map<string, PlannedStatement['samples']>();
  for (const { id, text } of without) {
    await setImmediate();
    const calls = likelyCalls(
      text,
      grammar,
      schema,
      ({ table, column }) => values.get(nameIn({ schema: table.schema, table: table.name, column })) ?? null,
    );
    if (calls.length > 0) likely.set(id, calls);
  }
  return likely;
}
