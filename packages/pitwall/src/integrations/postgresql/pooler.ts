import { userInfo } from 'node:os';
import type { QueryResultRow } from 'pg';
import { postgresqlFailure } from './failures.ts';
import { importPg } from './import-pg.ts';
import { describeOptions, type PostgresqlOptions } from './options.ts';
import { tlsSettings } from './tls.ts';

/** The admin console of a PgBouncer: https://www.pgbouncer.org/usage.html#admin-console */
export interface Pooler {
  /** Rows of one command. It knows the protocol's simple form alone. @throws as `openPooler` */
  ask<Row extends QueryResultRow>(command: `SHOW ${string}`): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** Connects to it. @throws PitwallError as `PostgresqlConnection.query` does */
export async function openPooler(options: PostgresqlOptions, directory: string): Promise<Pooler> {
  const { default: pg } = await importPg();
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    user: options.user ?? userInfo().username,
    database: options.database ?? 'pgbouncer',
    ...(options.password === undefined ? {} : { password: options.password }),
    ssl: await tlsSettings(options, directory),
    application_name: 'pitwall',
    connectionTimeoutMillis: options.connectTimeout * 1000,
    query_timeout: options.statementTimeout * 1000,
  });
  // Unheard it would end the process.
  client.on('error', () => {});
  const known = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw postgresqlFailure(error, `PgBouncer (${describeOptions(options)})`);
    }
  };
  const close = async () => {
    await client.end().catch(() => {});
  };
  try {
    await known(() => client.connect());
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ask: <Row extends QueryResultRow>(command: string) => known(async () => (await client.query<Row>(command)).rows),
    close,
  };
}
