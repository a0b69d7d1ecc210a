import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { PitwallError } from '../../../errors.ts';
import type { Tunable, WriteContext } from '../../../model/integration.ts';
import type { Json } from '../../../model/json.ts';
import { openConnection, type SqliteConnection } from '../connection.ts';
import { sqliteOptions } from '../options.ts';
import { sqliteIndex } from './index.ts';
import { journalMode } from './journal-mode.ts';
import { statistics } from './statistics.ts';
import { vacuum } from './vacuum.ts';

let directory: string;
let path: string;
let connection: SqliteConnection;
let context: WriteContext;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-tunables-'));
  path = join(directory, 'a "quoted" name.db');
  new DatabaseSync(path).close();
  run(`CREATE TABLE "or""ders" (id INTEGER PRIMARY KEY, "a""b" TEXT COLLATE nocase, c, UNIQUE (c));
    CREATE VIEW shown AS SELECT 1 AS one;
    INSERT INTO "or""ders" VALUES (1, 'x', 1), (2, 'X', 2), (3, 'y', 3);`);
  connection = openConnection(sqliteOptions.parse({ path, busyTimeout: 0.1 }), '/');
  context = { signal: new AbortController().signal, keepDirectory: directory, exclusive: false };
});
afterEach(async () => {
  await connection.close();
  rmSync(directory, { recursive: true, force: true });
});

function run(sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function rows(sql: string): readonly unknown[] {
  const database = new DatabaseSync(path);
  const all = database.prepare(sql).all();
  database.close();
  return all.map((row) => Object.values(row));
}

/** A copy of the database as a kill in the middle of a transaction leaves it. */
function crashedCopy(from: string, folder: string): string {
  const writer = new DatabaseSync(from);
  // A cache of one page makes the writer spill into the file, so that the journal is needed to take it back.
  writer.exec(`PRAGMA cache_size = 1; BEGIN; CREATE TABLE big (x);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO big SELECT zeroblob(3000) FROM n`);
  mkdirSync(folder);
  const copy = join(folder, 'test.db');
  writeFileSync(copy, readFileSync(from));
  writeFileSync(`${copy}-journal`, readFileSync(`${from}-journal`));
  writer.close();
  return copy;
}

async function refused(tunable: Tunable<SqliteConnection>, subject: string, to: Json, text: RegExp): Promise<void> {
  const from = await tunable.read(connection, { subject, to });
  await assert.rejects(tunable.validate(connection, { subject, to }, from), (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, 'CHANGE_REFUSED');
    assert.match(error.message, text);
    return true;
  });
}

test('index: hostile names are quoted, and the whole definition is compared', async () => {
  const subject = 'x"; DROP TABLE "or""ders"; --';
  const to = { table: 'or"ders', columns: [{ name: 'a"b', desc: true, collate: 'RTRIM' }, { name: 'c' }] };
  const change = { subject, to };
  await sqliteIndex.validate(connection, change, null);
  await sqliteIndex.write(connection, { ...change, from: null }, context);
  const state = await sqliteIndex.read(connection, change);
  assert.ok(sqliteIndex.achieved(state, change));
  assert.deepEqual((state as { columns: unknown }).columns, [
    { name: 'a"b', desc: true, collate: 'RTRIM' },
    { name: 'c', desc: false, collate: 'BINARY' },
  ]);
  for (const other of [
    { ...to, columns: to.columns.slice(0, 1) },
    { ...to, columns: to.columns.toReversed() },
    { ...to, columns: [{ name: 'a"b' }, { name: 'c' }] },
    { ...to, unique: true },
    { ...to, table: 'other' },
    null,
  ]) {
    assert.ok(!sqliteIndex.achieved(state, { subject, to: other }), JSON.stringify(other));
  }
  await sqliteIndex.undo(connection, change, { state: null, captured: null }, context);
  assert.equal(await sqliteIndex.read(connection, change), null);
  assert.deepEqual(rows('SELECT count(*) FROM "or""ders"'), [[3]]);
});

test('index: what cannot be created is refused with the reason', async () => {
  const to = { table: 'or"ders', columns: [{ name: 'c' }] };
  await refused(sqliteIndex, 'i', { ...to, table: 'gone' }, /no table gone/);
  await refused(sqliteIndex, 'i', { ...to, table: 'shown' }, /shown is a view/);
  await refused(sqliteIndex, 'i', { ...to, columns: [{ name: 'constant' }] }, /no column constant/);
  await refused(sqliteIndex, 'sqlite_i', to, /reserved/);
  run('CREATE INDEX i ON "or""ders" ("a""b")');
  await refused(sqliteIndex, 'I', to, /another definition/);
  assert.ok(!sqliteIndex.to.safeParse({ ...to, columns: [] }).success);
});

