import { userInfo } from 'node:os';
import type { Client, QueryResultRow } from 'pg';
import { PitwallError } from '../../errors.ts';
import { postgresqlFailure } from './failures.ts';
import { describeOptions, type PostgresqlOptions } from './options.ts';
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
  /** What Pitwall itself has asked of the database: statements, each a transaction, and seconds waited for their answers. */
  readonly own: { readonly statements: number; readonly seconds: number };
  /**
   * Rows of one SELECT; statements wait for each other. It has to begin with `OURS`, so that it can be told apart.
   * @throws PitwallError POSTGRESQL_UNREACHABLE, POSTGRESQL_REFUSED, POSTGRESQL_SLOW, POSTGRESQL_FAILED
   */
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Connects. @throws as `query` does, and POSTGRESQL_CLIENT_MISSING, CONFIG_UNREADABLE */
export async function connectPostgresql(options: PostgresqlOptions, directory: string): Promise<PostgresqlConnection> {
  const ssl = await tlsSettings(options, directory);
  const { default: pg } = await importPg();
  const name = describeOptions(options);
  const own = { statements: 0, seconds: 0 };
  let current: Promise<Client> | null = null;
  let closed = false;

  const connect = async (): Promise<Client> => {
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
      query_timeout: options.statementTimeout * 1000 + 1000,
    });
    const lost = () => {
      current = null;
    };
    // Unheard it would end the process.
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      await makeReadOnly(client, options.statementTimeout);
      own.statements += 2;
      return client;
    } catch (error) {
      lost();
      await client.end().catch(() => {});
      throw error;
    }
  };
  const connection: PostgresqlConnection = {
    name,
    own,
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      if (closed) throw new Error('the connection is closed');
      try {
        current ??= connect();
        return await ask(await current);
      } catch (error) {
        throw postgresqlFailure(error, name);
      }

      async function ask(client: Client): Promise<Row[]> {
        const startedAt = performance.now();
        own.statements++;
        try {
          return (await client.query<Row>(text, [...values])).rows;
        } catch (error) {
          // What did not answer blocks what is asked after it.
          if (!('severity' in (error as object))) await client.end();
          throw error;
        } finally {
          own.seconds += (performance.now() - startedAt) / 1000;
        }
      }
    },
    async close() {
      closed = true;
      const client = await current?.catch(() => null);
      await client?.end().catch(() => {});
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

async function importPg(): Promise<{ readonly default: typeof import('pg') }> {
  try {
    return (await import('pg')) as unknown as { default: typeof import('pg') };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new PitwallError('POSTGRESQL_CLIENT_MISSING', {}, { cause: error });
  }
}

/**
 * Settings of our session: it cannot write, and waits for nobody long. Not through a connection pooler (PgBouncer): there the
 * session is lent to the application after us, and would keep our settings. A pooler shows in the process that we were told of
 * not being the one that answers.
 */
async function makeReadOnly(client: Client, statementTimeout: number): Promise<void> {
  const { rows } = await client.query<{ pid: number }>(`${OURS} pg_backend_pid() AS pid`);
  if (rows[0]?.pid !== (client as unknown as { processID: number | null }).processID) return;
  await client.query(
    `${OURS} set_config('default_transaction_read_only', 'on', false),
            set_config('statement_timeout', $1, false), set_config('lock_timeout', '1s', false)`,
    [`${Math.ceil(statementTimeout * 1000)}ms`],
  );
}
