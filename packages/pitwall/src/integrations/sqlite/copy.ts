import { constants, copyFileSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backup } from 'node:sqlite';
import { reasonOf } from '../../errors.ts';
import type { SqliteConnection } from './connection.ts';
import { databaseBytes } from './size.ts';

/** Private copies of the database: one stays as it is, on the others things are tried. */
export interface Copies {
  readonly base: string;
  readonly trial: string;
  /** A further one like `trial`, to try two things side by side; there only once it was restored. */
  readonly other: string;
  /** True when the trial copy may differ from the base. */
  changed: boolean;
  /** Makes the trial copy (or the other) like the base again. No process may have it open. Throws when the disk is full. */
  restore(copy?: string): void;
}

export type CopyResult = { readonly copies: Copies } | { readonly impossible: string };

/**
 * Free space wanted on the scratch folder's disk, in sizes of the database: three copies (one as it is, two to compare sets of
 * indexes on), and room on both for the indexes and for sorting them. Measured at the peak: 4.5 with six indexes on a database of
 * a million rows. Where the file system shares blocks (reflinks) it is less.
 */
const SPACE_FACTOR = 5;
/** Seconds after which copying is given up: with a rollback journal each write of somebody else starts it anew. */
const COPY_LIMIT = 60;
/** Seconds after which a copy that was overtaken by writes is made in one step. */
const PATIENCE = 20;
/** 8 MiB of 4 KiB pages: with a rollback journal writers wait while so much is copied, not while everything is. */
const PAGES_A_STEP = 2048;
/** More than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;
const PREFIX = 'pitwall-copy-';
/** A folder of a process that is gone is swept away after an hour, not at once: process ids mean nothing across containers. */
const STALE_SECONDS = 3600;

const cache = new WeakMap<SqliteConnection, Promise<CopyResult>>();

/** The copies of this run, made on first use and deleted when the connection closes. */
export function copiesOf(connection: SqliteConnection, signal: AbortSignal): Promise<CopyResult> {
  let result = cache.get(connection);
  if (!result) {
    result = makeCopies(connection, signal);
    cache.set(connection, result);
    // Interrupted, not impossible: the next one may try again.
    result.catch(() => cache.delete(connection));
  }
  return result;
}

async function makeCopies(connection: SqliteConnection, signal: AbortSignal): Promise<CopyResult> {
  const { scratch } = connection;
  try {
    const bytes = databaseBytes(connection);
    if (bytes > connection.options.copyLimit) {
      return {
        impossible: `it is ${mebibytes(bytes)} MiB, more than copyLimit (${mebibytes(connection.options.copyLimit)} MiB)`,
      };
    }
    sweep(scratch);
    const { bavail, bsize } = statfsSync(scratch);
    if (bavail * bsize < bytes * SPACE_FACTOR) {
      return {
        impossible: `trials on copies of its ${mebibytes(bytes)} MiB take up to ${mebibytes(bytes * SPACE_FACTOR)} MiB in ${scratch}, where ${mebibytes(bavail * bsize)} MiB are free`,
      };
    }
    // mkdtemp makes it 0700: what is in the database is nobody else's business.
    const folder = mkdtempSync(join(scratch, `${PREFIX}${process.pid}-`));
    connection.onClose(() => {
      cache.delete(connection);
      rmSync(folder, { recursive: true, force: true });
    });
    const base = join(folder, 'base.db');
    const trial = join(folder, 'trial.db');
    const other = join(folder, 'other.db');
    await copyDatabase(connection, base, signal, { orAtOnce: true });
    // Out of WAL mode: an index would otherwise lie in the log and be slower to read than it will be.
    const settled = await connection.runner().changeCopy(base, ['PRAGMA journal_mode = DELETE'], COPY_LIMIT, signal);
    if ('failure' in settled) return { impossible: settled.why };
    const copies: Copies = {
      base,
      trial,
      other,
      changed: true,
      restore(copy = trial) {
        for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
        copyFileSync(base, copy, constants.COPYFILE_FICLONE);
        if (copy === trial) copies.changed = false;
      },
    };
    return { copies };
  } catch (error) {
    signal.throwIfAborted();
    return { impossible: reasonOf(error) };
  }
}

/**
 * Copies the database while it is in use, some pages at a time; each write of another connection starts it anew. When it was
 * overtaken so for too long it throws, or with `orAtOnce` copies everything in one step, for which writers wait (with a
 * rollback journal). Throws the signal's reason.
 */
export async function copyDatabase(
  connection: SqliteConnection,
  to: string,
  signal: AbortSignal,
  { orAtOnce = false }: { readonly orAtOnce?: boolean } = {},
): Promise<void> {
  const limit = orAtOnce ? PATIENCE : COPY_LIMIT;
  const until = performance.now() + limit * 1000;
  const late = new Error(`no whole copy came about within ${limit} s of writes`);
  let left = Number.POSITIVE_INFINITY;
  let restarted = false;
  try {
    await backup(connection.reader(), to, {
      rate: PAGES_A_STEP,
      progress({ remainingPages }) {
        // Thrown in here, it ends the backup.
        signal.throwIfAborted();
        restarted ||= remainingPages > left;
        left = remainingPages;
        if ((restarted || !orAtOnce) && performance.now() > until) throw late;
      },
    });
  } catch (error) {
    if (error !== late || !orAtOnce) throw error;
    rmSync(to, { force: true });
    await backup(connection.reader(), to, { rate: ALL_PAGES, progress: () => signal.throwIfAborted() });
  }
}

/** Copies that a killed process of ours left behind. */
function sweep(scratch: string): void {
  for (const name of readdirSync(scratch)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined) continue;
    const folder = join(scratch, name);
    try {
      const { uid, mtimeMs } = statSync(folder);
      if (uid !== process.getuid?.() || Date.now() - mtimeMs < STALE_SECONDS * 1000 || isAlive(Number(pid))) continue;
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody else was faster.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