test('index: expressions of a plan file cannot be more than expressions', async () => {
  const to = { table: 'or"ders', columns: [{ name: 'c' }] };
  for (const text of [
    'c > 1; DROP TABLE x',
    'c > 1) ; --',
    'c > 1 -- ',
    'c /* x */ > 1',
    'c, id',
    'c > ?',
    '(c > 1',
    "'",
    ' ',
    'c) WHERE (c',
    'c DESC',
  ]) {
    assert.ok(!sqliteIndex.to.safeParse({ ...to, where: text }).success, text);
    assert.ok(!sqliteIndex.to.safeParse({ ...to, columns: [{ expression: text }] }).success, text);
  }
  await refused(sqliteIndex, 'i', { ...to, where: 'c > (SELECT 1)' }, /subqueries prohibited/);
  await refused(sqliteIndex, 'i', { ...to, columns: [{ expression: 'random()' }] }, /non-deterministic/);
  await refused(sqliteIndex, 'i', { ...to, columns: [{ expression: '"gone" + 1' }] }, /no such column/);
  await refused(sqliteIndex, 'i', { ...to, columns: [{ expression: "load_extension('x')" }] }, /./);
});

test('index: on an expression and for a part of the rows, with statistics where there are some, and all of it undone', async () => {
  run('CREATE INDEX first ON "or""ders" ("a""b"); ANALYZE');
  const before = rows('SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY idx');
  const to = {
    table: 'or"ders',
    columns: [{ expression: 'lower("a""b")', desc: true, collate: 'RTRIM' }, { name: 'c' }],
    where: 'c > 1 AND "a""b" IS NOT NULL',
  };
  // A name that ANALYZE could take for the whole database.
  const change = { subject: 'main', to };
  assert.ok(sqliteIndex.to.safeParse(to).success);
  await sqliteIndex.validate(connection, change, null);
  await sqliteIndex.write(connection, { ...change, from: null }, context);
  const state = await sqliteIndex.read(connection, change);
  assert.ok(sqliteIndex.achieved(state, change));
  assert.ok(!sqliteIndex.achieved(state, { subject: 'main', to: { ...to, where: 'c > 2' } }));
  assert.ok(!sqliteIndex.achieved(state, { subject: 'main', to: { ...to, where: null } }));
  assert.deepEqual(rows("SELECT stat FROM sqlite_stat1 WHERE idx = 'main'"), [['2 1 1']]);
  await sqliteIndex.undo(connection, change, { state: null, captured: null }, context);
  assert.deepEqual(rows('SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY idx'), before);
  assert.equal(await sqliteIndex.read(connection, change), null);
});

test('index: reading it repairs nothing; who is about to write may', async () => {
  const crashed = crashedCopy(path, join(directory, 'crashed'));
  const bytes = readFileSync(crashed);
  const after = openConnection(sqliteOptions.parse({ path: crashed, busyTimeout: 0.1 }), '/');
  const change = { subject: 'i', to: null };
  const hot = (error: unknown) => error instanceof PitwallError && error.code === 'SQLITE_HOT_JOURNAL';
  for (const tunable of [sqliteIndex, journalMode, statistics, vacuum]) {
    await assert.rejects(tunable.read(after, change), hot, tunable.id);
  }
  assert.deepEqual(readFileSync(crashed), bytes);
  assert.ok(existsSync(`${crashed}-journal`));
  assert.equal(await sqliteIndex.read(after, change, { mayRepair: true }), null);
  assert.ok(!existsSync(`${crashed}-journal`));
  await after.close();
});

test('whoever was faster while the lock was waited for keeps what he made', async () => {
  const somebody = new DatabaseSync(path);
  const raced = async (work: Promise<void>, sql: string) => {
    somebody.exec(sql);
    somebody.exec('COMMIT');
    const before = rows('SELECT name, sql FROM sqlite_schema ORDER BY name');
    await assert.rejects(work, (error) => error instanceof PitwallError && error.code === 'DRIFT');
    assert.deepEqual(rows('SELECT name, sql FROM sqlite_schema ORDER BY name'), before);
  };
  const create = { subject: 'i', to: { table: 'or"ders', columns: [{ name: 'c' }] }, from: null };
  somebody.exec('BEGIN IMMEDIATE');
  await raced(sqliteIndex.write(connection, create, context), 'CREATE INDEX "i" ON "or""ders" ("c")');
  const from = await sqliteIndex.read(connection, create);
  somebody.exec('BEGIN IMMEDIATE');
  await raced(sqliteIndex.write(connection, { subject: 'i', to: null, from }, context), 'DROP INDEX i');
  const analyze = { subject: '', to: { analyze: true }, from: null };
  somebody.exec('BEGIN IMMEDIATE');
  await raced(statistics.write(connection, analyze, context), 'ANALYZE');
  somebody.close();
  run('PRAGMA journal_mode = wal');
  await assert.rejects(
    journalMode.write(connection, { subject: '', to: 'wal', from: 'delete' }, { ...context, exclusive: true }),
    (error) => error instanceof PitwallError && error.code === 'DRIFT',
  );
});

