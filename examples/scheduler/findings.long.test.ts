/** What README.md says is wrong with the example, `pitwall check` finds. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../packages/pitwall/test/support/postgresql.ts';
import { withoutExtension } from '../../packages/pitwall/test/support/postgresql-programs.ts';
import { findingsOf, SETTINGS } from './testing.ts';

suite('what Pitwall finds in the example', { skip: withoutPostgresql() || withoutExtension('hypopg') }, () => {
  const postgresql = sharedPostgresql({ settings: SETTINGS });

  test('each fault that README.md names', { timeout: 120_000 }, async () => {
    const findings = await findingsOf(postgresql.server, []);
    const all = findings.map(({ rule, subject, confidence }) => `${rule} ${subject} (${confidence})`).join('\n');
    const of = (rule: string) => findings.filter((finding) => finding.rule === `postgresql/${rule}`);
    const subjects = (rule: string) => of(rule).map(({ subject }) => subject.replace('public.', ''));
    const finds = (rule: string, part: string) =>
      assert.ok(
        subjects(rule).some((subject) => subject.includes(part)),
        `${rule} ${part}, among\n${all}`,
      );

    for (const key of [
      'tasks_owner_id',
      'schedules_task_id',
      'task_executions_task_id',
      'task_executions_worker_id',
      'event_logs_execution_id',
      'user_sessions_user_id',
    ])
      finds('foreign-key-without-index', key);

    finds('missing-index', 'task_executions_scheduled_at');
    finds('missing-index', 'event_logs_execution_id_created_at');
    finds('missing-index', 'user_sessions_token_hash');
    finds('missing-index', 'schedules_active_next_run_at');
    finds('missing-index', 'tasks_deleted_at');
    finds('missing-index', 'users_lower_email');
    // Skew: for any value an index on one of four would be no help. It is for those that the calls asked for.
    finds('missing-index', 'task_executions_status');

    const [proven] = of('statement-loop').filter(({ confidence }) => confidence === 'high');
    assert.match(proven?.subject ?? all, /GET \/api\/tasks\/:id$/);
    assert.equal(proven!.evidence.find(({ label }) => label.startsWith('calls in a request'))!.value, 20);

    assert.deepEqual(subjects('redundant-index'), ['tasks_queue']);
    assert.deepEqual(subjects('unused-index').sort(), ['user_sessions_last_seen', 'workers_last_heartbeat']);
    assert.deepEqual(subjects('few-hot-updates').sort(), ['user_sessions', 'workers']);
    for (const { subject, evidence } of of('few-hot-updates'))
      assert.equal(evidence.find(({ label }) => label === 'fillfactor')!.value, 100, subject);
    assert.deepEqual(subjects('correlated-columns'), ['tasks.kind.queue'], all);
    assert.deepEqual(subjects('stale-statistics'), ['event_logs']);
  });
});
