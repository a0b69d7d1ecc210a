import type { Statement, Workload, WorkloadRequest } from '../../../model/database.ts';
import type { CollectContext } from '../../../model/integration.ts';
import type { StatementReader } from '../../_sql/workload/events.ts';
import { fileSource } from '../../_sql/workload/file-source.ts';
import { hintedLoops } from '../../_sql/workload/loops.ts';
import { mergeStatements } from '../../_sql/workload/merge.ts';
import { inOrder } from '../../_sql/workload/own-windows.ts';
import { ranked } from '../../_sql/workload/rank.ts';
import type { Told } from '../../_sql/workload/told.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { findStatements, NO_STATEMENTS } from '../statements.ts';
import { watchActivity } from './activity.ts';
import { activitySource } from './activity-source.ts';
import { snapshotFrom, snapshotJson } from './counters.ts';
import { differenceOf } from './difference.ts';
import { type KeptWorkload, keepWorkload } from './kept.ts';
import { LEXIS } from './lexis.ts';
import { logSource } from './log-source.ts';
import { ownWindows, withoutOwnLoad } from './own-load.ts';
import { PlanWatch } from './plans.ts';
import { statementReader } from './reader.ts';
import { serverSettings } from './settings.ts';
import { readSnapshot } from './snapshot.ts';
import { withDetails } from './statement-details.ts';
import { countedStatements, isTold, STATISTICS } from './statistics.ts';

/** Which of many calls are kept as samples: the same log gives the same ones. */
const SEED = 20_261_120;

export interface GatherRequest extends WorkloadRequest {
  /** True: counters since they were reset, though sessions are watched meanwhile. */
  readonly sinceReset?: boolean;
}

/**
 * What the database is asked to do: pg_stat_statements for calls and times (as the difference to `previous`, of the time that is
 * watched, or since its counters began; it is never reset), logs, sessions and files for values, callers and plans.
 * @throws PitwallError as `connection.query` does, POSTGRESQL_PARSER_MISSING, and the signal's reason
 */
export async function readWorkload(
  connection: PostgresqlConnection,
  request: WorkloadRequest,
  context: CollectContext,
): Promise<Workload> {
  return (await gatherWorkload(connection, request, context)).workload;
}

/** The same with plans and waits; what it gives is also kept for the connection (`keptWorkload`). @throws as `readWorkload` does */
export async function gatherWorkload(
  connection: PostgresqlConnection,
  request: GatherRequest,
  context: CollectContext,
): Promise<KeptWorkload> {
  const { signal, environment } = context;
  const read = await statementReader();
  const settings = await serverSettings(connection);
  const extension = await findStatements(connection);
  const isWatched = request.watch > 0 && !request.sinceReset;
  const previous = snapshotFrom(request.previous);
  const before =
    typeof extension === 'object' && isWatched && previous === null
      ? (await readSnapshot(connection, extension, false)).snapshot
      : previous;
  const seen = request.watch > 0 ? await watchActivity(connection, request.watch, { environment, signal }) : null;

  const statistics = await readStatistics(connection, extension, before, read);
  const counts = statistics.statements.length > 0;
  const since = counts ? statistics.source.since : null;
  const plans = new PlanWatch(SEED, settings.blockSize);
  const own = inOrder(ownWindows(connection));
  const told: Told[] = [statistics];
  for (const path of connection.sources.logs) {
    told.push(
      await logSource({
        path,
        settings,
        tail: connection.sources.logTail,
        since,
        own,
        read,
        plans,
        seed: SEED,
        signal,
      }),
    );
  }
  const activity =
    seen && activitySource(seen, read, SEED, counts || told.some(({ statements }) => statements.length > 0));
  if (activity) told.push(activity.told);
  for (const path of connection.sources.files) told.push(await fileSource(path, read, LEXIS, SEED));
  signal.throwIfAborted();

  const statements = ranked(mergeStatements(told.map((one) => one.statements)).filter(({ calls }) => calls > 0));
  const kept: KeptWorkload = {
    workload: {
      statements: withDetails(statements, activity?.activity, plans.summaries()),
      window: windowOf(told),
      sources: told.map(({ source }) => source),
      loops: loopsOf(told, statements),
      snapshot: statistics.snapshot,
    },
    plans: plans.plans(),
    activity: activity?.activity ?? new Map(),
    statistics: { ...statistics.state, most: settings.most },
  };
  keepWorkload(connection, kept);
  return kept;
}

async function readStatistics(
  connection: PostgresqlConnection,
  extension: Awaited<ReturnType<typeof findStatements>>,
  before: ReturnType<typeof snapshotFrom>,
  read: StatementReader,
): Promise<Told & { snapshot: Workload['snapshot']; state: Omit<KeptWorkload['statistics'], 'most'> }> {
  const title = 'pg_stat_statements';
  if (typeof extension === 'string') {
    return {
      source: {
        id: STATISTICS,
        title,
        calls: 0,
        seconds: null,
        since: null,
        missing: [`${NO_STATEMENTS[extension]}.`],
      },
      statements: [],
      loops: [],
      snapshot: null,
      state: { missing: extension, evictions: null, age: null },
    };
  }
  const reading = await readSnapshot(connection, extension, true);
  const { difference, ownLoad } = withoutOwnLoad(
    connection,
    differenceOf(before, reading.snapshot),
    { before, now: reading.snapshot },
    (key) => isTold(reading, key),
  );
  const { statements, calls, missing, hidden } = await countedStatements(reading, difference, read);
  const { at, resetAt } = reading.snapshot;
  return {
    source: {
      id: STATISTICS,
      title,
      calls,
      seconds: difference.window,
      since: difference.since,
      missing,
      ...(hidden > 0 ? { hidden } : {}),
      ...(ownLoad ? { ownLoad } : {}),
    },
    statements,
    loops: [],
    snapshot: snapshotJson(reading.snapshot),
    state: {
      missing: reading.unreadable ? 'not readable' : null,
      evictions: difference.evictions,
      age: resetAt === null ? null : at - resetAt,
    },
  };
}

/** Of the source that counts, also where nothing ran; files count nothing. */
function windowOf(told: readonly Told[]): number | null {
  const timed = told.filter(({ source }) => source.seconds !== null);
  const counting = timed.find(({ statements }) => statements.length > 0) ?? timed.find(({ source }) => source.since);
  return counting?.source.seconds ?? null;
}

/** Proven ones first; a hint for what is proven already is no news. */
function loopsOf(told: readonly Told[], statements: readonly Statement[]): Workload['loops'] {
  const proven = told.flatMap(({ loops }) => loops);
  const known = new Set(proven.map(({ statement }) => statement));
  const counted = statements.filter(({ sources }) => sources.includes(STATISTICS));
  return [...proven, ...hintedLoops(counted).filter(({ statement }) => !known.has(statement))];
}