test('index: what must not be dropped is refused', async () => {
  await refused(sqliteIndex, 'sqlite_autoindex_or"ders_1', null, /constraint/);
  run('CREATE UNIQUE INDEX u ON "or""ders" ("a""b", c)');
  await refused(sqliteIndex, 'u', null, /unique/);
});

test('index: one that only the application could build again is not dropped', async () => {
  const database = new DatabaseSync(path);
  database.function('own', { deterministic: true }, (value) => value);
  database.exec('CREATE INDEX own_index ON "or""ders" (own(c))');
  database.close();
  const before = rows('SELECT name, sql FROM sqlite_schema ORDER BY name');
  const from = await sqliteIndex.read(connection, { subject: 'own_index', to: null });
  await assert.rejects(
    sqliteIndex.write(connection, { subject: 'own_index', to: null, from }, context),
    /could not be built again from outside the application \(no such function: own\)/,
  );
  assert.deepEqual(rows('SELECT name, sql FROM sqlite_schema ORDER BY name'), before);
});

test('index: a leading part of another is made unnecessary by it', () => {
  const covers = (a: readonly string[], b: readonly string[], more: object = {}) =>
    sqliteIndex.subsumes?.(
      { subject: 'a', to: { table: 't', columns: a.map((name) => ({ name })) } },
      { subject: 'b', to: { table: 'T', columns: b.map((name) => ({ name })), ...more } },
    );
  assert.equal(covers(['x', 'y'], ['x']), true);
  assert.equal(covers(['x', 'y'], ['X', 'y']), true);
  assert.equal(covers(['x', 'y'], ['y']), false);
  assert.equal(covers(['x'], ['x', 'y']), false);
  assert.equal(covers(['x', 'y'], ['x'], { unique: true }), false);
  assert.equal(covers(['x', 'y'], ['x'], { table: 'other' }), false);
});

test('journal mode: what does not persist is refused', async () => {
  await refused(journalMode, '', 'truncate', /each connection/);
  await refused(journalMode, '', 'persist', /does not persist/);
  assert.ok(!journalMode.to.safeParse('off').success);
});

test('statistics: other connections see new ones without opening the database again', async () => {
  run('CREATE INDEX i ON "or""ders" ("a""b"); ANALYZE');
  const other = new DatabaseSync(path);
  const version = () => other.prepare('PRAGMA schema_version').get()?.schema_version;
  const before = version();
  const change = { subject: '', to: { analyze: true } };
  const state = await statistics.read(connection, change);
  const captured = (await statistics.capture?.(connection, change, context)) ?? null;
  await statistics.write(connection, { ...change, from: state }, context);
  const between = version();
  assert.notEqual(between, before);
  await statistics.undo(connection, change, { state, captured }, context);
  assert.notEqual(version(), between);
  other.close();
});

test('statistics: values of every storage class and tables of other builds are put back as they were', async () => {
  run(`ANALYZE; DELETE FROM sqlite_stat1;
    INSERT INTO sqlite_stat1 VALUES ('or"ders', NULL, 3), (x'00ff', 'text ''quoted''', 1.5), (9007199254740993, '', '');`);
  const before = rows(
    'SELECT typeof(tbl), hex(tbl), typeof(idx), idx, typeof(stat), stat FROM sqlite_stat1 ORDER BY 2',
  );
  const change = { subject: '', to: { analyze: true } };
  const state = await statistics.read(connection, change);
  const captured = JSON.parse(JSON.stringify(await statistics.capture?.(connection, change, context))) as Json;
  await statistics.write(connection, { ...change, from: state }, context);
  await statistics.undo(connection, change, { state, captured }, context);
  const after = rows('SELECT typeof(tbl), hex(tbl), typeof(idx), idx, typeof(stat), stat FROM sqlite_stat1 ORDER BY 2');
  assert.deepEqual(after, before);
  assert.deepEqual(await statistics.read(connection, change), state);
});
