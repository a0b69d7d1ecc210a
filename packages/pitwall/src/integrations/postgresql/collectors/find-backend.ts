import { join } from 'node:path';
import { commandLineOf } from '../../_proc/describe.ts';
import { readProcessTable } from '../../_proc/process-table.ts';
import { textOf } from '../../_proc/read.ts';

/** How the server knows the session that asks. */
export interface Self {
  /** In the server's own process namespace. */
  readonly pid: number;
  /** Of the client, as the server sees it; null over a Unix socket. */
  readonly port: number | null;
  readonly database: string;
  readonly user: string;
}

/**
 * The process of our session on this host, also where the server runs in a container and counts processes by itself; null when
 * it is not here, or not to be seen. Its title names database, role and client port, so that no other server's is taken for it:
 * an address such as 127.0.0.1 would be no proof, as it may lead through a tunnel.
 */
export async function findBackend(proc: string, self: Self): Promise<number | null> {
  for (const { pid, name } of await readProcessTable(proc)) {
    if (!/^(postgres|postmaster)/.test(name)) continue;
    const status = (await textOf(join(proc, String(pid), 'status'))) ?? '';
    const inner = /^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? String(pid);
    if (Number(inner) === self.pid && isTitleOf((await commandLineOf(proc, pid)).join(' '), self)) return pid;
  }
  return null;
}

/** `postgres: 15/main: role database 127.0.0.1(54321) SELECT`; `[local]` over a Unix socket. */
export function isTitleOf(title: string, { port, database, user }: Self): boolean {
  const place = port === null ? '[local]' : `(${port})`;
  return title.startsWith('postgres:') && title.includes(` ${user} ${database} `) && title.includes(place);
}

/** Processors that a process may run on: affinity and cpuset. Null when not told. */
export async function allowedCpus(proc: string, pid: number): Promise<number | null> {
  const status = (await textOf(join(proc, String(pid), 'status'))) ?? '';
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  if (list === undefined) return null;
  const count = list.split(',').reduce((sum, range) => {
    const [from, to = from] = range.split('-').map(Number);
    return sum + (to! - from!) + 1;
  }, 0);
  return Number.isInteger(count) && count > 0 ? count : null;
}
