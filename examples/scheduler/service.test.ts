import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedPostgresql } from '../../packages/pitwall/test/support/postgresql.ts';
import { clear, generate } from './generate.ts';
import { startService } from './service.ts';
import { commented, traceparentOf } from './statements.ts';

const shared = sharedPostgresql({ settings: { shared_preload_libraries: 'pg_stat_statements' } });
const { skip } = shared;
const ROWS = 2000;
const TABLES = ['users', 'workers', 'tasks', 'schedules', 'task_executions', 'event_logs', 'user_sessions'];

test('generation is deterministic, row by row', { skip }, async () => {
  const digest = async (name: string) => {
    const url = await shared.server.createDatabase(name);
    const all = await generate(url, ROWS);
    const digests: string[] = [];
    for (const table of TABLES) {
      const [row] = await shared.server.query<{ n: string; digest: string }>(
        `SELECT count(*) AS n, md5(string_agg(t::text, '|' ORDER BY id)) AS digest FROM ${table} t`,
        [],
        name,
      );
      digests.push(`${table} ${row!.n} ${row!.digest}`);
    }
    return { all, digests };
  };
  const one = await digest('one');
  assert.deepEqual(await digest('two'), one);
  assert.equal(
    one.digests.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0),
    one.all,
  );
});

test('the faults that the README names are there', { skip }, async () => {
  const name = 'faults';
  const url = await shared.server.createDatabase(name);
  await generate(url, ROWS * 10);
  const value = async (sql: string) => Number((await shared.server.query<{ value: string }>(sql, [], name))[0]!.value);
  const succeeded = await value(
    "SELECT avg((status = 'succeeded')::integer) AS value FROM task_executions WHERE status IN ('succeeded', 'failed')",
  );
  assert.ok(succeeded > 0.985 && succeeded < 0.995, `${succeeded}`);
  assert.equal(
    await value('SELECT max(n) AS value FROM (SELECT count(DISTINCT queue) AS n FROM tasks GROUP BY kind) q'),
    1,
  );
  const seen = await value("SELECT reltuples AS value FROM pg_class WHERE relname = 'event_logs'");
  assert.ok(seen < 0.7 * (await value('SELECT count(*) AS value FROM event_logs')), 'statistics are stale');
  await clear(url);
  assert.equal(await value("SELECT count(*) AS value FROM pg_class WHERE relname = 'tasks'"), 0);
});

test('every endpoint answers, writes are stored, mistakes are answered with their status', { skip }, async () => {
  const name = 'service';
  const url = await shared.server.createDatabase(name);
  await generate(url, ROWS);
  await shared.server.query('CREATE EXTENSION pg_stat_statements', [], name);
  const service = await startService({ database: url, port: 0 });
  try {
    const at = (path: string) => `http://127.0.0.1:${service.port}${path}`;
    const token = (
      await shared.server.query<{ token_hash: string }>('SELECT token_hash FROM user_sessions WHERE id = 3', [], name)
    )[0]!.token_hash;
    for (const path of [
      '/health',
      '/api/tasks?queue=queue2',
      '/api/tasks/count?kind=kind3&queue=queue3',
      '/api/tasks/1',
      '/api/executions?status=failed',
      '/api/schedules/due',
      '/api/dashboard',
      '/api/workers?zone=zone1',
      '/api/users/by-email?email=user7%40EXAMPLE.com',
      '/api/users/1/tasks',
      '/api/events?level=error',
      `/api/session?token=${token}`,
    ])
      assert.equal((await fetch(at(path))).status, 200, path);

    const send = (method: string, path: string, body?: unknown) =>
      fetch(at(path), { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const made = (await (await send('POST', '/api/tasks', { owner: 2, name: 'new' })).json()) as { id: number };

    const execution = (await (
      await send('POST', '/api/executions', { task: made.id, schedule: 1, worker: 1 })
    ).json()) as { id: string };
    assert.equal((await send('POST', `/api/executions/${execution.id}/finish`, { duration: 7 })).status, 200);
    assert.equal((await send('POST', '/api/workers/1/heartbeat', { running: 4 })).status, 200);
    const page = (await (await fetch(at(`/api/tasks/${made.id}`))).json()) as {
      executions: { status: string; duration_ms: number; events: unknown[] }[];
    };
    assert.deepEqual(
      page.executions.map(({ status, duration_ms, events }) => [status, duration_ms, events.length]),
      [['succeeded', 7, 1]],
    );
    assert.equal((await send('DELETE', `/api/tasks/${made.id}`)).status, 200);
    assert.deepEqual(
      await shared.server.query(`SELECT deleted_at IS NOT NULL AS gone FROM tasks WHERE id = ${made.id}`, [], name),
      [{ gone: true }],
    );

    assert.equal((await send('POST', '/api/tasks', { owner: 999_999 })).status, 400, 'no such owner');
    assert.equal((await fetch(at('/api/tasks/99999999'))).status, 404);
    assert.equal((await fetch(at('/nowhere'))).status, 404);
    assert.equal((await fetch(at('/api/tasks'), { method: 'POST', body: 'not json' })).status, 400);
    const [loop] = await shared.server.query<{ calls: string }>(
      "SELECT calls FROM pg_stat_statements WHERE query LIKE 'SELECT level, message%'",
      [],
      name,
    );
    assert.ok(Number(loop!.calls) > 5, 'one query an execution');
  } finally {
    await service.stop();
  }
});

test('a statement says which route and which request sent it', () => {
  const sent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  assert.equal(
    commented('SELECT 1', 'GET', "/a/:id'", traceparentOf(sent)),
    `SELECT 1 /*application='scheduler',method='GET',route='%2Fa%2F%3Aid%27',traceparent='${sent}'*/`,
  );
  for (const odd of [undefined, '', "'; DROP TABLE tasks; --", `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`]) {
    assert.match(traceparentOf(odd), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.notEqual(traceparentOf(odd), traceparentOf(odd));
  }
});
