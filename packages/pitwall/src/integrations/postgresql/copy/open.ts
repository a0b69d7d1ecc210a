import type { Client } from 'pg';
import { PitwallError, printable } from '../../../errors.ts';
import { counted } from '../../../model/plural.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { quoteIdentifier } from '../identifiers.ts';
import { requireFreeSpace } from '../tunables/disk-space.ts';

/** A database where indexes may be built and statements run. */
export interface Copy {
  readonly connection: PostgresqlConnection;
  /** For people. */
  readonly title: string;
  /** Share of the time that it may be kept at work with runs, 0–1: less than all where its server is the database's own. */
  readonly share: number;
}

/** `pitwall_copy_<process>_<seconds>`: made by whom and when. */
const NAME = /^pitwall_copy_\d+_(\d+)$/;
/** Seconds from CREATE DATABASE until a session of ours is in it, at most. */
const SETTLING = 60;
/** Copying a template can take so long, in seconds, until it is given up. */
const COPY_LIMIT = 1800;

/**
 * Does `work` on the copy that the options name, or on one made for it and dropped afterwards; or says why there is none, as
 * the end of a sentence. @throws what `work` throws
 */
export async function withCopy<T>(
  connection: PostgresqlConnection,
  signal: AbortSignal,
  work: (copy: Copy) => Promise<T>,
): Promise<{ readonly result: T } | { readonly impossible: string }> {
  const { openCopy, allowCopy } = connection.trials;
  if (openCopy !== null) {
    const given = await openCopy();
    try {
      const unfit = await whyUnfit(connection, given);
      return unfit === null
        ? { result: await work({ connection: given, title: given.name, share: 1 }) }
        : { impossible: unfit };
    } finally {
      await given.close();
    }
  }
  if (!allowCopy) {
    return { impossible: 'there is no copy of the database (`copy` or `allowCopy` of its target in pitwall.yaml)' };
  }
  return withTemplateCopy(connection, signal, work);
}

/** The database itself is no copy of itself, and a replica cannot be written to. */
async function whyUnfit(original: PostgresqlConnection, copy: PostgresqlConnection): Promise<string | null> {
  const question = `${OURS} pg_catalog.current_database() AS name, pg_catalog.pg_postmaster_start_time()::text AS started,
                           pg_catalog.pg_is_in_recovery() AS replica, d.oid::int8::float8 AS oid
                      FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;
  const [[here], [there]] = await Promise.all([
    original.query<Record<string, unknown>>(question),
    copy.query<Record<string, unknown>>(question),
  ]);
  if (there!.replica === true) return `${copy.name} is a replica, where nothing can be built`;
  const same = here!.oid === there!.oid && here!.name === there!.name && here!.started === there!.started;
  return same ? `${copy.name} is the database itself, and no copy of it` : null;
}

async function withTemplateCopy<T>(
  connection: PostgresqlConnection,
  signal: AbortSignal,
  work: (copy: Copy) => Promise<T>,
): Promise<{ readonly result: T } | { readonly impossible: string }> {
  const [source] = await connection.query<{ name: string; bytes: number; others: number; able: boolean }>(
    `${OURS} pg_catalog.current_database() AS name, pg_catalog.pg_database_size(pg_catalog.current_database())::float8 AS bytes,
            (SELECT count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database()
                AND coalesce(a.application_name, '') <> 'pitwall') AS others,
            (SELECT r.rolsuper OR (r.rolcreatedb AND pg_catalog.pg_has_role(d.datdba, 'USAGE'))
               FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
              WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()) AS able`,
  );
  const { name, bytes, others, able } = source!;
  if (!able) return { impossible: 'a copy needs a role that owns the database and has CREATEDB' };
  if (others > 0) {
    return {
      impossible: `${counted(others, 'other session is', 'other sessions are')} connected, and PostgreSQL copies a database only while nobody is: restore a backup elsewhere and name it in pitwall.yaml with \`copy: { url: … }\``,
    };
  }
  try {
    await requireFreeSpace(connection, `a copy of ${name}`, bytes * 2, 'database');
  } catch (error) {
    if (error instanceof PitwallError) return { impossible: error.message };
    throw error;
  }
  // From another database: nobody may be in the one that is copied, ourselves included.
  const keeper = await connection.trials.openDatabase(name === 'postgres' ? 'template1' : 'postgres');
  try {
    const { client } = await keeper.openWriter();
    try {
      await dropStale(client);
      return await copied(connection, client, name, signal, work);
    } finally {
      await client.end().catch(() => {});
    }
  } finally {
    await keeper.close();
  }
}

async function copied<T>(
  connection: PostgresqlConnection,
  keeper: Client,
  source: string,
  signal: AbortSignal,
  work: (copy: Copy) => Promise<T>,
): Promise<{ readonly result: T } | { readonly impossible: string }> {
  const { rows } = await keeper.query<{ now: string }>(`${OURS} extract(epoch FROM now())::int8::text AS now`);
  const name = `pitwall_copy_${process.pid}_${rows[0]!.now}`;
  await connection.rest();
  try {
    await keeper.query(`SET statement_timeout = '${COPY_LIMIT}s'`);
    await keeper.query(
      `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE ${quoteIdentifier(source)} IS_TEMPLATE false`,
    );
  } catch (error) {
    if (!('severity' in (error as object))) throw error;
    return { impossible: printable(`it cannot be copied: ${(error as Error).message}`) };
  }
  try {
    signal.throwIfAborted();
    const copy = await connection.trials.openDatabase(name);
    try {
      return {
        result: await work({
          connection: copy,
          title: 'a copy on the same server',
          share: connection.askedLoad() ?? 1,
        }),
      };
    } finally {
      await copy.close();
    }
  } finally {
    await drop(keeper, name);
  }
}

/** Copies that an end in between has left: old enough for somebody to be in them, and nobody is. */
async function dropStale(keeper: Client): Promise<void> {
  const { rows } = await keeper.query<{ name: string; now: number }>(
    `${OURS} d.datname AS name, extract(epoch FROM now())::float8 AS now FROM pg_catalog.pg_database d
      WHERE d.datname LIKE 'pitwall\\_copy\\_%' AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = d.datname)`,
  );
  for (const { name, now } of rows) {
    const madeAt = NAME.exec(name)?.[1];
    // Without FORCE: where somebody came in since, it stays.
    if (madeAt !== undefined && now - Number(madeAt) > SETTLING) {
      await keeper.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`).catch(() => {});
    }
  }
}

async function drop(keeper: Client, name: string): Promise<void> {
  await keeper.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
}
