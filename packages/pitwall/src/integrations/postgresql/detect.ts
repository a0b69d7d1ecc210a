import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DetectContext, Detected } from '../../model/integration.ts';
import { readProcessTable, withDescendants } from '../_proc/process-table.ts';
import { parseUrl } from './url.ts';

/** How applications are told of their database. */
const NAMES = ['DATABASE_URL', 'POSTGRES_URL', 'POSTGRESQL_URL', 'PG_URL', 'DB_URL'];
const MOST_BYTES = 1024 * 1024;

/**
 * The database that the listening processes were told of in their environment. Its password is left where it is: it belongs
 * into an environment variable of Pitwall's, or into ~/.pgpass.
 */
export async function detect({ environment, listeners }: DetectContext): Promise<readonly Detected[]> {
  if (listeners.length === 0) return [];
  const found = new Map<string, Detected>();
  for (const pid of withDescendants(await readProcessTable(environment.proc), listeners)) {
    for (const [name, value] of await variablesOf(environment.proc, pid)) {
      const parts = parseUrl(value);
      if (typeof parts === 'string' || parts.host === undefined) continue;
      const { host, port, user, database, password, tls } = parts;
      const options = {
        host,
        ...(port === undefined ? {} : { port }),
        ...(user === undefined ? {} : { user }),
        ...(database === undefined ? {} : { database }),
        ...(tls === undefined ? {} : { tls: { ...tls } }),
      };
      const key = JSON.stringify(options);
      if (found.has(key)) continue;
      const secret =
        password === undefined ? '' : '; it has a password there: add `password:` as a secret, or a line to ~/.pgpass';
      const id = found.size === 0 ? 'postgresql' : `postgresql-${found.size + 1}`;
      found.set(key, { id, options, notes: { host: `${name} in the environment of process ${pid}${secret}` } });
    }
  }
  return [...found.values()];
}

async function variablesOf(proc: string, pid: number): Promise<readonly (readonly [name: string, value: string])[]> {
  let text: string;
  try {
    text = await readFile(join(proc, String(pid), 'environ'), 'utf8');
  } catch {
    return [];
  }
  const entries = text.slice(0, MOST_BYTES).split('\0');
  return entries.flatMap((entry): [string, string][] => {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, equals);
    return NAMES.includes(name) && entry.length < 2000 ? [[name, entry.slice(equals + 1)]] : [];
  });
}
