import { readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { printable } from '../../../errors.ts';
import { parseCommandLine } from '../../_proc/describe.ts';
import { listPids, readProcessStat } from '../../_proc/process-table.ts';
import { textOf } from '../../_proc/read.ts';

interface Holder {
  readonly pid: number;
  /** For a person: the program, and the script that it runs. */
  readonly name: string;
}

interface Holders {
  readonly seen: readonly Holder[];
  /** Processes that may not be looked into (other users'): each may have it open as well. */
  readonly hidden: number;
  /** True where processes may exist that are not even listed: no /proc, or one mounted with `hidepid`. */
  readonly unlisted: boolean;
}

/**
 * Other processes that have the file open, from /proc/PID/fd. Compared by device and inode: a container sees the same file
 * under another path. What cannot be seen from here at all: processes of another container or host.
 */
export async function holdersOf(path: string, proc = '/proc'): Promise<Holders> {
  const file = await stat(path);
  const seen: Holder[] = [];
  let hidden = 0;
  const pids = await listPids(proc);
  for (const pid of pids) {
    if (pid === process.pid) continue;
    const answer = await holds(join(proc, String(pid)), basename(path), file);
    if (answer === 'hidden') hidden += 1;
    if (answer === 'yes') seen.push({ pid, name: await nameOf(proc, pid) });
  }
  // The first process of a machine or container always is; where it is not listed, others are not either.
  return { seen, hidden, unlisted: !pids.includes(1) };
}

/** `node server.js (process 123), sqlite3 (process 456)`; empty when nobody is seen. */
export async function describeHolders(path: string, proc?: string): Promise<string> {
  const found = await holdersOf(path, proc).catch(() => null);
  return found === null ? '' : describeSeen(found);
}

/** As `describeHolders`, and also who may have it open: empty only when it is certain that nobody has. */
export async function describePossibleHolders(path: string, proc?: string): Promise<string> {
  const found = await holdersOf(path, proc).catch(() => null);
  const parts = found === null ? [] : [describeSeen(found)];
  if (found === null || found.unlisted) parts.push('perhaps processes that are not shown to this user');
  else if (found.hidden > 0) {
    parts.push(`perhaps ${found.hidden} of other users, which only root can look into`);
  }
  return parts.filter((part) => part !== '').join(', ');
}

function describeSeen({ seen }: Holders): string {
  const shown = seen.slice(0, 5).map(({ pid, name }) => `${name} (process ${pid})`);
  if (seen.length > shown.length) shown.push(`${seen.length - shown.length} more`);
  return shown.join(', ');
}

/** Options of Node that take the next argument as their value, and those after which there is no script. */
const WITH_VALUE = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader', '-C', '--conditions']);
const WITHOUT_SCRIPT = new Set(['-e', '--eval', '-p', '--print', '-pe', '-']);

/** Node calls its first thread, and with it the process, MainThread: then the program and its script say more. */
async function nameOf(proc: string, pid: number): Promise<string> {
  const name = (await readProcessStat(proc, pid))?.name ?? 'unknown';
  if (name !== 'MainThread') return printable(name);
  const [program = name, ...args] = parseCommandLine((await textOf(join(proc, String(pid), 'cmdline'))) ?? '');
  const script = scriptIn(args);
  return printable([program, script].flatMap((file) => (file === undefined ? [] : [basename(file)])).join(' '));
}

function scriptIn(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index]!;
    if (WITHOUT_SCRIPT.has(argument)) return undefined;
    if (WITH_VALUE.has(argument)) index += 1;
    else if (!argument.startsWith('-')) return argument;
  }
  return undefined;
}

async function holds(
  process: string,
  name: string,
  file: { dev: number; ino: number },
): Promise<'yes' | 'no' | 'hidden'> {
  const directory = join(process, 'fd');
  let descriptors: string[];
  try {
    descriptors = await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return 'no';
    // Kernel threads and ended processes have no command line, and no files.
    return (await textOf(join(process, 'cmdline'))) === '' ? 'no' : 'hidden';
  }
  for (const descriptor of descriptors) {
    const link = join(directory, descriptor);
    try {
      // The name first: following every link of every process would touch devices and network filesystems.
      if (basename(await readlink(link)) !== name) continue;
      const { dev, ino } = await stat(link);
      if (dev === file.dev && ino === file.ino) return 'yes';
    } catch {
      // Closed in the meantime.
    }
  }
  return 'no';
}
