/** Nothing of what README.md says is wrong with the example is found where it is mended, but for what only the service could. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../packages/pitwall/test/support/postgresql.ts';
import { withoutExtension } from '../../packages/pitwall/test/support/postgresql-programs.ts';
import { findingsOf, SETTINGS } from './testing.ts';

const MENDED = `
  DROP INDEX tasks_queue, tasks_kind, workers_last_heartbeat, user_sessions_last_seen;
  CREATE INDEX ON tasks (owner_id, created_at);
  CREATE INDEX ON tasks (kind, queue) WHERE deleted_at IS NULL;
  CREATE INDEX ON schedules (task_id);
  CREATE INDEX ON schedules (next_run_at) WHERE active;
  CREATE INDEX ON task_executions (task_id, scheduled_at);
  CREATE INDEX ON task_executions (worker_id);
  CREATE INDEX ON task_executions (scheduled_at);
  CREATE INDEX ON task_executions (status, scheduled_at);
  CREATE INDEX ON event_logs (execution_id, created_at);
  CREATE INDEX ON event_logs (level, created_at);
  CREATE INDEX ON user_sessions (user_id);
  CREATE INDEX ON user_sessions (token_hash);
  CREATE INDEX ON users (lower(email));
  CREATE STATISTICS tasks_kind_queue (dependencies, mcv) ON kind, queue FROM tasks;
  CREATE STATISTICS workers_hostname_zone (dependencies, mcv) ON hostname, zone FROM workers;
  ALTER TABLE event_logs SET (autovacuum_enabled = on);
  ALTER TABLE workers SET (fillfactor = 50);
  ALTER TABLE schedules SET (fillfactor = 50);
  ALTER TABLE user_sessions SET (fillfactor = 50)`;

suite('what Pitwall finds in the example where it is mended', {
  skip: withoutPostgresql() || withoutExtension('hypopg'),
}, () => {
  const postgresql = sharedPostgresql({ settings: SETTINGS });

  test('none of the faults of the database', { timeout: 120_000 }, async () => {
    const findings = await findingsOf(postgresql.server, [
      MENDED,
      ...['workers', 'schedules', 'user_sessions'].map((table) => `VACUUM FULL ${table}`),
      'ANALYZE',
    ]);
    const named = findings
      // How the server is run, which is the test's business; and the N+1, which is in the service.
      .filter(({ rule }) => !/\/(fsync-off|superuser-role|statement-loop)$/.test(rule))
      // What the planner alone thinks would be a little better is no fault.
      .filter(({ rule, confidence }) => rule !== 'postgresql/missing-index' || confidence !== 'low')
      .map(({ rule, subject }) => `${rule} ${subject}`);
    // An index on when a schedule is due is written each time that it has run.
    assert.deepEqual(named, ['postgresql/few-hot-updates public.schedules']);
  });
});
