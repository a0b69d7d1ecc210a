import { realpathSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { printable, reasonOf } from '../../../errors.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { Gathering } from '../../_sql/workload/gather.ts';
import { readLines } from '../../_sql/workload/lines.ts';
import { isWithin, type OwnWindow, overlapOf } from '../../_sql/workload/own-windows.ts';
import { eventsOf, type SqlLexis } from '../../_sql/workload/sql-files.ts';
import type { Told } from '../../_sql/workload/told.ts';
import { LEXIS } from './lexis.ts';
import { type LogPart, logParts } from './log-files.ts';
import { type LoggedCall, type LoggedConnection, parseLogLine } from './log-line.ts';
import { plainStatements } from './plain-log.ts';

export interface LogSourceRequest {
  readonly path: string;
  /** Bytes at its end that are read. */
  readonly tail: number;
  /** Absolute path of the database: statements of others are left out. */
  readonly database: string;
  /** Calls before it show values, and are not counted: epoch seconds, null: all are. */
  readonly since: number | null;
  /** Calls within them are not counted either; in order. */
  readonly own: readonly OwnWindow[];
  readonly read: StatementReader;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface LogTold extends Told {
  /** By process and connection, as the log last told of them. */
  readonly connections: readonly LoggedConnection[];
  /** Calls that failed, by code. */
  readonly errors: ReadonlyMap<string, number>;
  /** Epoch seconds of the last call; null: none told. */
  readonly to: number | null;
  /** Calls that the log itself lost. */
  readonly dropped: number;
}

/** Texts that are remembered, with their characters, and connections: what a log refers to. */
const TEXTS = 50_000;
const LENGTH = 64 * 2 ** 20;
const CONNECTIONS = 1000;
const ERRORS = 100;
/** Reading a log is work: others get their turn in between. Lines. */
const BREATH = 2000;

/** What a log of the application tells. What is wrong with it is said, not thrown. @throws the signal's reason */
export async function logSource(request: LogSourceRequest): Promise<LogTold> {
  const { path, tail, database, read, seed, signal } = request;
  const { parts, missing } = await logParts(path, tail, database);
  const log = new LogReading(request, new Gathering(`log:${path}`, read, seed));
  const unreadable: string[] = [];
  for (const pass of ['names', 'calls'] as const) {
    for (const part of parts) {
      try {
        if (!(await isJson(part))) {
          if (pass === 'calls') log.plain(await textOf(part, signal));
          continue;
        }
        await log.lines(part, pass, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (pass === 'calls') unreadable.push(`${printable(part.file)} cannot be read: ${reasonOf(error)}.`);
      }
    }
    log.decide();
  }
  return log.result([...missing, ...unreadable]);
}

async function isJson({ file, from }: LogPart): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, from);
    const begin = buffer.toString('utf8', 0, bytesRead);
    // From the middle on, the first line is a part of one.
    return /^\s*\{\s*"/.test(begin) || (from > 0 && /\n\s*\{\s*"/.test(begin));
  } finally {
    await handle.close();
  }
}

