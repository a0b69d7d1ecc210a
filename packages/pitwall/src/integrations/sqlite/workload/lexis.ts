import { lexemes, tokenize } from '../../_sql/tokenizer.ts';
import type { SqlLexis } from '../../_sql/workload/sql-files.ts';

/** How statements are written in files for SQLite. */
export const LEXIS: SqlLexis = {
  lex: lexemes,
  // A trigger has statements in it; `END` ends it.
  isOpen: (written) =>
    /^\s*create\s+(?:temp\w*\s+)?trigger\b/i.test(written) && !/\bend\s*$/i.test(written.slice(-100)),
  hasPlaceholders: (text) => /[?:@$#]/.test(text) && tokenize(text).some(({ kind }) => kind === 'parameter'),
};
