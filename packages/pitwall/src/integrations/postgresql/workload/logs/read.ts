import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable, reasonOf } from '../../../../errors.ts';
import { counted, either } from '../../../../model/plural.ts';
import { readLines } from '../../../_sql/workload/lines.ts';
import type { RecordSource } from './record.ts';
import { type LoggedCall, LogSessions } from './session.ts';
import { stderrRecords } from './stderr.ts';
import { csvRecords, jsonRecords } from './structured.ts';

export interface LogRequest {
  /** File, or folder of files: then the newest are read. */
  readonly path: string;
  /** Only calls in this database; null: in any. Where the log does not tell, all count. */
  readonly database: string | null;
  /** log_line_prefix of the server, where it is known. */
  readonly prefixes: readonly string[];
  /** The last so many bytes of a file are read. */
  readonly tail: number;
  readonly signal: AbortSignal;
}

export interface LogRead {
  /** Null when nothing could be read. */
  readonly calls: number | null;
  readonly missing: readonly string[];
}

/** Files of a folder that are read: one a day is usual, and several a day where they are small. */
const FILES = 5;
const NAMES = /\.(log|csv|json)$/;
/** Reading a log is work: others get their turn in between. Entries. */
const BREATH = 2000;

/**
 * Reads the end of a server's log and hands each call to `heard`, oldest first. Its form (stderr, csvlog, jsonlog) is told from
 * its first bytes. What is wrong with it is said, not thrown. @throws the signal's reason
 */
export async function readLog(request: LogRequest, heard: (call: LoggedCall) => void): Promise<LogRead> {
  const { path, signal } = request;
  const missing: string[] = [];
  let calls: number | null = null;
  let files: readonly string[];
  try {
    files = await filesAt(path);
  } catch (error) {
    return { calls: null, missing: [`${printable(path)} cannot be read: ${reasonOf(error)}.`] };
  }
  if (files.length === 0) missing.push(`${printable(path)} has no file that ends with .log, .csv or .json.`);
  for (const file of files) {
    try {
      const counted = await readFile(file, request, heard, missing);
      calls = (calls ?? 0) + counted;
    } catch (error) {
      signal.throwIfAborted();
      missing.push(`${printable(file)} cannot be read: ${reasonOf(error)}.`);
    }
  }
  return { calls, missing };
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path);
  if (!found.isDirectory()) {
    if (!found.isFile()) throw new Error('it is no file');
    return [path];
  }
  const names = (await readdir(path)).filter((name) => NAMES.test(name));
  const dated = await Promise.all(
    names.map(async (name) => {
      const file = join(path, name);
      const about = await stat(file).catch(() => null);
      return { file, at: about?.isFile() ? about.mtimeMs : null };
    }),
  );
  const newest = dated.filter(({ at }) => at !== null).sort((a, b) => b.at! - a.at!);
  return newest
    .slice(0, FILES)
    .reverse()
    .map(({ file }) => file);
}

async function readFile(
  file: string,
  { database, prefixes, tail, signal }: LogRequest,
  heard: (call: LoggedCall) => void,
  missing: string[],
): Promise<number> {
  const { size } = await stat(file);
  const from = Math.max(0, size - tail);
  const source = await sourceOf(file, from, size, prefixes, signal);
  const sessions = new LogSessions();
  let calls = 0;
  let untold = 0;
  let entries = 0;
  const take = (found: Iterable<LoggedCall>) => {
    for (const call of found) {
      calls++;
      heard(call);
    }
  };
  for await (const record of source.records) {
    if (++entries % BREATH === 0) {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (record.application === 'pitwall') continue;
    if (database !== null && record.database !== null && record.database !== database) continue;
    const before = calls;
    take(sessions.read(record));
    if (record.database === null && calls > before) untold++;
  }
  take(sessions.end());
  const name = printable(file);
  if (from > 0) missing.push(`Of ${name} only the last ${Math.round(tail / 2 ** 20)} MiB were read (option logTail).`);
  if (source.unknown() > 0) {
    missing.push(
      `${counted(source.unknown(), 'line')} of ${name} ${either(source.unknown(), 'is', 'are')} not understood: another program's, of another language than English (lc_messages), or with a prefix that is not known.`,
    );
  }
  if (source.cut() > 0)
    missing.push(
      `${counted(source.cut(), 'line')} of ${name} ${either(source.cut(), 'was', 'were')} cut for being very long.`,
    );
  if (sessions.unreadable > 0) {
    missing.push(
      `${counted(sessions.unreadable, 'plan')} in ${name} ${either(sessions.unreadable, 'is', 'are')} broken off or of another format than JSON or text.`,
    );
  }
  if (untold > 0 && database !== null) {
    missing.push(
      `${name} does not tell of which database ${counted(untold, 'call')} ${either(untold, 'is', 'are')}: %d in log_line_prefix would.`,
    );
  }
  return calls;
}

async function sourceOf(
  file: string,
  from: number,
  to: number,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<RecordSource> {
  const lines = readLines(file, from, to, signal);
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const begin = buffer.toString('utf8', 0, bytesRead);
    if (/^\s*\{"/.test(begin)) return jsonRecords(lines);
    if (
      file.endsWith('.csv') ||
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,"]{1,20},(?:"[^"]*")?,(?:"[^"]*")?,\d*,/.test(begin)
    ) {
      return csvRecords(lines);
    }
    return stderrRecords(lines, prefixes);
  } finally {
    await handle.close();
  }
}
