import { z } from 'zod';
import { importClient } from './client-library.ts';
import type { Connection, Database } from './database.ts';
import { oneAtATime } from './schema.ts';

/** What is handed out: one slice of one run, and for the how-manieth time. Everything else is read from our own tables. */
interface SliceJob {
  readonly run: string;
  readonly slice: number;
  readonly attempt: number;
}

/** Hands slices to agents, each to one. */
export interface SliceQueue {
  /** Returns the ids of the jobs. */
  offer(connection: Connection, jobs: readonly SliceJob[]): Promise<readonly string[]>;
  /** The oldest job that nobody has taken; null when there is none. What is not a slice is put aside. */
  take(connection: Connection): Promise<{ readonly id: string; readonly job: SliceJob } | null>;
  /** A sign of life, for those who watch the queue. */
  touch(id: string): Promise<void>;
  /** A failed job is not handed out again: a load cannot be resumed. */
  settle(connection: Connection, id: string, failure: string | null): Promise<void>;
  withdraw(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** pg-boss keeps its tables in a schema of its own. */
const SCHEMA = 'pitwall_jobs';
const QUEUE = 'load-slice';
/** Seconds: what pg-boss allows at most for a job. Longer loads go on; only the job is then called failed. */
const LONGEST = 24 * 3600;

const jobSchema = z.strictObject({
  run: z.uuid(),
  slice: z.int().min(0).max(100_000),
  attempt: z.int().min(1).max(1_000_000),
});

/** `maintain`: whether this process also cleans up after others, as agents do. */
export async function openQueue(database: Database, maintain: boolean): Promise<SliceQueue> {
  const { PgBoss } = await importClient('pg-boss');
  const boss = new PgBoss({ db: adapt(database), schema: SCHEMA, supervise: maintain, schedule: false });
  // Of its own upkeep; what we ask of it rejects.
  boss.on('error', () => {});
  // pg-boss 12 has a lock for this too, but makes its schema before it takes it: two that come first at the same time fail.
  await oneAtATime(database, async () => {
    await boss.start();
    await boss.createQueue(QUEUE, {
      retryLimit: 0,
      expireInSeconds: LONGEST,
      // A sign of life every few heartbeats keeps it; without one pg-boss calls it failed, which is what it is then.
      heartbeatSeconds: 60,
      retentionSeconds: LONGEST,
      deleteAfterSeconds: LONGEST,
    });
  });
  return {
    async offer(connection, jobs) {
      const ids = await boss.insert(
        QUEUE,
        jobs.map((data) => ({ data })),
        { db: adapt(connection), returnId: true },
      );
      return ids ?? [];
    },
    async take(connection) {
      const db = adapt(connection);
      const [taken] = await boss.fetch<unknown>(QUEUE, { db });
      if (taken === undefined) return null;
      const job = jobSchema.safeParse(taken.data);
      if (job.success) return { id: taken.id, job: job.data };
      await boss.fail(QUEUE, taken.id, { problem: 'this is not a slice of a load' }, { db });
      return null;
    },
    async touch(id) {
      await boss.touch(QUEUE, id);
    },
    async settle(connection, id, failure) {
      const db = adapt(connection);
      if (failure === null) await boss.complete(QUEUE, id, null, { db });
      else await boss.fail(QUEUE, id, { problem: failure }, { db });
    },
    async withdraw(ids) {
      if (ids.length > 0) await boss.cancel(QUEUE, [...ids]);
    },
    close: () => boss.stop({ graceful: false }),
  };
}

function adapt(connection: Connection): { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> } {
  return { executeSql: async (text, values) => ({ rows: await connection.query(text, values) }) };
}
