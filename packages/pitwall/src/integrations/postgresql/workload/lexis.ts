import type { SqlLexis } from '../../_sql/workload/sql-files.ts';
import { lex } from '../parse/lexer.ts';
import { hasPlaceholders } from './ours.ts';

/** How statements are written in files for PostgreSQL. */
export const LEXIS: SqlLexis = { lex, hasPlaceholders };