/** Lines that others refer to. */
const NAMES = /^\{\s*"kind"\s*:\s*"(?:connection|statement)"/;

/** Plain SQL has to be read as a whole: a statement may have any number of lines. */
const PLAIN = 32 * 2 ** 20;

async function textOf({ file, from, to }: LogPart, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  const begin = Math.max(from, to - PLAIN);
  for await (const { text } of readLines(file, begin, to, signal)) lines.push(text);
  // From the middle on, the first line is a part of one.
  return lines.slice(begin > 0 ? 1 : 0).join('\n');
}

/** One log while it is read. */
class LogReading {
  readonly #request: LogSourceRequest;
  readonly #gathering: Gathering;
  readonly #lexis: SqlLexis = LEXIS;
  readonly #texts = new Map<string, { readonly text: string; readonly cut: boolean; readonly placeholders: boolean }>();
  #textLength = 0;
  readonly #connections = new Map<string, LoggedConnection>();
  /** Ids of connections to this database; null: all are. */
  #ours: ReadonlySet<string> | null = null;
  #decision: string | null = null;
  readonly #errors = new Map<string, number>();
  #lines = 0;
  #broken = 0;
  #cut = 0;
  #unknown = 0;
  #others = 0;
  #dropped = 0;
  readonly #left = { calls: 0, seconds: 0 };

  constructor(request: LogSourceRequest, gathering: Gathering) {
    this.#request = request;
    this.#gathering = gathering;
  }

  async lines(part: LogPart, pass: 'names' | 'calls', signal: AbortSignal): Promise<void> {
    let isFirst = part.from > 0;
    for await (const { text, cut } of readLines(part.file, part.from, part.to, signal)) {
      if (++this.#lines % BREATH === 0) {
        signal.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const isPartial = isFirst;
      isFirst = false;
      if (text.trim() === '') continue;
      if (pass === 'names') {
        if (NAMES.test(text)) this.#name(text);
      } else if (cut) this.#cut++;
      else if (!this.#take(text) && !isPartial) this.#broken++;
    }
  }

  plain(text: string): void {
    const { statements, missing } = plainStatements(text, this.#lexis);
    if (missing !== null) this.#decision ??= missing;
    for (const event of eventsOf(statements, this.#lexis)) {
      this.#gathering.add(this.#request.since === null ? event : { ...event, calls: 0 });
    }
  }

  /** Whose connections are to this database. Paths differ between a container and its host: then the file's name decides. */
  decide(): void {
    const { database } = this.#request;
    const all = [...this.#connections];
    const to = (test: (path: string) => boolean) =>
      all.filter(([, { database: path }]) => path !== null && test(path)).map(([id]) => id);
    const exact = to((path) => path === database || real(path) === database);
    if (exact.length > 0) {
      this.#ours = new Set(exact);
      return;
    }
    const named = to((path) => basename(path) === basename(database));
    if (named.length > 0) {
      this.#ours = new Set(named);
      const path = this.#connections.get(named[0]!)!.database!;
      if (path !== database) this.#decision = `It tells of ${printable(path)}, which is taken to be this database.`;
      return;
    }
    if (all.length > 0) {
      this.#ours = new Set();
      const paths = [
        ...new Set(all.map(([, { database: path }]) => (path === null ? 'a database in memory' : printable(path)))),
      ];
      this.#decision = `It tells of ${paths.slice(0, 3).join(', ')} only, and not of this database.`;
    }
  }

  result(missing: readonly string[]): LogTold {
    const { path, since, own } = this.#request;
    const { statements, loops, calls, from, to, missing: leftOut } = this.#gathering.result();
    const name = printable(path);
    const begin = from === null ? null : Math.max(from, since ?? from);
    const said = (count: number, sentence: string) => (count === 0 ? [] : [`${count} ${sentence}`]);
    return {
      source: {
        id: `log:${path}`,
        title: name,
        calls,
        seconds: begin === null || to === null ? null : Math.max(0, to - begin - overlapOf(own, begin, to)),
        since: from,
        ...(this.#left.calls > 0 && begin !== null && to !== null
          ? { ownLoad: { ...this.#left, window: overlapOf(own, begin, to) } }
          : {}),
        missing: [
          ...missing,
          ...(this.#decision === null ? [] : [this.#decision]),
          ...said(this.#dropped, `calls were too many for ${name} to be written, or could not be.`),
          ...said(this.#unknown, `calls in ${name} are of statements whose texts are in an older file.`),
          ...said(this.#others, `calls in ${name} are of other databases.`),
          ...said(this.#broken, `lines of ${name} are not understood: broken off, or no statement log.`),
          ...said(this.#cut, `lines of ${name} were cut, because they are very long.`),
          ...leftOut,
          ...(calls === 0 && this.#left.calls === 0 && since === null && missing.length === 0
            ? ['It tells of no statement of this database.']
            : []),
        ],
      },
      statements,
      loops,
      connections: [...this.#connections].filter(([id]) => this.#ours?.has(id) ?? true).map(([, one]) => one),
      errors: this.#errors,
      to,
      dropped: this.#dropped,
    };
  }

  #name(line: string): void {
    const parsed = parseLogLine(line);
    // Lines of two writes may have changed places: what is named later is known, too.
    if (parsed?.kind === 'statement') this.#remember(parsed.id, parsed.text, parsed.cut);
    if (parsed?.kind !== 'connection') return;
    const known = this.#connections.get(parsed.id);
    if (!known && this.#connections.size >= CONNECTIONS) {
      this.#connections.delete(this.#connections.keys().next().value!);
    }
    const { connection } = parsed;
    this.#connections.set(parsed.id, { ...connection, pragmas: connection.pragmas ?? known?.pragmas ?? null });
  }

  #take(line: string): boolean {
    const parsed = parseLogLine(line);
    if (parsed === null) return false;
    if (parsed.kind === 'call') this.#call(parsed);
    else if (parsed.kind === 'dropped') this.#dropped += parsed.calls;
    else if (parsed.kind === 'statement') this.#remember(parsed.id, parsed.text, parsed.cut);
    return true;
  }

  #remember(id: string, text: string, cut: boolean): void {
    if (this.#texts.has(id)) return;
    this.#texts.set(id, { text, cut, placeholders: this.#lexis.hasPlaceholders(text) });
    this.#textLength += text.length;
    while (this.#texts.size > TEXTS || this.#textLength > LENGTH) {
      const [oldest, { text: gone }] = this.#texts.entries().next().value!;
      this.#texts.delete(oldest);
      this.#textLength -= gone.length;
    }
  }

  #call(call: LoggedCall): void {
    const { connection, at, seconds, rows, params, error } = call;
    if (connection !== null && this.#ours !== null && !this.#ours.has(connection)) {
      this.#others++;
      return;
    }
    const known = call.statement === null ? undefined : this.#texts.get(call.statement);
    const text = call.text ?? known?.text;
    if (text === undefined) {
      this.#unknown++;
      return;
    }
    const isShort = known ? known.placeholders : this.#lexis.hasPlaceholders(text);
    const endedAt = at === null ? null : at + (seconds ?? 0);
    const { since, own } = this.#request;
    const isLater = since === null || endedAt === null || endedAt >= since;
    const counts = isLater && !(endedAt !== null && isWithin(own, endedAt));
    if (isLater && !counts) {
      this.#left.calls++;
      this.#left.seconds += seconds ?? 0;
    }
    if (error !== null && counts) this.#failed(error);
    this.#gathering.add({
      text,
      params: params ?? [],
      seconds,
      rows,
      at: endedAt,
      endpoint: call.endpoint === null ? null : printable(call.endpoint),
      request: call.request,
      session: connection,
      calls: counts ? 1 : 0,
      noSample: error !== null || known?.cut === true || (params === null && isShort),
    });
  }

  #failed(error: string): void {
    const code = /^[A-Z][A-Z0-9_]{0,59}$/.test(error) ? error : 'other';
    if (this.#errors.has(code) || this.#errors.size < ERRORS) this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
