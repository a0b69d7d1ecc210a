import { readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listPids, readProcessStat } from '../../_proc/process-table.ts';
import { namesIn } from '../../_proc/read.ts';

export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/**
 * Other processes that have the file open, from /proc/PID/fd. Those of other users are only seen with the right to look
 * into them, so an empty answer does not prove that there is nobody. Compared by device and inode: a container sees the
 * same file under another path.
 */
export async function holdersOf(path: string, proc = '/proc'): Promise<readonly Holder[]> {
  const file = await stat(path);
  const holders: Holder[] = [];
  for (const pid of await listPids(proc)) {
    if (pid === process.pid || !(await holds(join(proc, String(pid), 'fd'), basename(path), file))) continue;
    holders.push({ pid, name: (await readProcessStat(proc, pid))?.name ?? 'unknown' });
  }
  return holders;
}

/** `node (process 123), sqlite3 (process 456)`; empty when nobody is seen. */
export async function describeHolders(path: string): Promise<string> {
  const holders = await holdersOf(path).catch(() => []);
  const shown = holders.slice(0, 5).map(({ pid, name }) => `${name} (process ${pid})`);
  if (holders.length > shown.length) shown.push(`${holders.length - shown.length} more`);
  return shown.join(', ');
}

async function holds(directory: string, name: string, file: { dev: number; ino: number }): Promise<boolean> {
  for (const descriptor of (await namesIn(directory)) ?? []) {
    const link = join(directory, descriptor);
    try {
      // The name first: following every link of every process would touch devices and network filesystems.
      if (basename(await readlink(link)) !== name) continue;
      const { dev, ino } = await stat(link);
      if (dev === file.dev && ino === file.ino) return true;
    } catch {
      // Closed in the meantime.
    }
  }
  return false;
}
