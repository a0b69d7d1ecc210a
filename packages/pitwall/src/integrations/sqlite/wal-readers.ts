import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../../errors.ts';
import { readProcessStat } from '../_proc/process-table.ts';
import { textOf } from '../_proc/read.ts';

/** Bytes of the -shm file that who reads from the log holds a shared lock on: WAL_READ_LOCK(0) to (4), https://sqlite.org/walformat.html#wal_locks. */
const FIRST_READ_MARK = 123;
const LAST_READ_MARK = 127;

/**
 * Processes that are in the middle of a read transaction on the database, from /proc/locks: as long as one is, a checkpoint
 * cannot go beyond what it sees and the log cannot begin anew. Null where that cannot be read. Ours is left out.
 */
export async function walReaders(database: string, proc: string): Promise<readonly string[] | null> {
  const file = await stat(`${database}-shm`).catch(() => null);
  const locks = await textOf(join(proc, 'locks'));
  if (file === null || locks === null) return null;
  const pids = new Set<number>();
  for (const line of locks.split('\n')) {
    // `12: POSIX  ADVISORY  READ 1234 fe:01:789 123 123`
    const match = /^\d+:\s+(?:POSIX|OFDLCK)\s+\S+\s+READ\s+(\d+)\s+\S+:(\d+)\s+(\d+)\s+(\d+|EOF)/.exec(line.trim());
    if (!match || Number(match[2]) !== file.ino) continue;
    const [start, end] = [Number(match[3]), match[4] === 'EOF' ? Number.POSITIVE_INFINITY : Number(match[4])];
    const pid = Number(match[1]);
    if (start <= LAST_READ_MARK && end >= FIRST_READ_MARK && pid > 0 && pid !== process.pid) pids.add(pid);
  }
  return Promise.all(
    [...pids].map(
      async (pid) => `${printable((await readProcessStat(proc, pid))?.name ?? 'a process')} (process ${pid})`,
    ),
  );
}
