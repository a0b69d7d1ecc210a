import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { PitwallError } from '../../../errors.ts';
import type { WriteContext } from '../../../model/integration.ts';
import { openConnection, type SqliteConnection } from '../connection.ts';
import { sqliteOptions } from '../options.ts';
import { requireFreeSpace } from './database.ts';
import { putBack, vacuum } from './vacuum.ts';

let directory: string;
let path: string;
let copy: string;
let connection: SqliteConnection;
let context: WriteContext;

const change = { subject: '', to: { autoVacuum: 'none', vacuum: true }, from: { autoVacuum: 'none', pageSize: 4096 } };
const original = { state: change.from, captured: { file: 'original.db' } };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-vacuum-'));
  path = join(directory, 'test.db');
  copy = join(directory, 'original.db');
  run(path, 'CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 1), (2, 2)');
  connection = openConnection(sqliteOptions.parse({ path, busyTimeout: 0.1 }), '/');
  context = { signal: new AbortController().signal, keepDirectory: directory, exclusive: true };
});
afterEach(async () => {
  mock.reset();
  await connection.close();
  rmSync(directory, { recursive: true, force: true });
});

function run(file: string, sql: string): void {
  const database = new DatabaseSync(file, { defensive: false });
  database.exec(sql);
  database.close();
}

function rows(sql: string): readonly unknown[] {
  const database = new DatabaseSync(path);
  const all = database.prepare(sql).all();
  database.close();
  return all.map((row) => Object.values(row));
}

/** What quick_check complains about and VACUUM carries over: a NULL where the schema says that there is none. */
const DAMAGE = `INSERT INTO t VALUES (99, NULL); PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, x NOT NULL)' WHERE name = 't'`;

const withCode =
  (code: string, text = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };

test('needs a restart always, and is refused when it would change nothing', async () => {
  assert.match((await vacuum.restartReason?.(connection, change)) ?? '', /rewritten/);
  const state = await vacuum.read(connection, change);
  await assert.rejects(vacuum.validate(connection, change, state), withCode('CHANGE_REFUSED', /would change nothing/));
  assert.throws(() => requireFreeSpace(directory, 2 ** 62, 'VACUUM'), /VACUUM may need .* MiB, and the disk/);
});

test('the copy before it is a whole database, and gone when it is released', async () => {
  await vacuum.capture?.(connection, change, context);
  const kept = new DatabaseSync(copy, { readOnly: true });
  assert.equal(kept.prepare('SELECT count(*) AS n FROM t').get()?.n, 2);
  kept.close();
  run(path, 'PRAGMA journal_mode = wal; DELETE FROM t; CREATE TABLE garbage (x); PRAGMA auto_vacuum = 1; VACUUM');
  await putBack(copy, path);
  assert.deepEqual(rows('SELECT count(*) FROM t'), [[2]]);
  assert.deepEqual(rows("SELECT name FROM sqlite_schema WHERE name = 'garbage'"), []);
  assert.deepEqual(rows('PRAGMA integrity_check'), [['ok']]);
  await vacuum.release?.(connection, original, context);
  assert.ok(!existsSync(copy));
  await vacuum.release?.(connection, original, context);
});

for (const exclusive of [true, false]) {
  test(`a file that fails its check afterwards is the copy again (exclusive: ${exclusive})`, async () => {
    await vacuum.capture?.(connection, change, context);
    run(path, DAMAGE);
    await assert.rejects(
      vacuum.write(connection, change, { ...context, exclusive }),
      /NULL value in t\.x.* the copy from before was put back/,
    );
    assert.deepEqual(rows('SELECT count(*) FROM t'), [[2]]);
    await vacuum.release?.(connection, original, context);
    assert.ok(!existsSync(copy));
  });
}

test('rows that break a CHECK are no damage, before and after', async () => {
  run(path, 'CREATE TABLE c (x CHECK (x > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO c VALUES (-1)');
  run(path, 'DELETE FROM t WHERE id = 1');
  await vacuum.capture?.(connection, change, context);
  await vacuum.write(connection, change, context);
  await vacuum.undo(connection, change, original, context);
  await vacuum.release?.(connection, original, context);
  assert.ok(!existsSync(copy));
});

test('a copy that is needed is never deleted: not put back, not good enough, or written to since', async () => {
  await vacuum.capture?.(connection, change, context);
  const needed = withCode('ORIGINAL_NEEDED', /NULL value in t\.x.*the copy from before is .*original\.db/);
  run(path, DAMAGE);
  run(copy, DAMAGE);
  await assert.rejects(vacuum.write(connection, change, context), needed);
  await assert.rejects(async () => vacuum.release?.(connection, original, context), needed);
  await assert.rejects(vacuum.undo(connection, change, original, context), needed);
  writeFileSync(copy, 'not a database');
  await assert.rejects(
    vacuum.write(connection, change, context),
    withCode('ORIGINAL_NEEDED', /could not be put back.*original\.db/),
  );
  assert.ok(existsSync(copy));
});

test('a file that cannot be checked is no damaged one, and its copy stays as well', async () => {
  await vacuum.capture?.(connection, change, context);
  await connection.close();
  const content = readFileSync(path);
  rmSync(path);
  const release = async () => vacuum.release?.(connection, original, context);
  await assert.rejects(release, withCode('SQLITE_MISSING'));
  writeFileSync(path, 'nothing of a database any more, and so many bytes that it could be one');
  await assert.rejects(release, withCode('ORIGINAL_NEEDED', /not an SQLite database/));
  assert.ok(existsSync(copy));
  writeFileSync(path, content);
  await release();
  assert.ok(!existsSync(copy));
});

test('without the service stopped it is refused while somebody has the file open', async () => {
  const script = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.prepare('SELECT * FROM t').all();
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await assert.rejects(
      vacuum.write(connection, change, { ...context, exclusive: false }),
      withCode('TARGET_IN_USE', new RegExp(`process ${child.pid}`)),
    );
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});

test('copying is given up when writes of others let no whole copy come about', async () => {
  run(
    path,
    'CREATE TABLE big (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12) INSERT INTO big SELECT zeroblob(1000000) FROM n',
  );
  let clock = 0;
  mock.method(performance, 'now', () => {
    clock += 61_000;
    return clock;
  });
  await assert.rejects(
    async () => vacuum.capture?.(connection, change, context),
    withCode('CHANGE_REFUSED', /no whole copy came about within 60 s/),
  );
});
