import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { printable } from '../../errors.ts';
import type { DetectContext, Detected } from '../../model/integration.ts';
import { commandLineOf } from '../_proc/describe.ts';
import { openFilesOf } from '../_proc/listeners.ts';
import { readProcessTable, withDescendants } from '../_proc/process-table.ts';

const MAGIC = 'SQLite format 3\0';

/**
 * The database files that the listening processes, and those they started, have open, and those that their command lines
 * name: some servers open the file anew for each request.
 */
export async function detect({ environment, listeners }: DetectContext): Promise<readonly Detected[]> {
  if (listeners.length === 0) return [];
  const table = await readProcessTable(environment.proc);
  const holders = new Map<string, string>();
  const pids = withDescendants(table, listeners);
  for (const pid of pids) {
    let name: string | undefined;
    for (const path of await openFilesOf(environment.proc, pid)) {
      if (holders.has(path) || !isDatabase(path)) continue;
      name ??= await programOf(environment.proc, pid);
      holders.set(path, `open in process ${pid} (${name})`);
    }
  }
  for (const pid of pids) {
    for (const path of await namedFilesOf(environment.proc, pid)) {
      if (holders.has(path) || !isDatabase(path)) continue;
      const program = await programOf(environment.proc, pid);
      holders.set(path, `named on the command line of process ${pid} (${program})`);
    }
  }
  const ids = new Set<string>();
  return [...holders].map(([path, note]) => {
    const id = idFor(path, holders.size, ids);
    ids.add(id);
    return { id, options: { path }, notes: { path: note } };
  });
}

/** Regular files among a process's arguments (`FILE` or `--option=FILE`); relative ones as seen from its own folder. */
async function namedFilesOf(proc: string, pid: number): Promise<readonly string[]> {
  let folder: string;
  try {
    folder = readlinkSync(join(proc, String(pid), 'cwd'));
  } catch {
    return [];
  }
  const args = (await commandLineOf(proc, pid)).slice(1).map((arg) => resolve(folder, arg.replace(/^--?[\w-]+=/, '')));
  return [...new Set(args)].filter((path) => {
    try {
      // Asked before anything is opened: opening a device may already act on it.
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** The program's file name: the kernel's own name for a process is that of its main thread. */
async function programOf(proc: string, pid: number): Promise<string> {
  const [program = ''] = await commandLineOf(proc, pid);
  return printable(basename(program)) || 'unknown';
}

/**
 * A regular file with SQLite's header. Opened without waiting, so that a pipe of that name cannot stop us; this runs only
 * before any connection is open, because closing the file drops this process's locks on it.
 */
export function isDatabase(path: string): boolean {
  if (path.startsWith('/proc/') || /-(wal|shm|journal)$/.test(path)) return false;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return false;
    const header = Buffer.alloc(MAGIC.length);
    return readSync(descriptor, header, 0, MAGIC.length, 0) === MAGIC.length && header.toString('latin1') === MAGIC;
  } catch {
    return false;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** `db` when it is the only one, otherwise after the file. */
function idFor(path: string, count: number, taken: ReadonlySet<string>): string {
  if (count === 1) return 'db';
  const stem = basename(path)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const base = stem === '' ? 'db' : `db-${stem.slice(0, 40)}`;
  let id = base;
  for (let i = 2; taken.has(id); i++) id = `${base}-${i}`;
  return id;
}
