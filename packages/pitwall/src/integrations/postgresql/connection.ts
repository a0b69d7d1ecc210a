import { resolve } from 'node:path';
import type { Client, QueryResultRow } from 'pg';
import { type AnalysisSession, Analyst } from './analysis.ts';
import { clientsOf } from './clients.ts';
import { describeOptions, type PostgresqlOptions } from './options.ts';
import type { OwnCost } from './own-session.ts';
import { openPooler, type Pooler } from './pooler.ts';
import { Reader } from './reader.ts';

/** How our statements begin in pg_stat_statements. */
export const OURS = 'SELECT /* pitwall */';

/**
 * One database, over one connection of ours that reads only. It is made on the first question and again when it was lost; so
 * a database that restarts under a load is only not read for a moment.
 */
export interface PostgresqlConnection {
  /** For people, without a password. */
  readonly name: string;
  /** What Pitwall itself has asked of the database: statements, their transactions, and seconds waited for their answers. */
  readonly own: Readonly<OwnCost>;
  /**
   * Rows of one SELECT; statements wait for each other. It has to begin with `OURS`, so that it can be told apart. It cannot
   * write: the session is read-only or, through a pooler, a transaction around it.
   * @throws PitwallError POSTGRESQL_UNREACHABLE, POSTGRESQL_REFUSED, POSTGRESQL_NO_DATABASE, POSTGRESQL_NO_RIGHT, POSTGRESQL_SLOW,
   * POSTGRESQL_FAILED
   */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * Explains statements of the application, and asks what if, in a session of its own: a read-only transaction with short
   * time-outs that is rolled back, whatever `work` does. One at a time, paced by the option `maxLoad`.
   * @throws as `query` does, what `work` throws, and the signal's reason
   */
  analyse<T>(work: (session: AnalysisSession) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** From here on `analyse` keeps the server at work for this share of the time at most, instead of what the options say. */
  limitLoad(share: number): void;
  /** The share that the options (or `limitLoad`) ask for; null: nobody asked for any. */
  askedLoad(): number | null;
  /** The share that holds: what is asked for, else the usual one. */
  maxLoad(): number;
  /**
   * A new session that can write, without time-outs of ours; the caller ends it. For changes alone: see tunables/session.ts.
   * `pooled`: it goes through a connection pooler. @throws as `query` does
   */
  openWriter(): Promise<{ readonly client: Client; readonly pooled: boolean }>;
  /** Where indexes may be tried out. */
  readonly trials: Trials;
  /** Ends our sessions until the next question: a database that is copied as a template may have none. */
  rest(): Promise<void>;
  /** Seconds that a change waits for a lock. */
  readonly lockTimeout: number;
  readonly sources: StatementSources;
  /** What the options say of the server. */
  readonly told: Pick<PostgresqlOptions, 'workload' | 'machine'>;
  /** Connects to the PgBouncer that the options name; null: they name none. The caller closes it. */
  readonly openPooler: (() => Promise<Pooler>) | null;
  close(): Promise<void>;
}

export interface Trials {
  /** As the option of that name says. */
  readonly whatIf: NonNullable<PostgresqlOptions['whatIf']>;
  /** Whether a copy may be made on this server. */
  readonly allowCopy: boolean;
  /** Connects to the copy that the options name; null: they name none. The caller closes it. */
  readonly openCopy: (() => Promise<PostgresqlConnection>) | null;
  /** Connects to another database of this server, as the same role. The caller closes it. */
  openDatabase(name: string): Promise<PostgresqlConnection>;
}

/** Where statements are read from besides the database itself. Paths are absolute. */
interface StatementSources {
  readonly logs: readonly string[];
  /** Bytes at the end of each log that are read. */
  readonly logTail: number;
  readonly files: readonly string[];
}

const LOG_TAIL = 64 * 2 ** 20;

/** Share of one connection that analysis keeps at work, where the options do not say. */
const USUAL_LOAD = 0.5;
/** Seconds that a change waits for a lock, where the options do not say. */
const USUAL_LOCK_TIMEOUT = 5;

/** Connects. @throws as `query` does, and POSTGRESQL_CLIENT_MISSING, CONFIG_UNREADABLE */
export async function connectPostgresql(options: PostgresqlOptions, directory: string): Promise<PostgresqlConnection> {
  const { statementTimeout, searchPath = null } = options;
  const name = describeOptions(options);
  const own: OwnCost = { statements: 0, brackets: 0, transactions: 0, seconds: 0 };
  const clients = await clientsOf(options, directory, own);
  const reader = new Reader({ name, clients, own, statementTimeout });
  let asked = options.maxLoad ?? null;
  const maxLoad = () => asked ?? USUAL_LOAD;
  const analyst = new Analyst({
    name,
    own,
    connect: () => clients.reader(() => {}),
    statementTimeout,
    maxLoad,
    searchPath,
  });
  let closed = false;
  const refuseClosed = () => {
    if (closed) throw new Error('the connection is closed');
  };
  const connection: PostgresqlConnection = {
    name,
    own,
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      refuseClosed();
      return await reader.query<Row>(text, values);
    },
    analyse(work, signal) {
      refuseClosed();
      return analyst.analyse(work, signal);
    },
    limitLoad(share) {
      asked = share;
    },
    askedLoad: () => asked,
    maxLoad,
    openWriter: () => clients.writer(),
    async rest() {
      await Promise.all([reader.rest(), analyst.close()]);
    },
    async close() {
      closed = true;
      await connection.rest();
    },
    trials: trialsOf(options, directory),
    ...toldBy(options, directory),
  };
  try {
    await connection.query(`${OURS} 1`);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function trialsOf(options: PostgresqlOptions, directory: string): Trials {
  const { whatIf = 'auto', allowCopy = false, copy } = options;
  return {
    whatIf,
    allowCopy,
    openCopy: copy === undefined ? null : () => connectPostgresql(copy, directory),
    openDatabase: (database) => connectPostgresql({ ...withoutTrials(options), database }, directory),
  };
}

/** What is not asked of the server. */
function toldBy(
  { lockTimeout, logs = [], logTail, statementFiles = [], workload, machine, pgbouncer }: PostgresqlOptions,
  directory: string,
): Pick<PostgresqlConnection, 'lockTimeout' | 'sources' | 'told' | 'openPooler'> {
  return {
    lockTimeout: lockTimeout ?? USUAL_LOCK_TIMEOUT,
    sources: {
      logs: logs.map((path) => resolve(directory, path)),
      logTail: logTail ?? LOG_TAIL,
      files: statementFiles.map((path) => resolve(directory, path)),
    },
    told: { ...(workload && { workload }), ...(machine && { machine }) },
    openPooler: pgbouncer === undefined ? null : () => openPooler(pgbouncer, directory),
  };
}

function withoutTrials({ copy: _copy, allowCopy: _allowCopy, ...rest }: PostgresqlOptions): PostgresqlOptions {
  return rest;
}
