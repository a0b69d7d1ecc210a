import { existsSync, statfsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { printable, reasonOf } from '../../../errors.ts';
import { findBackend, type Self } from '../collectors/find-backend.ts';
import { OURS, type PostgresqlConnection } from '../connection.ts';
import { refusal } from './session.ts';

/** Whose files they will be: a new index's, those of an index that is built anew (its oid), or all of a database of this server. */
type Place = 'new index' | 'database' | { readonly index: number };

/** Where the files of a place lie, and how our own session is found among the processes of this host. */
const QUESTION = `${OURS} pg_catalog.pg_backend_pid() AS pid, pg_catalog.inet_client_port() AS port, pg_catalog.current_database()::text AS database,
       session_user::text AS "user", pg_catalog.host(pg_catalog.inet_server_addr()) AS address,
       (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory') AS directory,
       t.spcname::text AS tablespace, pg_catalog.pg_tablespace_location(t.oid) AS location
  FROM pg_catalog.pg_tablespace t
 WHERE t.oid = coalesce(
         (SELECT nullif(c.reltablespace, 0) FROM pg_catalog.pg_class c WHERE c.oid = $1::oid),
         (SELECT s.oid FROM pg_catalog.pg_tablespace s
           WHERE $2::bool AND s.spcname = pg_catalog.current_setting('default_tablespace')),
         (SELECT d.dattablespace FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()))`;

interface Row extends Self {
  readonly address: string | null;
  /** Null: our role may not read it. */
  readonly directory: string | null;
  readonly tablespace: string;
  /** Empty: in the data directory. Relative: below it (`allow_in_place_tablespaces`). */
  readonly location: string;
}

/** Bytes that are free there, with whose disk it is; or why nobody can tell from here: the end of a sentence. */
type Space = { readonly free: number; readonly disk: string } | { readonly unknown: string };

/**
 * There has to be room for `bytes`, where that can be seen from here; where not, `spaceNotChecked` says so.
 * @throws PitwallError CHANGE_REFUSED
 */
export async function requireFreeSpace(
  connection: Pick<PostgresqlConnection, 'query'>,
  subject: string,
  bytes: number,
  place: Place,
): Promise<void> {
  const space = await spaceOf(connection, place);
  if ('unknown' in space || space.free >= bytes) return;
  throw refusal(subject, `it may need ${mebibytes(bytes)}, and ${space.disk} has ${mebibytes(space.free)} free`);
}

/** What `requireFreeSpace` could not look at, and why: none where it could. */
export async function spaceNotChecked(
  connection: Pick<PostgresqlConnection, 'query'>,
  bytes: number,
  place: Place,
): Promise<readonly string[]> {
  const space = await spaceOf(connection, place);
  return 'unknown' in space ? [`whether the disk has the ${mebibytes(bytes)} that it may need: ${space.unknown}`] : [];
}

/** @param proc `/proc`, or a stand-in */
export async function spaceOf(
  connection: Pick<PostgresqlConnection, 'query'>,
  place: Place,
  proc = '/proc',
): Promise<Space> {
  let row: Row & Record<string, unknown>;
  try {
    const index = typeof place === 'object' ? place.index : null;
    [row] = (await connection.query<Row & Record<string, unknown>>(QUESTION, [index, place === 'new index'])) as [
      never,
    ];
  } catch (error) {
    return { unknown: `the server does not say where its files are (${reasonOf(error)})` };
  }
  const where = await pathsOf(row, proc);
  if ('unknown' in where) return where;
  let failure = '';
  for (const path of where.paths) {
    try {
      const { bavail, bsize } = statfsSync(path);
      return { free: bavail * bsize, disk: diskName(row) };
    } catch (error) {
      failure = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    }
  }
  const missing = row.directory ?? 'the data directory of the server';
  return { unknown: `${printable(row.location || missing)} cannot be seen from here (${failure})` };
}

/**
 * Where the files are for us. A server in a container has other paths: they are seen through its process, by who may; so is
 * its data directory (which it works in) where our role is not told it.
 */
async function pathsOf(
  row: Row,
  proc: string,
): Promise<{ readonly paths: readonly [string, ...string[]] } | { readonly unknown: string }> {
  const { directory, location, address } = row;
  const absolute = location.startsWith('/') ? location : directory === null ? null : join(directory, location);
  const hidden = { unknown: 'the role of Pitwall may not read `data_directory` (GRANT pg_read_all_settings)' };
  if (!existsSync(join(proc, 'self'))) {
    const isHere = address === null || (isIP(address) === 4 ? address.startsWith('127.') : address === '::1');
    if (!isHere) return { unknown: 'the server is not on this host' };
    return absolute === null ? hidden : { paths: [absolute] };
  }
  const pid = await findBackend(proc, row);
  if (pid === null) return { unknown: 'the server was not found among the processes of this host' };
  const own = join(proc, String(pid));
  if (absolute === null) {
    const working = join(own, 'cwd', location);
    return existsSync(working) ? { paths: [working] } : hidden;
  }
  // Counted by itself it is in a container, and the same path may be something else here.
  const through = join(own, 'root', absolute);
  return { paths: pid === row.pid ? [through, absolute] : [through] };
}

function diskName({ tablespace, location }: Row): string {
  return location === '' ? 'the disk of the database' : `the disk of the tablespace ${printable(tablespace)}`;
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
