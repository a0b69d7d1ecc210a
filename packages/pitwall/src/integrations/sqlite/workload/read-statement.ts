import { fingerprintSqlite, normaliseSqlite } from '../../_sql/sqlite-fingerprint.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { type FindTable, usesOf } from '../uses.ts';

/** What is known of a statement of SQLite by its text: its fingerprint, and the tables of this database that it names. */
export function statementReader(find: FindTable): StatementReader {
  return (text) => {
    const columnsOf = (table: string) => find(table)?.columns ?? null;
    const { kind, tables, comment, notUnderstood } = usesOf(text, find);
    return {
      id: fingerprintSqlite(text, columnsOf),
      text: normaliseSqlite(text, columnsOf),
      kind,
      tables,
      endpoint: comment.endpoint,
      request: comment.traceparent,
      notUnderstood,
    };
  };
}
