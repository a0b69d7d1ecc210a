import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PitwallError, reasonOf } from '../errors.ts';

const SQLITE_BUSY = 5;

/** A handle that nothing refers to is collected and closed, and its lock with it: callers need not hold on to theirs. */
const handles = new Set<DatabaseSync>();

export interface Lock {
  release(): void;
}

/**
 * One apply at a time: by state folder, and by user on this host (two applies from different folders would spoil each
 * other's measurements and could change the same file). Each lock is `BEGIN EXCLUSIVE` on an empty SQLite file, held
 * until `release`: the kernel drops it when the process dies, however it dies, so a lock is never stale.
 *
 * Throws LOCKED with who holds it, or LOCK_UNAVAILABLE when the lock file cannot be made.
 *
 * @param hostDirectory where the lock of this user on this host is; defaults to the first usable of
 *   `$XDG_RUNTIME_DIR/pitwall`, `~/.local/state/pitwall` and a private folder in the temporary directory.
 */
export function acquireLock(stateDirectory: string, hostDirectory: string = defaultHostDirectory()): Lock {
  const directories = [...new Set([resolve(hostDirectory), resolve(stateDirectory)])];
  const held: DatabaseSync[] = [];
  try {
    for (const directory of directories) held.push(lockDirectory(directory));
    for (const directory of directories) writeHolder(directory, stateDirectory);
  } catch (error) {
    for (const database of held) database.close();
    throw error;
  }
  for (const database of held) handles.add(database);
  return {
    release() {
      // Closing rolls the empty transaction back. The files stay: deleting a lock file is a race with who opens it next.
      for (const database of held.splice(0)) {
        database.close();
        handles.delete(database);
      }
    },
  };
}

function lockDirectory(directory: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // Never opened with `fs` in this process: closing such a descriptor would drop SQLite's POSIX lock on the file.
    database = new DatabaseSync(join(directory, 'apply.lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new PitwallError('LOCKED', { holder: readHolder(directory) }, { cause: error });
    }
    throw new PitwallError('LOCK_UNAVAILABLE', { directory, reason: reasonOf(error) }, { cause: error });
  }
}

/** Best effort, for the message alone: the lock itself does not rest on it. */
function writeHolder(directory: string, stateDirectory: string): void {
  const holder = { pid: process.pid, host: hostname(), stateDirectory: resolve(stateDirectory), since: new Date() };
  try {
    writeFileSync(join(directory, 'apply.lock.json'), `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch {
    // Without it the message says "an unknown process".
  }
}

function readHolder(directory: string): string {
  try {
    const holder = JSON.parse(readFileSync(join(directory, 'apply.lock.json'), 'utf8')) as Record<string, unknown>;
    return `process ${String(holder.pid)}, which works on ${String(holder.stateDirectory)} since ${String(holder.since)}`;
  } catch {
    return 'an unknown process';
  }
}

function defaultHostDirectory(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const candidates = [
    ...(runtime ? [join(runtime, 'pitwall')] : []),
    join(homedir(), '.local', 'state', 'pitwall'),
    join(tmpdir(), `pitwall-${process.getuid?.() ?? 'user'}`),
  ];
  for (const directory of candidates) if (isPrivate(directory)) return directory;
  return candidates.at(-1)!;
}

/** Exists (after making it) and belongs to us: in a shared temporary directory somebody else could have made it first. */
function isPrivate(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const status = lstatSync(directory);
    return status.isDirectory() && (process.getuid === undefined || status.uid === process.getuid());
  } catch {
    return false;
  }
}
