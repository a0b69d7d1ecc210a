import { type BigIntStats, createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PitwallError, reasonOf } from '../../errors.ts';

/** Packed by logrotate: what was packed was written to before, and lines of a run are not packed while it lasts. */
const PACKED = /\.(?:gz|zst|xz|bz2)$/;
/** Files of one log in a folder; more are not looked at. */
const MOST_FILES = 100;

/** Where the log and its rotated files ended before the run, by inode: a rotated file keeps its own. */
export type LogEnds = ReadonlyMap<string, bigint>;

/** A file, and the byte from which it is new. */
export interface NewPart {
  readonly file: string;
  readonly from: number;
}

/**
 * Remembers where a log ends.
 * @throws PitwallError LOAD_ACCESS_LOG when it is not there or may not be read
 */
export async function rememberEnds(file: string): Promise<LogEnds> {
  try {
    await readable(file);
    const found = await filesOf(file);
    return new Map(found.map(({ stats }) => [keyOf(stats), stats.size]));
  } catch (error) {
    throw new PitwallError('LOAD_ACCESS_LOG', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/**
 * What was written since, also when the log was rotated meanwhile: what was renamed is read on from where it ended, what is new
 * from its beginning. One that was emptied in place (copytruncate) is shorter than it was: it is read from its beginning, and so
 * is the copy. The oldest first.
 */
export async function newParts(file: string, before: LogEnds): Promise<readonly NewPart[]> {
  const found = await filesOf(file);
  return found
    .map(({ path, stats }) => {
      const end = before.get(keyOf(stats)) ?? 0n;
      return { file: path, from: Number(stats.size < end ? 0n : end), size: Number(stats.size), at: stats.mtimeNs };
    })
    .filter(({ from, size }) => size > from)
    .sort((a, b) => Number(a.at - b.at))
    .map(({ file: path, from }) => ({ file: path, from }));
}

interface Found {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** The log, and files beside it whose names begin with its own. */
async function filesOf(file: string): Promise<readonly Found[]> {
  const name = basename(file);
  const names = (await readdir(dirname(file))).filter((each) => each.startsWith(name) && !PACKED.test(each));
  const found = await Promise.all(
    names.slice(0, MOST_FILES).map(async (each): Promise<Found | null> => {
      const path = join(dirname(file), each);
      // Renamed or deleted since the folder was listed.
      const stats = await stat(path, { bigint: true }).catch(() => null);
      return stats?.isFile() ? { path, stats } : null;
    }),
  );
  return found.filter((each) => each !== null);
}

function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

async function readable(file: string): Promise<void> {
  const stats = await stat(file);
  if (!stats.isFile()) throw new Error('it is not a regular file');
  const source = createReadStream(file, { end: 0 });
  for await (const _ of source);
}
