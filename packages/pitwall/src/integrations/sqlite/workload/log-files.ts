import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { printable, reasonOf } from '../../../errors.ts';

/** A part of a log: the bytes of one file that are read. */
export interface LogPart {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

export interface LogParts {
  /** Oldest first. */
  readonly parts: readonly LogPart[];
  readonly missing: readonly string[];
}

/** Files of a folder that are read, the newest ones. */
const FILES = 100;
const IN_FOLDER = /\.(jsonl|ndjson|sql|log)(\.\d{1,2})?$/;

/**
 * The files of a log: it and those that it was rotated to (`log.1` is newer than `log.2`), or those of a folder. Of their end, `tail`
 * bytes. The database's own files are never opened: closing one would take away all locks that this process has on it.
 */
export async function logParts(path: string, tail: number, database: string): Promise<LogParts> {
  const missing: string[] = [];
  let found: readonly { file: string; size: number }[];
  try {
    found = await filesAt(path);
  } catch (error) {
    return { parts: [], missing: [`${printable(path)} cannot be read: ${reasonOf(error)}.`] };
  }
  if (found.length === 0) missing.push(`${printable(path)} has no file that ends with .jsonl, .ndjson, .sql or .log.`);
  const parts: LogPart[] = [];
  let left = tail;
  for (const { file, size } of found.toReversed()) {
    if (isOfDatabase(await realpath(file).catch(() => file), database)) {
      missing.push(`${printable(file)} is the database itself, and no log.`);
      continue;
    }
    if (left <= 0) break;
    parts.unshift({ file, from: Math.max(0, size - left), to: size });
    left -= size;
  }
  if (left < 0 || parts.length < found.length) {
    missing.push(`Of ${printable(path)} only the last ${Math.round(tail / 2 ** 20)} MiB were read (option logTail).`);
  }
  return { parts, missing };
}

function isOfDatabase(file: string, database: string): boolean {
  return ['', '-wal', '-shm', '-journal'].some((end) => file === `${database}${end}`);
}

/** Oldest first. @throws what the file system says, when there is nothing */
async function filesAt(path: string): Promise<readonly { file: string; size: number }[]> {
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return null;
  });
  if (about && !about.isDirectory() && !about.isFile()) throw new Error('it is no file');
  const folder = about?.isDirectory() ? path : dirname(path);
  const names = await readdir(folder);
  const own = basename(path);
  const wanted = about?.isDirectory()
    ? names.filter((name) => IN_FOLDER.test(name))
    : names.filter(
        (name) => name === own || (name.startsWith(`${own}.`) && /^\d{1,2}$/.test(name.slice(own.length + 1))),
      );
  // A log that has just been rotated may have no file of its own name for a moment.
  if (wanted.length === 0 && !about) await stat(path);
  const files = await Promise.all(
    wanted.map(async (name) => {
      const file = join(folder, name);
      const one = await stat(file).catch(() => null);
      return one?.isFile() ? [{ file, size: one.size, at: one.mtimeMs, turn: turnOf(name) }] : [];
    }),
  );
  return files
    .flat()
    .sort((a, b) => (about?.isDirectory() ? a.at - b.at || b.turn - a.turn : b.turn - a.turn))
    .slice(-FILES);
}

function turnOf(name: string): number {
  return Number(/\.(\d{1,2})$/.exec(name)?.[1] ?? 0);
}
