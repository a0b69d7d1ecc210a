import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyPragmas, logStatements, requestEndpoint, withEndpoint } from '../index.ts';
import { callsOf, LIBRARIES, linesOf, temporaryFile } from './testing.ts';

const TABLE = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)';

for (const [library, open] of LIBRARIES) {
  test(`${library}: each way to run a statement tells its text, rows, parameters and time; results stay as they are`, (t) => {
    const file = temporaryFile(t);
    const db = open();
    const log = logStatements(db, { file });
    db.exec(TABLE);
    const insert = db.prepare('INSERT INTO t (a) VALUES (?)');
    for (const value of ['x', 'y', 'z']) assert.equal(Number(insert.run(value).changes), 1);
    assert.equal(db.prepare('SELECT a FROM t WHERE id = :id').get({ id: 2 }).a, 'y');
    assert.equal(db.prepare('SELECT a FROM t WHERE id = ?').get(99), undefined);
    assert.equal(db.prepare('SELECT * FROM t').all().length, 3);
    const rows = db.prepare('SELECT * FROM t WHERE id > ? ORDER BY id');
    assert.deepEqual(
      [...rows.iterate(1)].map(({ a }) => a),
      ['y', 'z'],
    );
    for (const row of rows.iterate(0)) {
      assert.equal(row.a, 'x');
      break;
    }
    // The one that was left early does not keep the statement busy.
    assert.equal(rows.iterate(0).toArray?.().length ?? 3, 3);
    log.stop();

    const lines = linesOf(file);
    const calls = callsOf(lines);
    assert.deepEqual(
      calls.slice(0, 10).map(({ text, rows: count, params }) => [text, count, params]),
      [
        [TABLE, undefined, undefined],
        ['INSERT INTO t (a) VALUES (?)', 1, ['x']],
        ['INSERT INTO t (a) VALUES (?)', 1, ['y']],
        ['INSERT INTO t (a) VALUES (?)', 1, ['z']],
        ['SELECT a FROM t WHERE id = :id', 1, { id: 2 }],
        ['SELECT a FROM t WHERE id = ?', 0, [99]],
        ['SELECT * FROM t', 3, undefined],
        ['SELECT * FROM t WHERE id > ? ORDER BY id', 2, [1]],
        ['SELECT * FROM t WHERE id > ? ORDER BY id', 1, [0]],
        ['SELECT * FROM t WHERE id > ? ORDER BY id', 3, [0]],
      ],
    );
    for (const { at, seconds } of calls) {
      assert.ok(seconds! >= 0 && seconds! < 5 && Math.abs(at! - Date.now() / 1000) < 60);
    }
    assert.equal(lines.filter(({ kind }) => kind === 'statement').length, 6);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    db.close();
  });

  test(`${library}: errors reach the application as they were, and the log with their codes`, (t) => {
    const file = temporaryFile(t);
    const db = open();
    db.exec(TABLE);
    const log = logStatements(db, { file });
    const insert = db.prepare('INSERT INTO t (id) VALUES (?)');
    insert.run(1);
    assert.throws(() => insert.run(1), /UNIQUE constraint failed/);
    assert.throws(() => db.prepare('SELECT nonsense'), /no such column/);
    assert.throws(() => db.exec('nonsense'), /syntax error/);
    log.stop();
    const errors = callsOf(linesOf(file)).flatMap(({ error }) => error ?? []);
    assert.equal(errors.length, 2);
    assert.match(errors[0]!, /^SQLITE_CONSTRAINT/);
    assert.equal(errors[1], 'SQLITE_ERROR');
    db.close();
  });

  test(`${library}: the settings of the connection are told, also those that are made later, with the process`, async (t) => {
    const file = temporaryFile(t);
    const path = temporaryFile(t, 'a.db');
    const db = open(path);
    const log = logStatements(db, { file });
    applyPragmas(db, { busyTimeout: 5, cacheBytes: 32 * 2 ** 20, synchronous: 'normal' });
    await log.flush();
    db.exec('PRAGMA cache_size = 77');
    db.close();
    const told = linesOf(file).filter(({ kind }) => kind === 'connection');
    assert.equal(told.at(-1)!.library, library);
    assert.equal(told.at(-1)!.pid, process.pid);
    assert.equal(told.at(-1)!.database, path);
    const of = (at: number) => told.at(at)!.pragmas!;
    assert.deepEqual([of(-2).busy_timeout, of(-2).cache_size, of(-2).synchronous], [5000, -32_768, 1]);
    assert.equal(of(-1).cache_size, 77);
    assert.equal(of(-1).journal_mode, 'delete');
  });

  test(`${library}: stop gives everything its own methods back`, (t) => {
    const file = temporaryFile(t);
    const db = open();
    db.exec(TABLE);
    const before = Reflect.ownKeys(db);
    const log = logStatements(db, { file });
    assert.equal(logStatements(db, { file }), log);
    const statement = db.prepare('SELECT 1 AS one');
    assert.equal(statement.get().one, 1);
    log.stop();
    log.stop();
    const calls = callsOf(linesOf(file)).length;
    assert.equal(statement.get().one, 1);
    assert.deepEqual(Reflect.ownKeys(db), before);
    assert.ok(!Object.hasOwn(statement, 'get') && !Object.hasOwn(statement, 'iterate'));
    assert.equal(db.prepare('SELECT 2 AS two').get().two, 2);
    assert.equal(callsOf(linesOf(file)).length, calls);
    // It can be begun anew, and one that somebody put above ours stays.
    const again = logStatements(db, { file });
    const ours = db.prepare;
    db.prepare = (sql: string) => ours.call(db, sql);
    const theirs = db.prepare;
    again.stop();
    assert.equal(db.prepare, theirs);
    assert.equal(db.prepare('SELECT 3 AS three').get().three, 3);
    db.close();
  });
}

