import { printable } from '../../../errors.ts';
import type { Statement } from '../../../model/database.ts';
import { tagsOf } from '../../_sql/comments.ts';
import type { ReadStatement, StatementReader } from '../../_sql/workload/events.ts';
import { nameOf } from '../identifiers.ts';
import { fingerprint } from '../parse/fingerprint.ts';
import { commentsIn } from '../parse/lexer.ts';
import { type Grammar, loadGrammar } from '../parse/load.ts';
import { normalise } from '../parse/normalise.ts';
import { LONGEST_TEXT } from './snapshot.ts';

type Known = Pick<ReadStatement, 'text' | 'kind' | 'tables' | 'notUnderstood'>;

/** Statements whose meaning is remembered by fingerprint. */
const REMEMBERED = 30_000;

/** Reads texts with PostgreSQL's own grammar. It never throws for a text. @throws PitwallError POSTGRESQL_PARSER_MISSING */
export async function statementReader(): Promise<StatementReader> {
  const grammar = await loadGrammar();
  const known = new Map<string, Known>();
  return (text) => {
    const { id } = fingerprint(grammar, text);
    let found = known.get(id);
    if (!found) {
      found = understood(grammar, text);
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value!);
      known.set(id, found);
    }
    return { id, ...found, ...callerOf(text) };
  };
}

/** What the text's comments say of who sent it. Requests are told apart by their trace. */
function callerOf(text: string): Pick<ReadStatement, 'endpoint' | 'request'> {
  const { endpoint, traceparent } = tagsOf(commentsIn(text));
  return { endpoint: printable(endpoint ?? '') || null, request: traceparent?.split('-')[1] ?? null };
}

const KINDS: Readonly<Record<string, Statement['kind']>> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};
const DDL = /^(Create|Alter|Drop|Index|Rename|Comment|Grant|Truncate|Define|View|Rule|Reindex|Cluster)/;

function understood(grammar: Grammar, text: string): Known {
  const parsed = grammar.parse(text);
  const plain = normalise(grammar, text, LONGEST_TEXT);
  if ('problem' in parsed) return { text: plain, kind: 'unknown', tables: [], notUnderstood: parsed.problem };
  if (parsed.statements.length > 1) {
    const notUnderstood = `there are ${parsed.statements.length} statements in one text`;
    return { text: plain, kind: 'unknown', tables: tablesIn(parsed.statements), notUnderstood };
  }
  const [statement] = parsed.statements;
  const type = Object.keys(statement ?? {})[0] ?? '';
  return {
    text: plain,
    kind: KINDS[type] ?? (DDL.test(type) ? 'ddl' : type === '' ? 'unknown' : 'utility'),
    tables: tablesIn(parsed.statements),
    notUnderstood: type === '' ? 'there is no statement in it' : null,
  };
}

/** Names of tables as `nameOf` writes them, without those that the statement itself makes (WITH). */
function tablesIn(statements: readonly unknown[]): readonly string[] {
  const tables = new Set<string>();
  const own = new Set<string>();
  const open: unknown[] = [...statements];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      const { relname, schemaname, ctename } = (value ?? {}) as Record<string, unknown>;
      if (typeof relname === 'string') {
        const isPlain = schemaname === undefined || schemaname === 'public';
        tables.add(isPlain ? nameOf(relname) : nameOf(String(schemaname), relname));
      }
      if (key === 'CommonTableExpr' && typeof ctename === 'string') own.add(nameOf(ctename));
      open.push(value);
    }
  }
  return [...tables].filter((table) => !own.has(table)).sort();
}
