import { userInfo } from 'node:os';
import type { Client, ClientConfig } from 'pg';
import { postgresqlFailure } from './failures.ts';
import { importPg } from './import-pg.ts';
import { describeOptions, type PostgresqlOptions } from './options.ts';
import { isPooled, makeReadOnly, type OwnCost } from './own-session.ts';
import { tlsSettings } from './tls.ts';

/** How our sessions are marked in pg_stat_activity. */
const OUR_NAME = 'pitwall';

/** A session of ours. `pooled`: it goes through a connection pooler, which lends it to others between transactions. */
export interface OwnClient {
  readonly client: Client;
  readonly pooled: boolean;
}

export interface Clients {
  /** A session that only reads. `lost` is called once it cannot be asked any more. @throws what pg throws */
  reader(lost: () => void): Promise<OwnClient>;
  /** A session that can write, without time-outs of ours. @throws PitwallError as postgresqlFailure has it */
  writer(): Promise<OwnClient>;
}

/** Opens sessions as the options say; what that costs is counted in `own`. @throws PitwallError POSTGRESQL_CLIENT_MISSING, CONFIG_UNREADABLE */
export async function clientsOf(options: PostgresqlOptions, directory: string, own: OwnCost): Promise<Clients> {
  const ssl = await tlsSettings(options, directory);
  const { default: pg } = await importPg();
  const newClient = (lost: () => void, more: ClientConfig): Client => {
    const client = new pg.Client({ ...placeOf(options), ssl, ...more });
    // Unheard it would end the process.
    client.on('error', lost);
    client.on('end', lost);
    return client;
  };
  return {
    async reader(lost) {
      // The server ends a statement itself; this is for one that does not answer any more.
      const client = newClient(lost, { query_timeout: (options.statementTimeout + 1) * 1000 });
      try {
        await client.connect();
        return { client, pooled: !(await makeReadOnly(client, options.statementTimeout, own)) };
      } catch (error) {
        lost();
        await client.end().catch(() => {});
        throw error;
      }
    },
    async writer() {
      const client = newClient(() => {}, {});
      try {
        await client.connect();
        own.statements++;
        own.transactions++;
        return { client, pooled: await isPooled(client) };
      } catch (error) {
        await client.end().catch(() => {});
        throw postgresqlFailure(error, describeOptions(options));
      }
    },
  };
}

function placeOf({ host, port, user, database, password, connectTimeout }: PostgresqlOptions): ClientConfig {
  return {
    host,
    port,
    user: user ?? userInfo().username,
    database: database ?? user ?? userInfo().username,
    // Undefined: pg asks ~/.pgpass.
    ...(password === undefined ? {} : { password }),
    application_name: OUR_NAME,
    connectionTimeoutMillis: connectTimeout * 1000,
  };
}
