import type { Node } from '@pgsql/types';
import { stringsOf } from './expressions.ts';
import type { Grammar } from './load.ts';

/**
 * What we may do with a statement that somebody else wrote. It is the second fence: the first is a read-only transaction with a
 * time limit that is always rolled back, and it holds for what is not seen here (functions that write, rules, views).
 */
export interface Safety {
  /** Why its plan is not asked for; null: it may be, without running it. */
  readonly explain: string | null;
  /** Why it is not run; null: it may be, in a read-only transaction. */
  readonly run: string | null;
  /** Functions in it, as written, each once: whoever has the catalogue refuses those that are volatile. */
  readonly functions: readonly string[];
}

/** Statements whose plan can be asked for. */
const PLANNED = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'] as const;
const WRITES: ReadonlySet<string> = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * Functions that do something in a read-only transaction, or outside of it: they wait, lock, signal, read and write files, run
 * other SQL, talk to other servers, or leave settings and sequences changed.
 */
const REFUSED = new RegExp(
  `^(${[
    'pg_sleep.*|pg_(try_)?advisory_.*|pg_notify|pg_(terminate|cancel)_backend|pg_log_.*|pg_export_snapshot',
    'lo_.*|lo(read|write)|pg_read_.*|pg_ls_.*|pg_stat_file|pg_file_.*|pg_prewarm|autoprewarm.*',
    'set_config|nextval|setval|pg_current_xact_id|txid_current|pg_stat_reset.*|pg_stat_(statements|kcache)_reset',
    'pg_qualstats_reset|pg_wait_sampling_reset.*|pg_buffercache_evict.*|hypopg.*',
    'pg_logical_.*|pg_create_.*|pg_drop_.*|pg_copy_.*_slot|pg_replication_.*|pg_sync_.*|pg_promote|pg_wal_replay_.*',
    'pg_switch_.*|pg_rotate_.*|pg_reload_conf|pg_(start|stop)_backup|pg_backup_.*|pg_import_.*|pg_(clear|restore)_.*',
    'pg_truncate_.*|heap_force_.*|brin_(de)?summarize.*|gin_clean_.*',
    'dblink.*|postgres_fdw_.*|http(_.*)?|aws_.*|lambda_invoke',
    '(query|table|cursor|schema|database)_to_xml.*|ts_(stat|rewrite)|crosstab.*|connectby',
  ].join('|')})$`,
);

/** May the statement be planned, may it be run? Says so for texts that are not understood, too: neither. */
export function safetyOf(grammar: Grammar, text: string): Safety {
  const parsed = grammar.parse(text);
  if ('problem' in parsed) return refused(`it is not understood: ${parsed.problem}`);
  const [statement, ...more] = parsed.statements;
  if (statement === undefined) return refused('there is no statement in it');
  if (more.length > 0) return refused(`there are ${more.length + 1} statements in one text`);
  const kind = Object.keys(statement)[0]!;
  if (!(PLANNED as readonly string[]).includes(kind))
    return refused('it is no SELECT, INSERT, UPDATE, DELETE or MERGE');
  const seen = look(statement);
  const functions = [...seen.functions];
  if (seen.into) return { ...refused('it makes a table (SELECT … INTO)'), functions };
  return { explain: null, run: reasonNotToRun(kind, seen), functions };
}

function refused(because: string): Safety {
  return { explain: because, run: because, functions: [] };
}

function reasonNotToRun(kind: string, seen: Seen): string | null {
  if (kind !== 'SelectStmt') return 'it writes';
  if (seen.writes) return 'a common table expression in it writes';
  if (seen.locks) return 'it locks rows (FOR UPDATE or FOR SHARE)';
  const name = [...seen.functions].find((one) => REFUSED.test(one.split('.').at(-1)!.toLowerCase()));
  return name === undefined ? null : `it calls ${name}`;
}

interface Seen {
  into: boolean;
  locks: boolean;
  writes: boolean;
  readonly functions: Set<string>;
}

/** Everything in the tree, wherever it stands. The parser bounds its depth, so this needs no stack of its own. */
function look(statement: Node): Seen {
  const seen: Seen = { into: false, locks: false, writes: false, functions: new Set() };
  const open: unknown[] = [statement];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      for (const item of node) open.push(item);
      continue;
    }
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'intoClause') seen.into = true;
      else if (key === 'lockingClause') seen.locks = true;
      else if (WRITES.has(key)) seen.writes = true;
      else if (key === 'funcname') seen.functions.add(stringsOf(value as Node[]).join('.'));
      open.push(value);
    }
  }
  return seen;
}
