import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { SqliteConnection } from './connection.ts';
import type { QueryParameters } from './options.ts';
import { jsonOf } from './query-runner.ts';
import { connect, databaseWith } from './testing.ts';

const ENDLESS = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
const never = new AbortController().signal;

function ask(connection: SqliteConnection, sql: string, params: readonly QueryParameters[] = [], rounds = 3) {
  const request = {
    databases: [connection.path],
    sql,
    params,
    rounds: { least: rounds, most: rounds },
    budgetSeconds: 1,
  };
  return connection.runner().time(request, 10, never);
}

test('times a query, with parameters of every kind, and keeps its plan', async (t) => {
  const connection = connect(
    t,
    databaseWith(t, 'CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4), (9007199254740993, 5)'),
  );
  const all = await ask(connection, 'SELECT * FROM t -- ; not a second statement\n ;');
  assert.ok('answer' in all, JSON.stringify(all));
  assert.equal(all.answer.refused, null);
  assert.equal(all.answer.rows, 3);
  assert.equal(all.answer.durations[0]?.length, 3);
  assert.ok(all.answer.durations[0]?.every((duration) => duration > 0));
  assert.deepEqual(
    all.answer.plans[0]?.map((row) => row.detail),
    ['SCAN t'],
  );
  for (const [sql, params, rows] of [
    ['SELECT * FROM t WHERE a = ?', [[3]], 1],
    ['SELECT * FROM t WHERE a = :x AND b IS NOT :y', [{ x: 3, y: null }], 1],
    ['SELECT * FROM t WHERE a = $x', [{ $x: true }], 1],
    ['SELECT * FROM t WHERE a IN (?2, ?1)', [[1, 3]], 2],
    ['SELECT * FROM t WHERE b = "no such column, so a text"', [], 0],
  ] as const) {
    const result = await ask(connection, sql, params as unknown as QueryParameters[]);
    assert.ok('answer' in result, `${sql}: ${JSON.stringify(result)}`);
    assert.equal(result.answer.rows, rows, sql);
  }
});

