import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import type { SliceQueue } from './queue.ts';

/** A run that several agents share, as its coordinator sees and moves it. All that is written here is guarded by its state. */
export interface RunHandle {
  readonly id: string;
  readonly database: Database;
  readonly queue: SliceQueue;
  /** Jobs that were handed to the queue. */
  readonly jobs: string[];
}

type SliceState = 'waiting' | 'claimed' | 'ready' | 'done' | 'refused' | 'failed' | 'lost';

export interface SliceView {
  readonly slice: number;
  readonly state: SliceState;
  readonly attempt: number;
  /** As the agent calls itself: hostile text. */
  readonly name: string | null;
  readonly host: string | null;
  readonly capacity: number | null;
  readonly firstWorker: number | null;
  readonly workers: number | null;
  /** Seconds. */
  readonly clockOffset: number | null;
  readonly clockUncertainty: number | null;
  /** Seconds since the last sign of life. */
  readonly silent: number | null;
  readonly because: string | null;
}

/** Puts a run up: its slices can be taken from now on. `plan` is JSON. */
export async function createRun(
  database: Database,
  queue: SliceQueue,
  run: { readonly plan: string; readonly agents: number; readonly coordinator: string },
): Promise<RunHandle> {
  const id = randomUUID();
  const jobs = await database.transaction(async (connection) => {
    await connection.query('INSERT INTO pitwall.load_run (id, plan, coordinator) VALUES ($1, $2, $3)', [
      id,
      run.plan,
      run.coordinator.slice(0, 200),
    ]);
    await connection.query('INSERT INTO pitwall.load_slice (run, slice) SELECT $1, generate_series(0, $2::int - 1)', [
      id,
      run.agents,
    ]);
    const slices = Array.from({ length: run.agents }, (_, slice) => ({ run: id, slice, attempt: 1 }));
    return queue.offer(connection, slices);
  });
  return { id, database, queue, jobs: [...jobs] };
}

/** A sign of life of the coordinator, and what has become of the slices. False when somebody else closed the run. */
export async function look(run: RunHandle): Promise<{ readonly open: boolean; readonly slices: readonly SliceView[] }> {
  const alive = await run.database.query(
    "UPDATE pitwall.load_run SET seen_at = clock_timestamp() WHERE id = $1 AND state <> 'closed' RETURNING id",
    [run.id],
  );
  const slices = await run.database.query<SliceView & Record<string, unknown>>(
    `SELECT slice, state, attempt, agent_name AS name, agent_host AS host, capacity,
       first_worker AS "firstWorker", workers, clock_offset AS "clockOffset", clock_uncertainty AS "clockUncertainty",
       extract(epoch FROM clock_timestamp() - seen_at)::float8 AS silent, because
     FROM pitwall.load_slice WHERE run = $1 ORDER BY slice`,
    [run.id],
  );
  return { open: alive.length > 0, slices };
}

/** Before the start nothing has been sent: a slice whose agent has gone is handed out again. */
export async function offerAgain(run: RunHandle, slice: number, silentFor: number): Promise<boolean> {
  return run.database.transaction(async (connection) => {
    const [again] = await connection.query<{ attempt: number }>(
      `UPDATE pitwall.load_slice SET state = 'waiting', attempt = attempt + 1, agent = NULL, agent_name = NULL,
         agent_host = NULL, capacity = NULL, seen_at = NULL
       WHERE run = $1 AND slice = $2 AND state = 'claimed' AND seen_at < clock_timestamp() - make_interval(secs => $3)
         AND EXISTS (SELECT FROM pitwall.load_run WHERE id = $1 AND state = 'gathering')
       RETURNING attempt`,
      [run.id, slice, silentFor],
    );
    if (!again) return false;
    run.jobs.push(...(await run.queue.offer(connection, [{ run: run.id, slice, attempt: again.attempt }])));
    return true;
  });
}

/** Says which workers each slice has: `counts` in the order of the slices. From now on agents get their users ready. */
export async function dealWorkers(run: RunHandle, counts: readonly number[]): Promise<void> {
  await run.database.transaction(async (connection) => {
    let first = 0;
    const firsts = counts.map((count) => {
      first += count;
      return first - count;
    });
    await connection.query(
      `UPDATE pitwall.load_slice AS s SET first_worker = d.first, workers = d.count
       FROM unnest($2::int[], $3::int[], $4::int[]) AS d (slice, first, count) WHERE s.run = $1 AND s.slice = d.slice`,
      [run.id, counts.map((_, slice) => slice), firsts, counts],
    );
    await connection.query(
      "UPDATE pitwall.load_run SET state = 'preparing', workers = $2 WHERE id = $1 AND state = 'gathering'",
      [run.id, first],
    );
  });
}

