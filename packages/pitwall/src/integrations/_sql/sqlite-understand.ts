import { tagsOf } from './comments.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { NotUnderstood, Reader } from './sqlite-reader.ts';
import { statementOf } from './sqlite-statement.ts';
import { analyse } from './statement/analyse.ts';
import type { Understood } from './statement/understood.ts';
import { commentsIn, countStatements } from './tokenizer.ts';

/** Columns of a table, or null when there is no such table. Names compare without case, as in SQLite. */
export type ColumnsOf = (table: string) => readonly string[] | null;

/** Characters. SQLite itself takes up to 1,000,000,000; nothing that long is a question. */
const LONGEST = 1_048_576;

/**
 * What a statement of SQLite is and where indexes could serve it. Never throws. SQLite has no parser to ask, so this reads the
 * text itself: what it does not understand gives no roles, and the engine decides what may be run.
 */
export function understandSqlite(text: string, columnsOf: ColumnsOf): Understood {
  const nothing = { kind: 'unknown' as const, tables: [], unknownTables: [], uses: [], writes: [] };
  const refused = (statements: number, notUnderstood: string) => ({
    ...nothing,
    comment: tagsOf(text.length > LONGEST ? [] : commentsIn(text)),
    statements,
    notUnderstood,
  });
  if (text.length > LONGEST) return refused(0, 'it is longer than 1 MiB');
  if (text.includes('\0')) return refused(0, 'it has a NUL character in it');
  const statements = countStatements(text);
  if (statements === 0) return refused(0, 'there is no statement in it');
  if (statements > 1 && !/^\s*create\s/i.test(text)) {
    return refused(statements, `there are ${statements} statements in one text`);
  }
  try {
    const statement = statementOf(new Reader(text));
    const dialect = sqliteDialect((name) => {
      const columns = columnsOf(name);
      return columns && { id: name, columns: columns.map((column) => ({ name: column, type: null })) };
    });
    const { uses, writes, tables, unknown } = analyse(statement, dialect);
    return {
      kind: statement.kind,
      tables,
      unknownTables: unknown,
      uses,
      writes,
      comment: tagsOf(commentsIn(text)),
      statements: 1,
      notUnderstood: null,
    };
  } catch (error) {
    if (error instanceof NotUnderstood) return refused(statements, error.message);
    if (error instanceof RangeError) return refused(statements, 'it is nested too deeply');
    throw error;
  }
}
