import { realpathSync } from 'node:fs';
import { printable } from '../../../errors.ts';
import type { Statement, Workload, WorkloadRequest } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { Json } from '../../../model/json.ts';
import { fileSource } from '../../_sql/workload/file-source.ts';
import { mergeStatements } from '../../_sql/workload/merge.ts';
import { type OwnWindow, overlapOf } from '../../_sql/workload/own-windows.ts';
import { ranked } from '../../_sql/workload/rank.ts';
import type { Told } from '../../_sql/workload/told.ts';
import type { SqliteConnection } from '../connection.ts';
import { configuredSource, HOUR, isOfApplication, tableFinder, workloadOf } from './configured.ts';
import { keepWorkload } from './kept.ts';
import { LEXIS } from './lexis.ts';
import type { LoggedConnection } from './log-line.ts';
import { type LogTold, logSource } from './log-source.ts';
import { ownWindows } from './own-load.ts';
import { statementReader } from './read-statement.ts';

/** Which of many calls are kept as samples: the same log gives the same ones. */
const SEED = 1;

/** A workload with what else the logs told. */
export interface GatheredWorkload {
  readonly workload: Workload;
  readonly connections: readonly LoggedConnection[];
  /** Calls that failed, by code, over all logs. */
  readonly errors: ReadonlyMap<string, number>;
  readonly dropped: number;
  /** Epoch seconds of the last call; null: no log tells when calls were. */
  readonly until: number | null;
}

/**
 * What the database is asked to do: the application's logs for calls, times, values and endpoints; files of SQL; and the configured
 * queries, as often as they say. The workload is also kept for the connection (`keptWorkload`). @throws the signal's reason, and
 * PitwallError as `reader` does
 */
export async function gatherWorkload(
  connection: SqliteConnection,
  request: WorkloadRequest,
  { environment, signal }: CollectContext,
): Promise<GatheredWorkload> {
  const { logs, logTail, files } = connection.sources;
  const since = logs.length === 0 ? null : (toOf(request.previous) ?? (request.watch > 0 ? environment.now() : null));
  if (since !== null && request.watch > 0) await environment.sleep(request.watch, signal);
  const read = statementReader(tableFinder(connection));

  const own = ownWindows(connection);
  const logged: LogTold[] = [];
  for (const path of logs) {
    logged.push(
      await logSource({ path, tail: logTail, database: connection.path, since, own, read, seed: SEED, signal }),
    );
  }
  const fromFiles: Told[] = [];
  for (const path of files) {
    fromFiles.push(isSame(path, connection.path) ? notAFile(path) : await fileSource(path, read, LEXIS, SEED));
  }
  signal.throwIfAborted();

  const window = windowOf(logged, since, own);
  const configured = workloadOf(connection, configuredSource(connection), SEED);
  const scale = window === null || configured.window === null ? 1 : window / HOUR;
  const statements = mergeStatements([
    ...addedUp(logged.map((told) => told.statements)),
    ...[...fromFiles.map((told) => told.statements), configured.statements.map((one) => scaled(one, scale))].map(
      (list) =>
        // Who asks what happened since then does not mean what somebody wrote down.
        since === null ? list : list.map((statement) => ({ ...statement, calls: 0 })),
    ),
  ]);
  const kept = ranked(statements.filter((statement) => statement.calls > 0 && isOfApplication(statement)));
  const known = new Set(kept.map(({ id }) => id));
  const to = Math.max(...logged.map((told) => told.to ?? Number.NEGATIVE_INFINITY));
  const hasQueries = Object.keys(connection.options.queries).length > 0;
  const workload: Workload = {
    statements: kept,
    window: window ?? configured.window,
    sources: [
      ...logged.map(({ source }) => source),
      ...fromFiles.map(({ source }) => source),
      // Nobody has to configure queries where the application tells of them.
      ...(hasQueries || logged.length + fromFiles.length === 0 ? configured.sources : []),
    ],
    loops: logged.flatMap(({ loops }) => loops).filter(({ statement }) => known.has(statement)),
    snapshot: Number.isFinite(to) ? { to: Math.max(to, since ?? to) } : since === null ? null : { to: since },
  };
  keepWorkload(connection, workload);
  return {
    workload,
    connections: logged.flatMap(({ connections }) => connections),
    errors: sumOf(logged.map(({ errors }) => errors)),
    dropped: logged.reduce((sum, { dropped }) => sum + dropped, 0),
    until: Number.isFinite(to) ? to : null,
  };
}

/** Up to when an earlier workload counted. */
function toOf(previous: Json): number | null {
  if (typeof previous !== 'object' || previous === null || Array.isArray(previous)) return null;
  const { to } = previous as Readonly<Record<string, Json>>;
  return typeof to === 'number' ? to : null;
}

/** From the first call of any log to the last, without the loads of our own. */
function windowOf(logged: readonly LogTold[], since: number | null, own: readonly OwnWindow[]): number | null {
  const known = logged.filter(({ source, to }) => source.since !== null && to !== null);
  if (known.length === 0) return null;
  const from = Math.max(since ?? 0, Math.min(...known.map(({ source }) => source.since!)));
  const to = Math.max(...known.map((told) => told.to!));
  return Math.max(0, to - from - overlapOf(own, from, to)) || null;
}

/** Logs of several processes: each has calls that the others have not. */
function addedUp(lists: readonly (readonly Statement[])[]): readonly (readonly Statement[])[] {
  if (lists.length < 2) return lists;
  const merged = new Map(mergeStatements(lists).map((statement) => [statement.id, statement]));
  const all = Map.groupBy(lists.flat(), ({ id }) => id);
  return [
    [...merged.values()].map((statement) => {
      const parts = all.get(statement.id)!;
      const callers = Map.groupBy(
        parts.flatMap((part) => part.callers),
        ({ endpoint }) => endpoint,
      );
      return {
        ...statement,
        calls: parts.reduce((sum, { calls }) => sum + calls, 0),
        seconds: total(parts.map(({ seconds }) => seconds)),
        rows: total(parts.map(({ rows }) => rows)),
        callers: [...callers]
          .map(([endpoint, own]) => ({
            endpoint,
            calls: own.reduce((sum, { calls }) => sum + calls, 0),
            seconds: total(own.map(({ seconds }) => seconds)),
          }))
          .sort((a, b) => b.calls - a.calls),
      };
    }),
  ];
}

function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** Calls an hour, as calls in the logs' time. */
function scaled(statement: Statement, factor: number): Statement {
  if (factor === 1) return statement;
  const by = (calls: number) => Math.max(1, Math.round(calls * factor));
  return {
    ...statement,
    calls: by(statement.calls),
    callers: statement.callers.map((caller) => ({ ...caller, calls: by(caller.calls) })),
  };
}

function sumOf(maps: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const map of maps) for (const [code, calls] of map) sum.set(code, (sum.get(code) ?? 0) + calls);
  return sum;
}

/** The database's own files are never opened beside SQLite: closing one would take away all locks of this process on it. */
function isSame(path: string, database: string): boolean {
  try {
    return realpathSync(path) === database;
  } catch {
    return false;
  }
}

function notAFile(path: string): Told {
  const source = {
    id: `file:${path}`,
    title: printable(path),
    calls: 0,
    seconds: null,
    since: null,
    missing: ['It is the database itself, and no file of SQL.'],
  };
  return { source, statements: [], loops: [] };
}