test('refuses what would do more than read, before any of it runs', async (t) => {
  const path = databaseWith(t, 'CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const before = readFileSync(path);
  const connection = connect(t, path);
  for (const [sql, why] of [
    ['INSERT INTO t VALUES (2)', /insert t/],
    ['UPDATE t SET a = 2', /update t/],
    ['DELETE FROM t', /delete t/],
    ['INSERT INTO t VALUES (2) RETURNING a', /insert t/],
    ['WITH x AS (SELECT 1) DELETE FROM t', /delete t/],
    ['SELECT 1; DELETE FROM t', /2 statements/],
    ['CREATE TABLE u (a)', /insert sqlite_master|create table u/],
    ['CREATE TEMP TABLE u (a)', /create temp table|insert/],
    ['DROP TABLE t', /delete sqlite_master|drop table t/],
    ['PRAGMA journal_mode = wal', /pragma journal_mode/],
    ["ATTACH '/tmp/never-made.db' AS x", /attach/],
    ["VACUUM INTO '/tmp/never-made.db'", /./],
    ['BEGIN', /transaction/],
    ["SELECT load_extension('x')", /load_extension/],
    ['SELECT * FROM t WHERE a = ?', /1 parameter, and a set has 0 values/],
    ['', /0 statements/],
    [';', /0 statements/],
  ] as const) {
    const result = await ask(connection, sql);
    assert.ok('answer' in result, `${sql}: ${JSON.stringify(result)}`);
    assert.match(result.answer.refused ?? 'not refused', why, sql);
    assert.deepEqual(result.answer.durations, []);
  }
  const error = await ask(connection, 'SELECT absent FROM t');
  assert.ok('failure' in error && error.failure === 'error');
  assert.match(error.why, /no such column: absent/);
  assert.deepEqual(readFileSync(path), before);
});

test('a query without an end is ended, and the next one runs', async (t) => {
  const connection = connect(t, databaseWith(t, 'PRAGMA journal_mode = wal; CREATE TABLE t (a)'));
  const request = {
    databases: [connection.path],
    sql: ENDLESS,
    params: [],
    rounds: { least: 1, most: 1 },
    budgetSeconds: 0,
  };
  const result = await connection.runner().time(request, 0.3, never);
  assert.deepEqual(result, { failure: 'timeout', why: 'it gave no answer within 0.3 s' });
  const next = await ask(connection, 'SELECT * FROM t');
  assert.ok('answer' in next);
  await connection.close();
  assert.deepEqual(readdirSync(dirname(connection.path)), ['test.db']);
});

test('an interrupt ends a running query', async (t) => {
  const connection = connect(t, databaseWith(t, 'CREATE TABLE t (a)'));
  assert.ok('answer' in (await ask(connection, 'SELECT 1')));
  const controller = new AbortController();
  const request = {
    databases: [connection.path],
    sql: ENDLESS,
    params: [],
    rounds: { least: 1, most: 1 },
    budgetSeconds: 0,
  };
  const running = connection.runner().time(request, 60, controller.signal);
  void setTimeout(100).then(() => controller.abort(new Error('stop')));
  await assert.rejects(running, /stop/);
});

/** Direct children of a process. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a query process that was killed is replaced', async (t) => {
  const connection = connect(t, databaseWith(t, 'CREATE TABLE t (a)'));
  const others = childrenOf(process.pid);
  assert.ok('answer' in (await ask(connection, 'SELECT 1')));
  const [pid] = childrenOf(process.pid).filter((child) => !others.includes(child));
  process.kill(pid!, 'SIGKILL');
  while (isRunning(pid!)) await setTimeout(10);
  // We may hear of its end only after the next question, which then fails; the one after that has a new process.
  let answered = await ask(connection, 'SELECT 1');
  if ('failure' in answered) answered = await ask(connection, 'SELECT 1');
  assert.ok('answer' in answered);
  assert.notDeepEqual(
    childrenOf(process.pid).filter((child) => !others.includes(child)),
    [pid],
  );
});

test('the query process ends with ours, in the middle of a query', async (t) => {
  const path = databaseWith(t, 'CREATE TABLE t (a)');
  const script = `
    const { QueryRunner } = await import(${JSON.stringify(new URL('./query-runner.ts', import.meta.url).href)});
    const request = { databases: [process.argv[1]], sql: ${JSON.stringify(ENDLESS)}, params: [], rounds: { least: 1, most: 1 }, budgetSeconds: 0 };
    new QueryRunner(1).time(request, 60, new AbortController().signal);
    setTimeout(() => console.log('running'), 700);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(parent.stdout, 'data');
  const [pid] = childrenOf(parent.pid!);
  assert.ok(pid !== undefined && isRunning(pid));
  t.after(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
  parent.kill('SIGKILL');
  for (let i = 0; i < 200 && isRunning(pid); i++) await setTimeout(25);
  assert.equal(isRunning(pid), false);
});

test('reads rows of our own statements up to a limit', async (t) => {
  const connection = connect(
    t,
    databaseWith(t, "CREATE TABLE t (a); INSERT INTO t VALUES (1), ('x'), (NULL), (x'00ff')"),
  );
  const request = { database: connection.path, sql: 'SELECT a FROM t', limit: 10 };
  const all = await connection.runner().rows(request, 10, never);
  assert.ok('answer' in all);
  assert.deepEqual(
    all.answer.rows.map((row) => jsonOf(row.a)),
    [1, 'x', null, 'blob of 2 bytes'],
  );
  assert.equal(all.answer.more, false);
  const few = await connection.runner().rows({ ...request, limit: 2 }, 10, never);
  assert.ok('answer' in few && few.answer.more && few.answer.rows.length === 2);
});

test('a locked database is an answer, not a crash', async (t) => {
  const path = databaseWith(t, 'CREATE TABLE t (a)');
  const connection = connect(t, path, { busyTimeout: '50ms' });
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN EXCLUSIVE');
  const result = await ask(connection, 'SELECT * FROM t');
  assert.ok('failure' in result && result.failure === 'error', JSON.stringify(result));
  assert.match(result.why, /locked/);
});
