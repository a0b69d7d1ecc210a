import { type FileStatement, type SqlLexis, splitStatements } from '../../_sql/workload/sql-files.ts';

const VERB =
  /^\s*(?:select|insert|update|delete|replace|with|values|begin|commit|end|rollback|savepoint|release|pragma|create|drop|alter|analyze|vacuum|reindex|attach|detach|explain)\b/i;

/** Part of the lines that begin a statement where each does: others may be of a grammar that nobody knows. [judgement] */
const MOSTLY = 0.9;

/** A log of plain SQL: statements with a semicolon at their ends, or one in each line. */
export function plainStatements(
  text: string,
  lexis: SqlLexis,
): { readonly statements: readonly FileStatement[]; readonly missing: string | null } {
  const statements = splitStatements(isByLine(text) ? text.replace(/^(?!\s*--).*\S.*$/gm, '$&\n;') : text, lexis);
  return {
    statements,
    missing: statements.some(({ text: one }) => VERB.test(one)) ? null : 'It has no statement in it.',
  };
}

function isByLine(text: string): boolean {
  const lines = text.split('\n', 1000).filter((line) => line.trim() !== '' && !/^\s*--/.test(line));
  const begun = lines.filter((line) => VERB.test(line)).length;
  return begun > 1 && begun >= MOSTLY * lines.length && !lines.some((line) => /;\s*(?:--.*)?$/.test(line));
}
