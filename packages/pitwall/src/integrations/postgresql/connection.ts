import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Client, QueryResult, QueryResultRow } from 'pg';
import { type AnalysisSession, Analyst } from './analysis.ts';
import { postgresqlFailure } from './failures.ts';
import { importPg } from './import-pg.ts';
import { describeOptions, type PostgresqlOptions } from './options.ts';
import { askLent, askOwn, isPooled, makeReadOnly, type OwnCost } from './own-session.ts';
import { openPooler, type Pooler } from './pooler.ts';
import { tlsSettings } from './tls.ts';

/** How our sessions are marked in pg_stat_activity, and how our statements begin in pg_stat_statements. */
const OUR_NAME = 'pitwall';
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
  const ssl = await tlsSettings(options, directory);
  const { default: pg } = await importPg();
  const name = describeOptions(options);
  const own: OwnCost = { statements: 0, brackets: 0, transactions: 0, seconds: 0 };
  let current: Promise<{ readonly client: Client; readonly pooled: boolean }> | null = null;
  /** Through a pooler: what is asked before it has its answer, or failed. */
  let lent: Promise<unknown> = Promise.resolve();
  let closed = false;

  const newClient = (lost: () => void, queryTimeout: number | null): Client => {
    const client = new pg.Client({
      host: options.host,
      port: options.port,
      user: options.user ?? userInfo().username,
      database: options.database ?? options.user ?? userInfo().username,
      // Undefined: pg asks ~/.pgpass.
      ...(options.password === undefined ? {} : { password: options.password }),
      ssl,
      application_name: OUR_NAME,
      connectionTimeoutMillis: options.connectTimeout * 1000,
      // The server ends a statement itself; this is for one that does not answer any more.
      ...(queryTimeout === null ? {} : { query_timeout: queryTimeout * 1000 }),
    });
    // Unheard it would end the process.
    client.on('error', lost);
    client.on('end', lost);
    return client;
  };
  const connect = async (lost: () => void): Promise<{ client: Client; pooled: boolean }> => {
    const client = newClient(lost, options.statementTimeout + 1);
    try {
      await client.connect();
      return { client, pooled: !(await makeReadOnly(client, options.statementTimeout, own)) };
    } catch (error) {
      lost();
      await client.end().catch(() => {});
      throw error;
    }
  };
  let asked = options.maxLoad ?? null;
  let maxLoad = asked ?? USUAL_LOAD;
  const analyst = new Analyst({
    name,
    own,
    connect: () => connect(() => {}),
    statementTimeout: options.statementTimeout,
    maxLoad: () => maxLoad,
    searchPath: options.searchPath ?? null,
  });
  const connection: PostgresqlConnection = {
    name,
    own,
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      if (closed) throw new Error('the connection is closed');
      try {
        current ??= connect(() => {
          current = null;
        });
        const { client, pooled } = await current;
        if (!pooled) return await ask(client, () => askOwn<Row>(client, text, values, own));
        const { statementTimeout } = options;
        const turn = lent.then(() => ask(client, () => askLent<Row>(client, text, values, { own, statementTimeout })));
        lent = turn.catch(() => {});
        return await turn;
      } catch (error) {
        throw postgresqlFailure(error, name);
      }

      async function ask(client: Client, work: () => Promise<QueryResult<Row>>): Promise<Row[]> {
        const startedAt = performance.now();
        try {
          return (await work()).rows;
        } catch (error) {
          // What did not answer blocks what is asked after it.
          if (!('severity' in (error as object))) await client.end();
          throw error;
        } finally {
          own.seconds += (performance.now() - startedAt) / 1000;
        }
      }
    },
    limitLoad(share) {
      maxLoad = share;
      asked = share;
    },
    askedLoad: () => asked,
    async rest() {
      const mine = await current?.catch(() => null);
      current = null;
      await Promise.all([mine?.client.end().catch(() => {}), analyst.close()]);
    },
    async close() {
      closed = true;
      await connection.rest();
    },
    trials: {
      whatIf: options.whatIf ?? 'auto',
      allowCopy: options.allowCopy ?? false,
      openCopy: options.copy === undefined ? null : () => connectPostgresql(options.copy!, directory),
      openDatabase: (database) => connectPostgresql({ ...withoutTrials(options), database }, directory),
    },
    analyse(work, signal) {
      if (closed) throw new Error('the connection is closed');
      return analyst.analyse(work, signal);
    },
    lockTimeout: options.lockTimeout ?? USUAL_LOCK_TIMEOUT,
    sources: {
      logs: (options.logs ?? []).map((path) => resolve(directory, path)),
      logTail: options.logTail ?? LOG_TAIL,
      files: (options.statementFiles ?? []).map((path) => resolve(directory, path)),
    },
    told: {
      ...(options.workload && { workload: options.workload }),
      ...(options.machine && { machine: options.machine }),
    },
    openPooler: options.pgbouncer === undefined ? null : () => openPooler(options.pgbouncer!, directory),
    async openWriter() {
      const client = newClient(() => {}, null);
      try {
        await client.connect();
        own.statements++;
        own.transactions++;
        return { client, pooled: await isPooled(client) };
      } catch (error) {
        await client.end().catch(() => {});
        throw postgresqlFailure(error, name);
      }
    },
  };
  try {
    await connection.query(`${OURS} 1`);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function withoutTrials({ copy: _copy, allowCopy: _allowCopy, ...rest }: PostgresqlOptions): PostgresqlOptions {
  return rest;
}
