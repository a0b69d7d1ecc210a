import { tagsOf } from '../../_sql/comments.ts';
import { analyse } from '../../_sql/statement/analyse.ts';
import type { Understood } from '../../_sql/statement/understood.ts';
import { postgresqlDialect } from './dialect.ts';
import { commentsIn } from './lexer.ts';
import type { Grammar } from './load.ts';
import { statementOf } from './queries.ts';
import type { Schema } from './schema.ts';

/**
 * What a statement is and where indexes of a schema could serve it. Never throws: a text that is cut off, broken, of another
 * version or hostile gives `notUnderstood`. Of several statements in one text nothing is derived but their number.
 */
export function understand(grammar: Grammar, text: string, schema: Schema): Understood {
  const nothing = {
    tables: [],
    unknownTables: [],
    uses: [],
    writes: [],
    comment: tagsOf(commentsIn(text)),
  };
  const parsed = grammar.parse(text);
  if ('problem' in parsed) return { ...nothing, kind: 'unknown', statements: 0, notUnderstood: parsed.problem };
  const { statements } = parsed;
  const [first] = statements;
  if (first === undefined)
    return { ...nothing, kind: 'unknown', statements: 0, notUnderstood: 'there is no statement in it' };
  if (statements.length > 1) {
    const notUnderstood = `there are ${statements.length} statements in one text`;
    return { ...nothing, kind: 'unknown', statements: statements.length, notUnderstood };
  }
  try {
    const statement = statementOf(first);
    const { uses, writes, tables, unknown } = analyse(statement, postgresqlDialect(schema));
    return {
      ...nothing,
      kind: statement.kind,
      tables,
      unknownTables: unknown,
      uses,
      writes,
      statements: 1,
      notUnderstood: null,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...nothing, kind: 'unknown', statements: 1, notUnderstood: 'it is nested too deeply' };
  }
}