/** Sets the common start so many seconds from now. Milliseconds of the store's clock; null when not all agents are ready. */
export async function startRun(run: RunHandle, lead: number): Promise<number | null> {
  const [row] = await run.database.query<{ at: number }>(
    `UPDATE pitwall.load_run SET state = 'running', start_at = clock_timestamp() + make_interval(secs => $2)
     WHERE id = $1 AND state = 'preparing' AND NOT EXISTS (
       SELECT FROM pitwall.load_slice WHERE run = $1 AND state <> 'ready')
     RETURNING (extract(epoch FROM start_at) * 1000)::float8 AS at`,
    [run.id, lead],
  );
  if (row) return row.at;
  // Asked again, because the store's answer to the first time was lost on the way.
  const [before] = await run.database.query<{ at: number }>(
    "SELECT (extract(epoch FROM start_at) * 1000)::float8 AS at FROM pitwall.load_run WHERE id = $1 AND state = 'running'",
    [run.id],
  );
  return before?.at ?? null;
}

/** Gives up slices that showed no sign of life for so many seconds. What their agents bring later is refused. */
export async function giveUpSilent(run: RunHandle, silentFor: number): Promise<readonly number[]> {
  const rows = await run.database.query<{ slice: number }>(
    `UPDATE pitwall.load_slice SET state = 'lost', because = 'no sign of life'
     WHERE run = $1 AND state IN ('claimed', 'ready') AND seen_at < clock_timestamp() - make_interval(secs => $2)
     RETURNING slice`,
    [run.id, silentFor],
  );
  return rows.map(({ slice }) => slice);
}

/** Asks all agents to end early; what they have measured counts. */
export async function stopRun(run: RunHandle, because: string): Promise<void> {
  await run.database.query(
    "UPDATE pitwall.load_run SET stop_because = coalesce(stop_because, left($2, 500)) WHERE id = $1 AND state <> 'closed'",
    [run.id, because],
  );
}

/**
 * Bytes of ticks in one answer, about: a tick may have 4 MiB, and an agent that wrote only such would have us hold gigabytes.
 * The first one comes whatever it has, so that reading always gets on.
 */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Ticks of each slice after the seconds that are known already (−1: none), the earliest first, as many as fit into one answer:
 * asked again until there are none. `tick` is JSON, hostile.
 */
export function ticksAfter(
  run: RunHandle,
  known: readonly number[],
): Promise<readonly { readonly slice: number; readonly second: number; readonly tick: string }[]> {
  return run.database.query(
    `SELECT slice, second, tick FROM (
       SELECT t.slice, t.second, t.tick, octet_length(t.tick) AS own,
         sum(octet_length(t.tick)) OVER (ORDER BY t.second, t.slice) AS so_far
       FROM unnest($2::int[], $3::int[]) AS k (slice, second)
       JOIN pitwall.load_tick t ON t.run = $1 AND t.slice = k.slice AND t.second > k.second AND t.second <= k.second + 60
     ) AS answer WHERE so_far - own < $4::bigint ORDER BY second, slice`,
    [run.id, known.map((_, slice) => slice), known, MOST_BYTES],
  );
}

/** Ends the run for everybody. Afterwards no result is taken any more; which have been is in `results`. */
export async function closeRun(run: RunHandle): Promise<void> {
  await run.database.query(
    "UPDATE pitwall.load_run SET state = 'closed', plan = NULL, closed_at = clock_timestamp() WHERE id = $1 AND state <> 'closed'",
    [run.id],
  );
  await run.queue.withdraw(run.jobs);
}

/** What agents measured, JSON, hostile. One at a time: they are large. */
export async function resultOf(run: RunHandle, slice: number): Promise<string | null> {
  const [row] = await run.database.query<{ result: string }>(
    'SELECT result FROM pitwall.load_result WHERE run = $1 AND slice = $2',
    [run.id, slice],
  );
  return row?.result ?? null;
}

/** What was measured is in the report; the store keeps only who took part. */
export async function forgetMeasurements(run: RunHandle): Promise<void> {
  await run.database.query('DELETE FROM pitwall.load_tick WHERE run = $1', [run.id]);
  await run.database.query('DELETE FROM pitwall.load_result WHERE run = $1', [run.id]);
}

/**
 * Cleans up after coordinators that died: their runs are closed (with that, tokens in their plans are gone) and, like all
 * closed runs, deleted after a week.
 */
export async function sweepRuns(database: Database): Promise<void> {
  await database.query(
    `UPDATE pitwall.load_run SET state = 'closed', plan = NULL, closed_at = clock_timestamp()
     WHERE state <> 'closed' AND seen_at < clock_timestamp() - interval '10 minutes'`,
  );
  await database.query("DELETE FROM pitwall.load_run WHERE closed_at < clock_timestamp() - interval '7 days'");
}
