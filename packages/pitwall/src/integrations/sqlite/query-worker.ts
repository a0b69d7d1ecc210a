/**
 * Entry of the query process. SQLite runs to the end of a step without looking at anything else and `node:sqlite` cannot
 * interrupt it (a worker thread is not ended either), so queries run in a process that can be killed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../../errors.ts';
import { parameterProblem } from '../_sql/parameters.ts';
import { countStatements } from '../_sql/tokenizer.ts';
import { allowReadsOnly } from './authorizer.ts';
import { openReader, openReadWrite } from './connection.ts';
import { isSqliteError } from './failures.ts';
import { planRow, plansOf } from './plan-statements.ts';
import type { PlanRow, QueryAnswer, QueryRequest, SqlValue, TimedQuery } from './query-protocol.ts';
import { all, drain, iterate, prepare } from './statements.ts';
import { answerWhatIf, closeWhatIf } from './what-if/clone-worker.ts';
import { settingsSql, timeWrites } from './what-if/write-timing.ts';

type TimeRequest = Extract<QueryRequest, { kind: 'time' }>;
type Row = Record<string, SqlValue>;

interface Reader {
  readonly database: DatabaseSync;
  readonly guard: ReturnType<typeof allowReadsOnly>;
  /** How it was set, as SQL. */
  readonly settings: string;
}

const busyTimeout = Number(process.argv[2]);
const readers = new Map<string, Reader>();

/**
 * Ends this process when the one that started it is gone, also in the middle of a query. Only another thread can see that.
 */
function endWithParent(): void {
  const parent = process.ppid;
  const watch = `setInterval(() => { if (process.ppid !== ${parent}) process.kill(process.pid, 'SIGKILL'); }, 250);`;
  new Worker(watch, { eval: true, stdout: false, stderr: false }).unref();
}

function readerOf(path: string, settings = ''): Reader {
  let reader = readers.get(path);
  if (reader && settings !== '' && reader.settings !== settings) {
    reader.database.close();
    reader = undefined;
  }
  if (!reader) {
    const database = openReader(path, busyTimeout);
    if (settings !== '') database.exec(settings);
    reader = { database, guard: allowReadsOnly(database), settings };
    readers.set(path, reader);
  }
  return reader;
}

function answer(request: QueryRequest): QueryAnswer {
  switch (request.kind) {
    case 'time':
      return time(request);
    case 'rows':
      return rowsOf(request);
    case 'time-writes':
      return timeWrites(request, busyTimeout);
    case 'plans':
      return { kind: 'plans', plans: plansOf(request, busyTimeout) };
    case 'what-if':
      return { kind: 'what-if', told: answerWhatIf(request.ask, (path) => readerOf(path).database) };
    case 'change-copy':
      return changeCopy(request);
    case 'release':
      for (const { database } of readers.values()) database.close();
      readers.clear();
      closeWhatIf();
      return { kind: 'release' };
  }
}

function time(request: TimeRequest): TimedQuery {
  const none = { kind: 'time', plans: [], durations: [], rows: 0 } as const;
  // prepare() takes the first statement and drops the rest without a word.
  const statements = countStatements(request.sql);
  if (statements !== 1) return { ...none, refused: `it has ${statements} statements, not one` };
  const sets = request.params.length > 0 ? request.params : [[]];
  const unfit = sets.map((set) => parameterProblem(request.sql, set)).find((problem) => problem !== null);
  if (unfit !== undefined) return { ...none, refused: unfit };
  const arms: StatementSync[] = [];
  const plans: PlanRow[][] = [];
  for (const path of request.databases) {
    const { database, guard } = readerOf(path, settingsSql(request.settings));
    // EXPLAIN alone does not notice that the schema has changed since this handle last read.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    guard.reset();
    try {
      arms.push(prepare(database, request.sql, true));
      const refused = guard.refusal();
      if (refused !== null) return { ...none, refused };
      plans.push(all(prepare(database, `EXPLAIN QUERY PLAN ${request.sql}`, false), sets[0]!).map(planRow));
    } catch (error) {
      // The engine's own words where the authorizer had nothing against it: a mistake in the statement.
      const refused = guard.denied();
      if (refused !== null) return { ...none, refused };
      throw error;
    }
  }
  const durations: number[][] = arms.map(() => []);
  const until = process.hrtime.bigint() + BigInt(Math.round(request.budgetSeconds * 1e9));
  let rows = 0;
  for (let round = 0; round < request.rounds.most; round++) {
    if (round >= request.rounds.least && process.hrtime.bigint() >= until) break;
    const parameters = sets[round % sets.length]!;
    for (let i = 0; i < arms.length; i++) {
      const arm = round % 2 === 0 ? i : arms.length - 1 - i;
      const start = process.hrtime.bigint();
      rows = drain(arms[arm]!, parameters);
      durations[arm]!.push(Number(process.hrtime.bigint() - start));
    }
  }
  return { kind: 'time', refused: null, plans, durations, rows };
}

function rowsOf(request: Extract<QueryRequest, { kind: 'rows' }>): QueryAnswer {
  const statement = readerOf(request.database).database.prepare(request.sql);
  const rows: Row[] = [];
  for (const row of iterate(statement, request.params)) {
    if (rows.length === request.limit) return { kind: 'rows', rows, more: true };
    rows.push({ ...(row as Row) });
  }
  return { kind: 'rows', rows, more: false };
}

/** No journal and no waiting for the disk: the copy is thrown away afterwards, also after a crash. */
function changeCopy(request: Extract<QueryRequest, { kind: 'change-copy' }>): QueryAnswer {
  // A reader would keep the schema and statistics of before.
  readers.get(request.database)?.database.close();
  readers.delete(request.database);
  const database = openReadWrite(request.database, busyTimeout);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
    const start = process.hrtime.bigint();
    for (const statement of request.statements) database.exec(statement);
    return { kind: 'change-copy', seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  } finally {
    database.close();
  }
}

function errorAnswer(error: unknown): QueryAnswer {
  const cause = error instanceof Error && isSqliteError(error.cause) ? error.cause : error;
  return { kind: 'error', message: reasonOf(cause), errcode: isSqliteError(cause) ? cause.errcode : null };
}

endWithParent();
process.on('disconnect', () => process.exit(0));
process.on('message', (message: { id: number; request: QueryRequest }) => {
  let reply: QueryAnswer;
  try {
    reply = answer(message.request);
  } catch (error) {
    reply = errorAnswer(error);
  }
  process.send?.({ id: message.id, answer: reply });
});
process.send?.({ id: 0, ready: true });
