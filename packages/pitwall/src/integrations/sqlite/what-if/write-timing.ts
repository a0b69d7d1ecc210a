/** In the query process: how long writes take on private copies, without changing them. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parameterProblem } from '../../_sql/parameters.ts';
import { countStatements, tokenize } from '../../_sql/tokenizer.ts';
import { allowRowsOnly } from '../authorizer.ts';
import { openReadWrite } from '../connection.ts';
import { isSqliteError } from '../failures.ts';
import type { QueryParameters } from '../options.ts';
import type { QueryRequest, TimedQuery } from '../query-protocol.ts';
import { prepare, runOnce } from '../statements.ts';
import type { CopySettings } from './copy-settings.ts';

interface Arm {
  readonly database: DatabaseSync;
  readonly statement: StatementSync;
  /** For an INSERT of a row that is there already: the same as INSERT OR REPLACE. */
  readonly replace: StatementSync | null;
  readonly refusal: () => string | null;
}

const CONSTRAINT = 19;
/** Bytes of changed pages and other memory: a DELETE of everything must not take the machine's. */
const HEAP_LIMIT = 1024 * 2 ** 20;

/**
 * Each round runs the statement once on every copy (their order alternates) in a transaction that is rolled back. Changed
 * pages stay in memory until then, so that a process that is killed leaves its copy as it was. What the commit costs (the
 * disk) is not in it: that is alike with and without an index, but for the pages that the index adds.
 */
export function timeWrites(request: Extract<QueryRequest, { kind: 'time-writes' }>, busyTimeout: number): TimedQuery {
  const none = { kind: 'time', plans: [], durations: [], rows: 0 } as const;
  const statements = countStatements(request.sql);
  if (statements !== 1) return { ...none, refused: `it has ${statements} statements, not one` };
  const sets = request.params.length > 0 ? request.params : [[]];
  const unfit = sets.map((set) => parameterProblem(request.sql, set)).find((problem) => problem !== null);
  if (unfit !== undefined) return { ...none, refused: unfit };
  const opened: DatabaseSync[] = [];
  try {
    const arms: Arm[] = [];
    for (const path of request.databases) {
      const database = openReadWrite(path, busyTimeout);
      opened.push(database);
      database.exec(`PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_spill = OFF;
        PRAGMA hard_heap_limit = ${HEAP_LIMIT}; ${settingsSql(request.settings)}`);
      const arm = armOf(database, request.sql);
      if (typeof arm === 'string') return { ...none, refused: arm };
      arms.push(arm);
    }
    return { ...none, refused: null, durations: rounds(arms, sets, request) };
  } finally {
    for (const database of opened) database.close();
  }
}

/** Our own numbers, not the application's text. */
export function settingsSql(settings: CopySettings | undefined): string {
  const { cacheSize = null, mmapSize = null } = settings ?? {};
  const parts = [
    ...(cacheSize === null ? [] : [`PRAGMA cache_size = ${Math.trunc(cacheSize)}`]),
    ...(mmapSize === null ? [] : [`PRAGMA mmap_size = ${Math.trunc(mmapSize)}`]),
  ];
  return parts.join('; ');
}

function armOf(database: DatabaseSync, sql: string): Arm | string {
  const guard = allowRowsOnly(database);
  try {
    const statement = prepare(database, sql, true);
    const replacing = replaceSql(sql);
    const replace = replacing === null ? null : prepare(database, replacing, true);
    return { database, statement, replace, refusal: guard.refusal };
  } catch (error) {
    const refused = guard.refusal();
    if (refused !== null) return refused;
    throw error;
  } finally {
    // Triggers were compiled with the statement; only our BEGIN and ROLLBACK come after.
    guard.end();
  }
}

/** `INSERT INTO …` as INSERT OR REPLACE; null for any other statement, and for one that says itself what a conflict does. */
function replaceSql(sql: string): string | null {
  const [insert, into] = tokenize(sql);
  if (insert?.value !== 'insert' || into?.value !== 'into') return null;
  if (tokenize(sql).some(({ kind, value }) => kind === 'word' && value === 'conflict')) return null;
  return `${sql.slice(0, into.at)}OR REPLACE ${sql.slice(into.at)}`;
}

function rounds(
  arms: readonly Arm[],
  sets: readonly QueryParameters[],
  { rounds: { least, most }, budgetSeconds }: Extract<QueryRequest, { kind: 'time-writes' }>,
): number[][] {
  const durations: number[][] = arms.map(() => []);
  const until = process.hrtime.bigint() + BigInt(Math.round(budgetSeconds * 1e9));
  for (let round = 0; round < most; round++) {
    if (round >= least && process.hrtime.bigint() >= until) break;
    const parameters = sets[round % sets.length]!;
    for (let i = 0; i < arms.length; i++) {
      const arm = round % 2 === 0 ? i : arms.length - 1 - i;
      durations[arm]!.push(once(arms[arm]!, parameters));
    }
  }
  return durations;
}

/** Nanoseconds. */
function once(arm: Arm, parameters: QueryParameters): number {
  const { database, statement } = arm;
  database.exec('BEGIN IMMEDIATE');
  try {
    const start = process.hrtime.bigint();
    try {
      runOnce(statement, parameters);
      return Number(process.hrtime.bigint() - start);
    } catch (error) {
      if (arm.replace === null || !isSqliteError(error) || (error.errcode & 0xff) !== CONSTRAINT) throw error;
    }
    // The sampled row is in the copy already: it is taken out, and inserted again.
    const table = conflictTable(statement, arm.replace, database, parameters);
    if (table === null) throw new Error('the row that it inserts is there already, and could not be taken out');
    const again = process.hrtime.bigint();
    runOnce(statement, parameters);
    return Number(process.hrtime.bigint() - again);
  } finally {
    database.exec('ROLLBACK');
  }
}

/** Replaces what is in the way and deletes the row that took its place. Null when there is no rowid to do it by. */
function conflictTable(
  statement: StatementSync,
  replace: StatementSync,
  database: DatabaseSync,
  parameters: QueryParameters,
): string | null {
  const table = tableOf(statement.sourceSQL);
  if (table === null) return null;
  runOnce(replace, parameters);
  try {
    database.exec(`DELETE FROM ${table} WHERE rowid = last_insert_rowid()`);
    return table;
  } catch {
    return null;
  }
}

/** The table's name as the statement writes it: `INSERT INTO [schema.]table`. */
function tableOf(sql: string): string | null {
  const tokens = tokenize(sql);
  const at = tokens.findIndex(({ value }) => value === 'into') + 1;
  const last = tokens[at + 1]?.text === '.' ? tokens[at + 2] : tokens[at];
  if (at === 0 || !last || (last.kind !== 'word' && last.kind !== 'quoted')) return null;
  return sql.slice(tokens[at]!.at, last.at + last.text.length);
}
