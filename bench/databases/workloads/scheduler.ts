/** The example with PostgreSQL: `examples/scheduler`, every statement of its service. */
import { createHash } from 'node:crypto';
import { generate } from '../../../examples/scheduler/generate.ts';
import { HISTORY_DAYS, NOW, sizes } from '../../../examples/scheduler/schema.ts';
import { STATEMENTS, type StatementName } from '../../../examples/scheduler/statements.ts';
import { type Draws, sets } from '../draws.ts';
import type { BenchStatement, Copy, Value, WorkloadDefinition } from '../types.ts';

/** Executions at scale 1. */
const EXECUTIONS = 1_000_000;

/**
 * What the runbook's own advice (`suggest_indexes()`) creates: columns with more than 10 values of tables that are read whole
 * more often than by index; B-tree above 100 values, hash below, 10 at most. Its 1,000 whole reads are of a day, and here each
 * statement ran a few times, so that any number of them counts. Columns that an index begins with are left out, to its favour.
 */
const SUGGEST = `
  SELECT s.tablename, s.attname, CASE WHEN s.n_distinct > 100 THEN 'btree' ELSE 'hash' END AS method
    FROM pg_stats s JOIN pg_stat_user_tables t ON s.tablename = t.relname
   WHERE t.seq_scan > coalesce(t.idx_scan, 0) AND s.n_distinct > 10
     AND NOT EXISTS (
       SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = t.relid AND a.attname = s.attname)
   ORDER BY t.seq_scan DESC, s.tablename, s.attname LIMIT 10`;

export const scheduler: WorkloadDefinition = {
  id: 'scheduler',
  title: 'task scheduler (examples/scheduler)',
  engines: ['postgresql'],
  cap: 5,
  load: async ({ location }, scale) => void (await generate(location, executions(scale))),
  statements: (_engine, scale) => statements(executions(scale)),
  runbook: {
    postgresql: async (copy: Copy) =>
      (await copy.rows(SUGGEST)).map(
        ({ tablename, attname, method }) => `CREATE INDEX ON ${tablename} USING ${method} (${attname})`,
      ),
  },
};

const executions = (scale: number): number => Math.max(1000, Math.round(EXECUTIONS * scale));

function statements(all: number): readonly BenchStatement[] {
  const n = sizes(all);
  const at = (secondsAgo: number): string => new Date(Date.parse(NOW) - secondsAgo * 1000).toISOString();
  const skewed = (draw: Draws, most: number): number => 1 + Math.floor(draw.random() ** 3 * most);
  const kinds = (draw: Draws): readonly [kind: string, queue: string] => {
    const kind = skewed(draw, 40);
    return [`kind${kind}`, `queue${kind % 8}`];
  };
  const endpoints: Readonly<
    Record<StatementName, readonly [endpoint: string, calls: number, make: (d: Draws) => readonly Value[]]>
  > = {
    queueTasks: ['GET /api/tasks', 800, (d) => [kinds(d)[1]]],
    kindTasks: ['GET /api/tasks/count', 100, (d) => [...kinds(d)]],
    task: ['GET /api/tasks/:id', 400, (d) => [skewed(d, n.tasks)]],
    taskSchedules: ['GET /api/tasks/:id', 400, (d) => [d.whole(1, n.tasks)]],
    taskExecutions: ['GET /api/tasks/:id', 400, (d) => [skewed(d, n.tasks)]],
    executionEvents: ['GET /api/tasks/:id', 4000, (d) => [d.whole(1, n.executions)]],
    executionsByStatus: ['GET /api/executions', 300, (d) => [d.chance(0.8) ? 'failed' : 'running']],
    dueSchedules: ['GET /api/schedules/due', 1200, () => [NOW]],
    dashboard: ['GET /api/dashboard', 60, () => [at(3600)]],
    workerLoad: ['GET /api/workers', 60, (d) => [`zone${d.whole(0, 3)}`]],
    userByEmail: ['GET /api/users/by-email', 200, (d) => [`user${d.whole(1, n.users)}@example.com`]],
    userTasks: ['GET /api/users/:id/tasks', 300, (d) => [skewed(d, n.users)]],
    errorEvents: ['GET /api/events', 100, (d) => ['error', at(d.whole(1, HISTORY_DAYS) * 86_400)]],
    session: [
      'GET /api/session',
      3000,
      (d) => [
        createHash('md5')
          .update(`session ${d.whole(1, n.sessions)}`)
          .digest('hex'),
      ],
    ],
    touchSession: ['GET /api/session', 3000, (d) => [d.whole(1, n.sessions), at(0)]],
    createTask: ['POST /api/tasks', 100, (d) => [d.whole(1, n.users), 'new task', ...kinds(d), at(0)]],
    deleteTask: ['DELETE /api/tasks/:id', 60, (d) => [d.whole(1, n.tasks), at(0)]],
    createExecution: [
      'POST /api/executions',
      2000,
      (d) => [skewed(d, n.tasks), d.whole(1, n.schedules), d.whole(1, n.workers), at(0)],
    ],
    advanceSchedule: ['POST /api/executions', 2000, (d) => [d.whole(1, n.schedules), at(0)]],
    finishExecution: [
      'POST /api/executions/:id/finish',
      2000,
      (d) => [d.whole(1, n.executions), 'succeeded', at(0), d.whole(20, 5000)],
    ],
    createEvent: [
      'POST /api/executions/:id/finish',
      2000,
      (d) => [d.whole(1, n.executions), 'info', 'finished', at(0)],
    ],
    heartbeat: ['POST /api/workers/:id/heartbeat', 6000, (d) => [d.whole(1, n.workers), at(0), d.whole(0, 9)]],
  };
  return (Object.keys(endpoints) as StatementName[]).map((name, i) => {
    const [endpoint, calls, make] = endpoints[name];
    const text: string = STATEMENTS[name];
    const kind = /^\w+/.exec(text)![0].toLowerCase() as BenchStatement['kind'];
    const params = sets(kind === 'select' ? 4 : 40, 200 + i, make);
    return { name, kind, text, calls, endpoint, params };
  });
}
