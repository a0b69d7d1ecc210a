import type { Statement } from '../../../model/database.ts';
import { parameterProblem } from '../../_sql/parameters.ts';
import type { QueryParameters } from '../options.ts';
import type { Query } from '../query-timing.ts';

/**
 * Real calls of a statement that can be repeated, by their texts: calls that hold constants in the text have several. A set of
 * parameters that does not fit is left out, because SQLite would take what is missing for NULL.
 */
export function callsOf({ samples }: Pick<Statement, 'samples'>): readonly Query[] {
  const byText = Map.groupBy(
    samples.filter(({ text, params }) => parameterProblem(text, params) === null),
    ({ text }) => text,
  );
  return [...byText].map(([sql, calls]) => ({
    sql,
    params: calls.map(({ params }) => params as QueryParameters).filter((set) => Object.keys(set).length > 0),
  }));
}

/** Whether Pitwall may time it on the live file: it only reads, and there are real calls of it. */
export function isTimed(statement: Pick<Statement, 'kind' | 'samples'>): boolean {
  return statement.kind === 'select' && callsOf(statement).length > 0;
}
