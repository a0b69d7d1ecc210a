import { Socket } from 'node:net';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { PitwallError, reasonOf } from '../errors.ts';
import { importClient } from './client-library.ts';
import { passwordFromFile } from './password-file.ts';
import { parseStoreUrl, type StoreUrl } from './store-url.ts';

/** Something that runs SQL: the pool, or one connection inside a transaction. */
export interface Connection {
  query<Row extends QueryResultRow = QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A shared store. Every failure is a PitwallError without a password, or a bug. */
export interface Database extends Connection {
  /** For people, without a password. */
  readonly name: string;
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Shown by PostgreSQL in pg_stat_activity. */
  readonly applicationName: string;
}

/** Seconds for a connection to be made: less than a lease (timing.ts), so that it is tried again within one. */
const CONNECT_TIMEOUT = 5;
/** Seconds for an answer. Generous: a result may be megabytes over a slow line. */
const ANSWER_TIMEOUT = 60;

/** SQLSTATE that our own triggers raise, see migrations/001-load.ts. */
const REFUSED_STATE = 'PWREF';

/** Not a failure of the store but its answer: one of our own constraints said no. */
export class RefusedByStore extends Error {}

/**
 * Opens the store and tries it.
 * @throws PitwallError SHARED_STORE_URL, SHARED_STORE_CLIENT_MISSING, SHARED_STORE_UNREACHABLE, SHARED_STORE_REFUSED
 */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const store = parseStoreUrl(url);
  const { name } = store;
  const pg = await importClient('pg');
  const sockets = new Set<Socket>();
  let pool: Pool;
  try {
    pool = new pg.Pool({
      connectionString: withPassword(store),
      application_name: options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT * 1000,
      query_timeout: ANSWER_TIMEOUT * 1000,
      keepAlive: true,
      max: 4,
      stream() {
        const socket = new Socket();
        sockets.add(socket);
        return socket.once('close', () => sockets.delete(socket));
      },
    });
  } catch (error) {
    // A file that the URL names (sslrootcert, sslkey) cannot be read, or a parameter makes no sense.
    throw new PitwallError('SHARED_STORE_URL', { problem: reasonOf(error) });
  }
  // An idle connection that the server ends: the next statement opens a new one, or says what is wrong.
  pool.on('error', () => {});
  const close = async () => {
    await pool.end();
    // One on which no password could be given stays open, and would keep the process until the server loses its patience.
    for (const socket of sockets) socket.destroy();
  };
  const database: Database = {
    name,
    query: (text, values) => run(pool, name, text, values),
    transaction: (work) => inTransaction(pool, name, work),
    close,
  };
  try {
    await database.query('SELECT 1');
  } catch (error) {
    await close();
    throw error;
  }
  return database;
}

/** PGPASSWORD the client library reads by itself. */
function withPassword({ connectionString, secrets, url }: StoreUrl): string {
  if (secrets.length > 0 || process.env.PGPASSWORD) return connectionString;
  const password = passwordFromFile(url, process.env);
  if (password === null) return connectionString;
  return `${connectionString}${url.search === '' ? '?' : '&'}password=${encodeURIComponent(password)}`;
}

async function run<Row extends QueryResultRow>(
  on: Pool | PoolClient,
  store: string,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  try {
    // Several statements in one text give several results: pg-boss sends such, to make its tables.
    const result = (await on.query(text, values as unknown[])) as QueryResult<Row> | QueryResult<Row>[];
    return Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows;
  } catch (error) {
    throw failureOf(error, store);
  }
}

async function inTransaction<T>(pool: Pool, store: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw failureOf(error, store);
  });
  let broken: Error | undefined;
  const lost = (error: Error) => {
    broken = error;
  };
  // The pool does not listen while a connection is lent, and an unheard 'error' ends the process.
  client.on('error', lost);
  const query: Connection['query'] = (text, values) => run(client, store, text, values);
  try {
    await query('BEGIN');
    const result = await work({ query });
    await query('COMMIT');
    return result;
  } catch (error) {
    // A connection on which not even this works is thrown away.
    await query('ROLLBACK').catch(lost);
    throw error;
  } finally {
    client.off('error', lost);
    client.release(broken);
  }
}

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const NOT_LET_IN = /^(28|3D000)/;
const GONE = /^(08|57P0|53300|53400)/;
const RIGHTS = /^(42501|25006)/;

/** What a failed statement means to our users. What PostgreSQL does not take, or what is no failure of a connection, is a bug. */
function failureOf(error: unknown, store: string): unknown {
  if (!(error instanceof Error) || /^(Type|Range|Reference|Syntax)Error$/.test(error.name)) return error;
  const { code } = error as { code?: unknown };
  const because = { store, reason: reasonWithin(error) };
  const cause = { cause: error };
  if (code === REFUSED_STATE) return new RefusedByStore(because.reason, cause);
  if ('severity' in error && typeof code === 'string') {
    if (NOT_LET_IN.test(code)) return new PitwallError('SHARED_STORE_REFUSED', because, cause);
    if (GONE.test(code)) return new PitwallError('SHARED_STORE_UNREACHABLE', because, cause);
    if (RIGHTS.test(code)) return new PitwallError('SHARED_STORE_RIGHTS', because, cause);
    return error;
  }
  // The client's own: it was asked for a password and has none.
  if (error.message.startsWith('SASL')) return new PitwallError('SHARED_STORE_REFUSED', because, cause);
  return new PitwallError('SHARED_STORE_UNREACHABLE', because, cause);
}

/** Node reports several failed addresses of one name as an error without a message of its own. */
function reasonWithin(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.message.startsWith('SASL')) return 'it wants a password, and there is none that fits';
  return error.message === '' ? String((error as { code?: unknown }).code ?? 'it does not answer') : reasonOf(error);
}

/** Whether trying again later may help: the store is away, or busy with starting. */
export function isPassing(error: unknown): boolean {
  return error instanceof PitwallError && error.code === 'SHARED_STORE_UNREACHABLE';
}
