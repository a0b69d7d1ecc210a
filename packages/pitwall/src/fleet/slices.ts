import type { ClockOffset } from './clock.ts';
import type { Connection, Database } from './database.ts';
import type { SliceQueue } from './queue.ts';

/** Who an agent is. `id` is made anew by every process, so that one that returns is never taken for the one that died. */
export interface AgentIdentity {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  /** Worker threads that it gives, at most. */
  readonly capacity: number;
}

/** A slice that this agent holds. */
export interface HeldSlice {
  readonly database: Database;
  readonly queue: SliceQueue;
  readonly agent: AgentIdentity;
  readonly job: string;
  readonly run: string;
  readonly slice: number;
  /** JSON, hostile. */
  readonly plan: string;
  /** Hostile. */
  readonly coordinator: string;
}

/** What an agent hears when it shows a sign of life. */
export interface Beat {
  readonly state: 'gathering' | 'preparing' | 'running';
  readonly stopBecause: string | null;
  /** Workers of this slice, once they are dealt. */
  readonly workers: { readonly first: number; readonly count: number; readonly of: number } | null;
  /** Milliseconds of the store's clock. */
  readonly startAt: number | null;
  /** Seconds since the coordinator's last sign of life. */
  readonly coordinatorSilent: number;
}

/** Takes the oldest slice that waits; null when there is none. The job and the slice are taken both or neither. */
export function takeSlice(
  database: Database,
  queue: SliceQueue,
  agent: AgentIdentity,
  lease: number,
): Promise<HeldSlice | null> {
  return database.transaction(async (connection) => {
    const taken = await queue.take(connection);
    if (taken === null) return null;
    const { run, slice, attempt } = taken.job;
    const [claimed] = await connection.query<{ plan: string; coordinator: string }>(
      `UPDATE pitwall.load_slice s SET state = 'claimed', agent = $4, agent_name = left($5, 100), agent_host = left($6, 255),
         capacity = $7, seen_at = clock_timestamp()
       FROM pitwall.load_run r
       WHERE s.run = $1 AND s.slice = $2 AND s.attempt = $3 AND s.state = 'waiting' AND r.id = s.run
         AND r.state = 'gathering' AND r.seen_at > clock_timestamp() - make_interval(secs => $8)
         AND NOT EXISTS (SELECT FROM pitwall.load_slice o WHERE o.run = $1 AND o.agent = $4)
       RETURNING r.plan, r.coordinator`,
      [run, slice, attempt, agent.id, agent.name, agent.host, agent.capacity, lease],
    );
    if (!claimed) {
      // Of a run that is over, or whose coordinator has died.
      await queue.settle(connection, taken.id, 'the run is over');
      return null;
    }
    return { database, queue, agent, job: taken.id, run, slice, ...claimed };
  });
}

const MINE = 'run = $1 AND slice = $2 AND agent = $3';
const keys = ({ run, slice, agent }: HeldSlice): unknown[] => [run, slice, agent.id];

/** A sign of life, and what has changed. Null when the slice is no longer ours or the run is over. */
export async function beat(held: HeldSlice): Promise<Beat | null> {
  const [row] = await held.database.query<{
    state: Beat['state'];
    stopBecause: string | null;
    first: number | null;
    count: number;
    of: number | null;
    startAt: number | null;
    coordinatorSilent: number;
  }>(
    `UPDATE pitwall.load_slice s SET seen_at = clock_timestamp() FROM pitwall.load_run r
     WHERE s.run = $1 AND s.slice = $2 AND s.agent = $3 AND s.state IN ('claimed', 'ready') AND r.id = s.run
       AND r.state <> 'closed'
     RETURNING r.state, r.stop_because AS "stopBecause", s.first_worker AS first, s.workers AS count, r.workers AS "of",
       (extract(epoch FROM r.start_at) * 1000)::float8 AS "startAt",
       extract(epoch FROM clock_timestamp() - r.seen_at)::float8 AS "coordinatorSilent"`,
    keys(held),
  );
  if (!row) return null;
  const { first, count, of, ...rest } = row;
  // A beat that waited for the workers to be dealt sees its slice as it is now, but the run as it was before: the next one
  // sees both (PostgreSQL's READ COMMITTED re-reads only the row that is updated).
  return { ...rest, workers: first === null || of === null ? null : { first, count, of } };
}

/** All users are ready to begin. `clock` in ms, as measured just now; `wall`: wall clock − monotonic clock of this host. */
export async function reportReady(held: HeldSlice, clock: ClockOffset, wall: number): Promise<boolean> {
  const rows = await held.database.query(
    `UPDATE pitwall.load_slice SET state = 'ready', clock_offset = $4, clock_uncertainty = $5, seen_at = clock_timestamp()
     WHERE ${MINE} AND state = 'claimed' RETURNING slice`,
    [...keys(held), (clock.offset - wall) / 1000, clock.uncertainty / 1000],
  );
  return rows.length > 0;
}

/** @throws RefusedByStore when the slice is not ours any more or the run is over */
export async function postTicks(held: HeldSlice, ticks: readonly { second: number; tick: string }[]): Promise<void> {
  if (ticks.length === 0) return;
  await held.database.query(
    `INSERT INTO pitwall.load_tick (run, slice, agent, second, tick)
     SELECT $1, $2, $3, t.second, t.tick FROM unnest($4::int[], $5::text[]) AS t (second, tick)
     ON CONFLICT (run, slice, second) DO NOTHING`,
    [...keys(held), ticks.map(({ second }) => second), ticks.map(({ tick }) => tick)],
  );
}

/**
 * Hands in what was measured: JSON. The store takes it once, while the run is open and the slice is ours. `because`: why the
 * others should not go on either; null when they should.
 * @throws RefusedByStore
 */
export async function postResult(held: HeldSlice, result: string, because: string | null): Promise<void> {
  await held.database.transaction(async (connection) => {
    await connection.query('INSERT INTO pitwall.load_result (run, slice, agent, result) VALUES ($1, $2, $3, $4)', [
      ...keys(held),
      result,
    ]);
    if (because !== null) {
      await connection.query(`UPDATE pitwall.load_slice SET because = left($4, 500) WHERE ${MINE}`, [
        ...keys(held),
        because,
      ]);
    }
    await held.queue.settle(connection, held.job, null);
  });
}

/** Says that the slice will not be done, and why: `refused` (may not), `failed` (cannot). */
export async function giveBack(held: HeldSlice, state: 'refused' | 'failed', because: string): Promise<void> {
  await held.database.transaction(async (connection: Connection) => {
    await connection.query(
      `UPDATE pitwall.load_slice SET state = $4, because = left($5, 500) WHERE ${MINE} AND state IN ('claimed', 'ready')`,
      [...keys(held), state, because],
    );
    await held.queue.settle(connection, held.job, because);
  });
}

/** Before the workers are dealt nothing depends on who has the slice: it is handed out again at once. */
export async function release(held: HeldSlice): Promise<void> {
  await held.database.transaction(async (connection) => {
    const [again] = await connection.query<{ attempt: number }>(
      `UPDATE pitwall.load_slice SET state = 'waiting', attempt = attempt + 1, agent = NULL, agent_name = NULL,
         agent_host = NULL, capacity = NULL, seen_at = NULL
       WHERE ${MINE} AND state = 'claimed' AND workers IS NULL RETURNING attempt`,
      keys(held),
    );
    await held.queue.settle(connection, held.job, 'the agent was interrupted');
    if (again) await held.queue.offer(connection, [{ run: held.run, slice: held.slice, attempt: again.attempt }]);
  });
}
