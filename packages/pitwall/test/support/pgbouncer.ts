import { execFileSync, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import type { Postgresql } from './postgresql.ts';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find((path) => existsSync(path)) ?? null;

/** For `skip`. */
export function withoutPgbouncer(): string | false {
  return PROGRAM === null ? 'PgBouncer is not installed' : false;
}

export interface Pgbouncer {
  /** Of the database, through it. */
  readonly url: string;
  /** Of its admin console. */
  readonly admin: string;
}

/** A PgBouncer in front of one database of the server, on a free port of loopback, until the test ends. */
export async function startPgbouncer(
  t: { after(work: () => void): void },
  server: Postgresql,
  { database, mode, size }: { readonly database: string; readonly mode: string; readonly size: number },
): Promise<Pgbouncer> {
  const port = await freePort();
  const { directory } = server;
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text, { mode: 0o644 });
    return path;
  };
  const users = file(`users-${port}.txt`, `"${server.user}" "${server.password}"\n`);
  const config = file(
    `pgbouncer-${port}.ini`,
    `[databases]
${database} = host=127.0.0.1 port=${server.port} pool_size=${size}
[pgbouncer]
listen_addr=127.0.0.1
listen_port=${port}
unix_socket_dir=
auth_type=plain
auth_file=${users}
pool_mode=${mode}
admin_users=${server.user}
logfile=${join(directory, `pgbouncer-${port}.log`)}
`,
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  if (user.length > 0) execFileSync('chown', ['postgres', directory]);
  const child = spawn(PROGRAM!, ['-q', ...user, config], { stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const at = new URL(server.url(database));
  at.port = String(port);
  for (let tries = 0; tries < 50 && !(await answers(at.href)); tries++) await setTimeout(50);
  const admin = `postgres://${server.user}:${encodeURIComponent(server.password)}@127.0.0.1:${port}/pgbouncer`;
  return { url: at.href, admin };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
