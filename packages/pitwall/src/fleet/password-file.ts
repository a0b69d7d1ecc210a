import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Who wants to connect to what. */
export interface ConnectionKey {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The password for a connection in a password file's text: the first line whose four fields match (`*` matches all) has it.
 * Source: https://www.postgresql.org/docs/current/libpq-pgpass.html. The client library reads such files too, but not from
 * its version 9 on, and warns about that until then.
 */
export function passwordIn(text: string, key: ConnectionKey): string | null {
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    // A colon or a backslash in a field is escaped by a backslash.
    const fields = line
      .match(/(?:\\.|[^:\\])*(?::|$)/g)
      ?.map((field) => field.replace(/:$/, '').replace(/\\(.)/g, '$1'));
    const [host, port, database, user, password] = fields ?? [];
    if (password === undefined) continue;
    const wanted = [key.host, key.port, key.database, key.user];
    if ([host, port, database, user].every((field, i) => field === '*' || field === wanted[i])) return password;
  }
  return null;
}

/**
 * The password of PGPASSFILE or ~/.pgpass for a connection URL that has none; null when there is none for it, or when others
 * may read the file (as libpq ignores it then).
 */
export function passwordFromFile(url: URL, environment: Environment): string | null {
  const file = environment.PGPASSFILE ?? join(homedir(), '.pgpass');
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return null;
    return passwordIn(readFileSync(file, 'utf8'), keyOf(url, environment));
  } catch {
    // There is none, or none for us.
    return null;
  }
}

function keyOf(url: URL, environment: Environment): ConnectionKey {
  const parameter = (name: string) => url.searchParams.get(name) ?? '';
  const host = parameter('host') || decodeURIComponent(url.hostname) || environment.PGHOST || 'localhost';
  const user = decodeURIComponent(url.username) || parameter('user') || environment.PGUSER || userInfo().username;
  return {
    // For sockets the file says localhost.
    host: host.startsWith('/') ? 'localhost' : host.replace(/^\[|\]$/g, ''),
    port: parameter('port') || url.port || environment.PGPORT || '5432',
    database: decodeURIComponent(url.pathname.slice(1)) || environment.PGDATABASE || user,
    user,
  };
}