test('better-sqlite3: transactions tell BEGIN and COMMIT, chains and bound values work', (t) => {
  const file = temporaryFile(t);
  const db = LIBRARIES[1]![1]();
  db.exec(TABLE);
  const log = logStatements(db, { file });
  const insert = db.prepare('INSERT INTO t (a) VALUES (?)');
  const inner = db.transaction((value: string) => insert.run(value));
  const outer = db.transaction((values: string[]) => {
    for (const value of values) inner(value);
    return values.length;
  });
  assert.equal(outer.immediate(['a', 'b']), 2);
  assert.equal(outer.database, db);
  assert.throws(
    () =>
      db.transaction(() => {
        throw new Error('no');
      })(),
    /^Error: no$/,
  );
  assert.deepEqual(db.prepare('SELECT a FROM t ORDER BY a').pluck().all(), ['a', 'b']);
  assert.deepEqual(db.prepare('SELECT id, a FROM t WHERE a = ?').bind('b').raw().get(), [2, 'b']);
  log.stop();
  assert.deepEqual(
    callsOf(linesOf(file)).map(({ text, params }) => (params ? `${text} ${JSON.stringify(params)}` : text)),
    [
      'BEGIN IMMEDIATE',
      'SAVEPOINT',
      'INSERT INTO t (a) VALUES (?) ["a"]',
      'RELEASE',
      'SAVEPOINT',
      'INSERT INTO t (a) VALUES (?) ["b"]',
      'RELEASE',
      'COMMIT',
      'BEGIN',
      'ROLLBACK',
      'SELECT a FROM t ORDER BY a',
      'SELECT id, a FROM t WHERE a = ? ["b"]',
    ],
  );
  db.close();
});

test('node:sqlite: stores of tagged templates tell their texts with places for the values', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  db.exec(TABLE);
  const log = logStatements(db, { file });
  const sql = db.createTagStore();
  sql.run`INSERT INTO t (a) VALUES (${'it'})`;
  assert.equal(sql.get`SELECT count(*) AS n FROM t WHERE a = ${'it'} AND id < ${5}`?.n, 1);
  log.stop();
  assert.deepEqual(
    callsOf(linesOf(file)).map(({ text, params, rows }) => [text, params, rows]),
    [
      ['INSERT INTO t (a) VALUES (?)', ['it'], 1],
      ['SELECT count(*) AS n FROM t WHERE a = ? AND id < ?', ['it', 5], 1],
    ],
  );
  db.close();
});

test('requests that run at the same time keep their statements apart, and are called by their routes', async (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file });
  const middleware = requestEndpoint();
  const server = createServer((request, response) =>
    middleware(request, response, async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(Math.random() * 4);
        db.prepare('SELECT ? AS n').get(i);
      }
      response.end();
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask = (path: string) =>
    new Promise<void>((resolve) => get({ port, path }, (response) => response.resume().on('end', () => resolve())));
  await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`/orders/${i}?secret=1`)));
  await withEndpoint('job invoices', async () => {
    await sleep(1);
    db.prepare('SELECT 1').get();
  });
  db.prepare('SELECT 2').get();
  log.stop();
  const calls = callsOf(linesOf(file));
  const requests = Map.groupBy(
    calls.filter(({ text }) => text === 'SELECT ? AS n'),
    ({ request }) => request,
  );
  assert.equal(requests.size, 20);
  for (const own of requests.values()) {
    assert.equal(own.length, 3);
    assert.ok(own.every(({ endpoint }) => endpoint === 'GET /orders/:id'));
  }
  assert.equal(calls.find(({ text }) => text === 'SELECT 1')!.endpoint, 'job invoices');
  assert.equal(calls.find(({ text }) => text === 'SELECT 2')!.endpoint, undefined);
  db.close();
});

test('routes of Express and Fastify are taken, and names of one’s own; one that throws is no reason to fail', (t) => {
  const file = temporaryFile(t);
  const db = new DatabaseSync(':memory:');
  const log = logStatements(db, { file, endpoint: () => ({ endpoint: 'worker', request: 'r1' }) });
  const ask = () => db.prepare('SELECT 1').get();
  requestEndpoint()({ method: 'GET', url: '/a/1', baseUrl: '/api', route: { path: '/a/:a' } } as object, null, ask);
  requestEndpoint()({ method: 'PUT', url: '/b/1', routeOptions: { url: '/b/:b' } } as object, null, ask);
  requestEndpoint(() => {
    throw new Error('no');
  })({ method: 'GET', url: '/c/0b0e4f7c-6d4c-4f60-9d0a-6a1fd1d3c0aa/d' }, null, ask);
  requestEndpoint(() => 'own')({}, null, ask);
  ask();
  log.stop();
  assert.deepEqual(
    callsOf(linesOf(file)).map(({ endpoint }) => endpoint),
    ['GET /api/a/:a', 'PUT /b/:b', 'GET /c/:id/d', 'own', 'worker'],
  );
  db.close();
});

test('what a process has not written yet is written when it ends by itself', (t) => {
  const file = temporaryFile(t);
  const script = `
    import { DatabaseSync } from 'node:sqlite';
    import { logStatements } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    const db = new DatabaseSync(':memory:');
    const log = logStatements(db, { file: ${JSON.stringify(file)}, interval: 3600 });
    const statement = db.prepare('SELECT ? AS n');
    for (let i = 0; i < 5000; i++) statement.get(i);
    void log.flush();
    for (let i = 0; i < 5000; i++) statement.get(i);
  `;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(callsOf(linesOf(file)).filter(({ text }) => text === 'SELECT ? AS n').length, 10_000);
});
