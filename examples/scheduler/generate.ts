import pg from 'pg';
import { FOREIGN_KEYS, HISTORY_DAYS, INDEXES, NOW, sizes, TABLES } from './schema.ts';

/**
 * A draw in [0, 1) for row `i`, column `salt`: the server hashes, so that rows are made where they are stored and are the same
 * each time, whatever the order and the plan. (A hash of PostgreSQL may be another one in the next major version.)
 */
const draw = (row: string, salt: number): string =>
  `((hashint8extended(${row}, ${salt}) & 2147483647)::double precision / 2147483648.0)`;
const pick = (row: string, salt: number, n: number): string => `(1 + floor(${draw(row, salt)} * ${n}))::integer`;
/** Few get most: the cube of a draw, so that the first 1 % of `n` have 22 % of the rows. */
const pickSkewed = (row: string, salt: number, n: number): string =>
  `(1 + floor(power(${draw(row, salt)}, 3) * ${n}))::integer`;
/** A moment of the history, later for later rows, with ten minutes of disorder. */
const moment = (row: string, n: number): string =>
  `(timestamptz '${NOW}' - interval '1 second' * (${HISTORY_DAYS * 86_400} * (1 - ${row}::double precision / ${n}) + 600 * ${draw(row, 99)}))`;

/** What of the events is loaded before ANALYZE: the rest makes the statistics stale. */
const ANALYZED = 0.6;

/** Before PostgreSQL 15 counters were sent at the end of each transaction anyway. */
const FLUSH_COUNTERS = `DO $$ BEGIN
  IF to_regproc('pg_catalog.pg_stat_force_next_flush') IS NOT NULL THEN PERFORM pg_stat_force_next_flush(); END IF;
END $$`;

interface Step {
  readonly table: string;
  readonly sql: string;
}

function steps(executions: number): readonly Step[] {
  const n = sizes(executions);
  const row = 'i';
  const events = (from: number, to: number): Step => ({
    table: 'event_logs',
    sql: `INSERT INTO event_logs
      SELECT i, ${pick(row, 60, n.executions)},
             CASE WHEN ${draw(row, 61)} < 0.985 THEN 'info' WHEN ${draw(row, 62)} < 0.8 THEN 'warning' ELSE 'error' END,
             'Execution step ' || (i % 7) || ' of a task: see the log of its worker.', ${moment(row, n.events)}
      FROM generate_series(${from}, ${to}) AS i`,
  });
  const analyzed = Math.round(n.events * ANALYZED);
  return [
    {
      table: 'users',
      sql: `INSERT INTO users
        SELECT i, 'User' || i || '@Example.com', 'User ' || i,
               CASE WHEN ${draw(row, 1)} < 0.9 THEN 'free' ELSE 'team' END, ${moment(row, n.users)}
        FROM generate_series(1, ${n.users}) AS i`,
    },
    {
      table: 'workers',
      // The zone follows from the name of the host.
      sql: `INSERT INTO workers
        SELECT i, 'zone' || (i % 4) || '-worker' || i, 'zone' || (i % 4), i % 9, timestamptz '${NOW}'
        FROM generate_series(1, ${n.workers}) AS i`,
    },
    {
      table: 'tasks',
      // The queue follows from the kind: correlated columns.
      sql: `INSERT INTO tasks
        SELECT i, ${pickSkewed(row, 10, n.users)}, 'task ' || i, 'kind' || kind, 'queue' || (kind % 8), ${pick(row, 12, 9)},
               jsonb_build_object('url', 'https://hooks.example/' || i, 'retries', kind % 4),
               ${draw(row, 13)} < 0.95, created, created,
               CASE WHEN ${draw(row, 14)} < 0.6 THEN created + interval '3 days' END
        FROM (SELECT i, ${pickSkewed(row, 11, 40)} AS kind, ${moment(row, n.tasks)} AS created
              FROM generate_series(1, ${n.tasks}) AS i) AS made`,
    },
    {
      table: 'schedules',
      sql: `INSERT INTO schedules
        SELECT i, ${pick(row, 20, n.tasks)}, (i % 60) || ' * * * *', ${draw(row, 21)} < 0.3, 0,
               timestamptz '${NOW}' - interval '1 hour' * ${draw(row, 22)},
               timestamptz '${NOW}' + interval '1 day' * (${draw(row, 23)} - 0.002)
        FROM generate_series(1, ${n.schedules}) AS i`,
    },
    {
      table: 'task_executions',
      // 99 of 100 succeeded; only the newest are queued or running.
      sql: `INSERT INTO task_executions
        SELECT i, task, ${pick(row, 31, n.schedules)}, ${pick(row, 32, n.workers)}, status, 1 + (i % 3)::smallint, at,
               CASE WHEN status <> 'queued' THEN at + interval '1 second' END,
               CASE WHEN status IN ('succeeded', 'failed') THEN at + interval '1 second' + interval '1 millisecond' * took END,
               CASE WHEN status IN ('succeeded', 'failed') THEN took END,
               CASE WHEN status = 'failed' THEN 'exit status ' || (took % 5 + 1) END
        FROM (SELECT i, ${pickSkewed(row, 30, n.tasks)} AS task, ${moment(row, n.executions)} AS at,
                     (20 / (1.0001 - ${draw(row, 33)}))::integer AS took,
                     CASE WHEN i > ${n.executions} * 0.9995 THEN CASE WHEN i % 2 = 0 THEN 'queued' ELSE 'running' END
                          WHEN ${draw(row, 34)} < 0.01 THEN 'failed' ELSE 'succeeded' END AS status
              FROM generate_series(1, ${n.executions}) AS i) AS made`,
    },
    events(1, analyzed),
    {
      table: 'user_sessions',
      sql: `INSERT INTO user_sessions
        SELECT i, ${pickSkewed(row, 70, n.users)}, md5('session ' || i), ${moment(row, n.sessions)}, ${moment(row, n.sessions)} + interval '14 days'
        FROM generate_series(1, ${n.sessions}) AS i`,
    },
    { table: 'indexes', sql: INDEXES },
    { table: 'foreign keys', sql: FOREIGN_KEYS },
    {
      table: 'identities',
      sql: ['tasks', 'task_executions', 'event_logs']
        .map((name) => `SELECT setval(pg_get_serial_sequence('${name}', 'id'), ${n.events + n.executions});`)
        .join('\n'),
    },
    // What was inserted so far is counted before ANALYZE sets the counters: else it would seem to have come after it.
    { table: 'counters', sql: FLUSH_COUNTERS },
    { table: 'statistics', sql: 'ANALYZE' },
    events(analyzed + 1, n.events),
  ];
}

/**
 * Makes the tables, with `executions` rows of executions and what belongs to them, in an empty database.
 * @param told after each step: what was made, and the seconds that it took
 * @returns all rows
 */
export async function generate(
  url: string,
  executions: number,
  told: (what: string, seconds: number) => void = () => {},
): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SET TIME ZONE 'UTC'; SET synchronous_commit = off; SET maintenance_work_mem = '256MB'");
    await client.query(TABLES);
    for (const { table, sql } of steps(executions)) {
      const startedAt = performance.now();
      await client.query(sql);
      told(table, (performance.now() - startedAt) / 1000);
    }
    const n = sizes(executions);
    return Object.values(n).reduce((sum, rows) => sum + rows, 0);
  } finally {
    await client.end();
  }
}

/** Deletes what `generate` made. */
export async function clear(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      'DROP TABLE IF EXISTS user_sessions, event_logs, task_executions, schedules, tasks, workers, users',
    );
  } finally {
    await client.end();
  }
}
