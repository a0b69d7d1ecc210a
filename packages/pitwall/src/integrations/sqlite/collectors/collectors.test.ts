import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { PitwallError } from '../../../errors.ts';
import type { Collected } from '../../../model/integration.ts';
import { collectContext, connect, databaseWith, SHOP } from '../testing.ts';
import { pragmas } from './pragmas.ts';
import { queries } from './queries.ts';
import { schema } from './schema.ts';
import { networkFileSystemOf, space } from './space.ts';

/** Values are looked at as plain JSON, as rules and reports see them. */
const values = ({ facts = [] }: Collected, kind: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes, compared below.
  new Map<string, any>(facts.filter((fact) => fact.kind === kind).map((fact) => [fact.key, fact.value]));
const numbers = ({ samples = [] }: Collected) => Object.fromEntries(samples.map(({ name, value }) => [name, value]));

test('pragmas: which live in the file, and that the others are our own', async (t) => {
  const path = databaseWith(
    t,
    'PRAGMA journal_mode = wal; PRAGMA cache_size = -9999; PRAGMA user_version = 7; CREATE TABLE t (a)',
  );
  const found = values(await pragmas.collect(connect(t, path), collectContext()), 'sqlite.pragma');
  assert.deepEqual([found.get('journal_mode').value, found.get('journal_mode').persists], ['wal', true]);
  assert.deepEqual([found.get('user_version').value, found.get('user_version').persists], [7, true]);
  assert.notEqual(found.get('cache_size').value, -9999, 'the application’s own value cannot be seen');
  assert.equal(found.get('cache_size').persists, false);
  assert.match(found.get('cache_size').note, /Pitwall’s own/);
});

test('pragmas marked as persistent are those that a new connection sees', async (t) => {
  const path = databaseWith(t, 'PRAGMA auto_vacuum = 2; CREATE TABLE t (a)');
  const setter = new DatabaseSync(path);
  t.after(() => setter.close());
  setter.exec(
    'PRAGMA default_cache_size = 4321; PRAGMA application_id = 99; PRAGMA synchronous = 0; PRAGMA mmap_size = 1048576; PRAGMA busy_timeout = 1234; PRAGMA temp_store = 2; PRAGMA wal_autocheckpoint = 17; PRAGMA journal_size_limit = 12345; PRAGMA secure_delete = 1; PRAGMA analysis_limit = 77',
  );
  const ours = connect(t, path).reader();
  const collected = values(await pragmas.collect(connect(t, path), collectContext()), 'sqlite.pragma');
  for (const [name, fact] of collected) {
    const theirs = Object.values(setter.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    const changed = [
      'default_cache_size',
      'application_id',
      'synchronous',
      'mmap_size',
      'busy_timeout',
      'temp_store',
      'wal_autocheckpoint',
      'journal_size_limit',
      'secure_delete',
      'analysis_limit',
    ];
    if (fact.persists) assert.equal(fact.value, theirs, name);
    else if (changed.includes(name)) assert.notEqual(fact.value, theirs, name);
  }
  assert.ok(ours);
});

test('space: size, free pages and the log', async (t) => {
  const path = databaseWith(t, `${SHOP} DELETE FROM orders WHERE id > 5000`);
  const collected = await space.collect(connect(t, path), collectContext());
  const file = values(collected, 'sqlite.file').get('');
  const found = numbers(collected);
  assert.equal(found['sqlite.database.size'], readFileSync(path).length);
  assert.equal(file.bytes, file.pageSize * file.pageCount);
  assert.ok(file.freePages > 10);
  assert.equal(found['sqlite.freelist.ratio'], file.freePages / file.pageCount);
  assert.equal(found['sqlite.wal.size'], undefined, 'no log is no number');
  assert.deepEqual(collected.gaps, [{ what: 'sqlite.wal.size', why: 'there is no -wal file' }]);
  assert.equal(file.writable, true);

  const application = new DatabaseSync(path);
  application.exec("PRAGMA journal_mode = wal; INSERT INTO devices VALUES (999, 'x')");
  const wal = numbers(await space.collect(connect(t, path), collectContext()));
  assert.ok(Number(wal['sqlite.wal.size']) > 4096);
  application.close();
});

test('space: an empty file, and network file systems', async (t) => {
  const path = databaseWith(t, '');
  writeFileSync(path, '');
  const empty = await space.collect(connect(t, path), collectContext());
  assert.equal(numbers(empty)['sqlite.freelist.ratio'], undefined);
  assert.ok(empty.gaps?.some((gap) => gap.why === 'the database is empty'));
  assert.equal(networkFileSystemOf(0x6969), 'NFS');
  assert.equal(networkFileSystemOf(0xfe534d42 | 0), 'SMB2');
  assert.equal(networkFileSystemOf(0xef53), null);
});

test('schema: tables, rows, indexes and foreign keys, with odd names', async (t) => {
  const path = databaseWith(
    t,
    `${SHOP}
     CREATE TABLE "we""ird ünï'; DROP TABLE devices; --" ("a b" INTEGER PRIMARY KEY DESC, c TEXT COLLATE NOCASE UNIQUE, g AS (c || 'x'));
     CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
     CREATE TABLE lines (x INTEGER, y INTEGER, z INTEGER, FOREIGN KEY (x, y) REFERENCES pairs);
     CREATE INDEX by_yx ON lines (y, x, z DESC);
     CREATE INDEX part ON orders (device_id) WHERE status = 'open';
     CREATE INDEX expr ON orders (lower(status));
     CREATE TABLE tree (id INTEGER PRIMARY KEY, parent REFERENCES tree (id), missing REFERENCES nowhere (id));
     CREATE VIEW v AS SELECT * FROM orders;
     CREATE VIRTUAL TABLE docs USING fts5 (body);
     ANALYZE orders;`,
  );
  const collected = await schema.collect(connect(t, path), collectContext());
  const tables = values(collected, 'sqlite.table');
  const odd = `we"ird ünï'; DROP TABLE devices; --`;
  assert.deepEqual([...tables.keys()].sort(), ['devices', 'lines', 'orders', 'pairs', 'tree', odd].sort());
  assert.equal(tables.get('orders').rows, 20_000);
  assert.equal(tables.get('orders').rowsFrom, 'count');
  assert.equal(tables.get('orders').rowidAlias, 'id');
  assert.equal(tables.get('orders').analyzedRows, 20_000);
  assert.ok(tables.get('orders').bytes > 100_000);
  assert.equal(tables.get('devices').analyzedRows, null);
  assert.equal(tables.get('pairs').withoutRowid, true);
  assert.equal(tables.get(odd).rowidAlias, null, 'INTEGER PRIMARY KEY DESC is no rowid');
  assert.equal(tables.get(odd).columns[2].generated, true);

  const indexes = values(collected, 'sqlite.index');
  assert.deepEqual(indexes.get('by_yx').columns, [
    { name: 'y', desc: false, collate: 'BINARY' },
    { name: 'x', desc: false, collate: 'BINARY' },
    { name: 'z', desc: true, collate: 'BINARY' },
  ]);
  assert.equal(indexes.get('part').partial, true);
  assert.equal(indexes.get('expr').columns[0].name, null);
  assert.equal(indexes.get('sqlite_autoindex_pairs_1').origin, 'primary-key');
  assert.ok([...indexes.values()].some((index) => index.origin === 'unique' && index.columns[0].collate === 'NOCASE'));

  const keys = values(collected, 'sqlite.foreign-key');
  assert.equal(keys.get('lines.x,y').coveredBy, 'by_yx', 'in any order');
  assert.deepEqual(keys.get('lines.x,y').parentColumns, ['a', 'b']);
  assert.equal(keys.get('orders.device_id').coveredBy, null, 'a partial index does not hold every row');
  assert.deepEqual(keys.get('orders.device_id').absentKey, [Number.MIN_SAFE_INTEGER]);
  assert.equal(keys.get('tree.parent').coveredBy, null);
  assert.deepEqual(keys.get('tree.missing').absentKey, ['pitwall: no such key']);
  assert.ok(Number(numbers(collected)['sqlite.index.size']) > 0);
});

test('schema: a database without tables says so', async (t) => {
  const collected = await schema.collect(connect(t, databaseWith(t, '')), collectContext());
  assert.ok(collected.gaps?.some((gap) => gap.why === 'the database has no tables'));
});

test('queries: times, plans, and what was refused or has no end', async (t) => {
  const path = databaseWith(t, SHOP);
  const connection = connect(t, path, {
    queryTimeout: '400ms',
    queryBudget: '100ms',
    runs: 5,
    queries: {
      open: { sql: 'SELECT * FROM orders WHERE status = ? ORDER BY created_at LIMIT 3', params: [['open'], ['done']] },
      write: "UPDATE orders SET status = 'x'",
      endless: 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
      wrong: 'SELECT nothing_of_that_name FROM orders',
    },
  });
  const collected = await queries.collect(connection, collectContext());
  const found = values(collected, 'sqlite.query');
  assert.deepEqual(found.get('open').scans, [{ table: 'orders', index: null }]);
  assert.deepEqual(found.get('open').tempBtrees, ['ORDER BY']);
  assert.equal(found.get('open').rows, 3);
  assert.match(found.get('write').refused, /update orders/);
  assert.deepEqual(
    collected.samples?.map((sample) => sample.labels.query),
    ['open', 'endless'],
  );
  const givenUp = collected.samples?.[1]?.value;
  assert.ok(typeof givenUp === 'object' && givenUp.count === 1 && givenUp.max === 0.4, 'counts as the limit');
  assert.ok(found.get('endless').plan.length > 0);
  const distribution = collected.samples?.[0]?.value;
  assert.ok(typeof distribution === 'object' && distribution.count >= 1 && distribution.count <= 5);
  assert.ok(distribution.histogram && distribution.max > 0 && distribution.max < 10, 'seconds');
  const whys = Object.fromEntries((collected.gaps ?? []).map((gap) => [gap.what, gap.why]));
  assert.match(whys['sqlite.query.duration of endless'] ?? '', /no answer within 0.4 s/);
  assert.match(whys['sqlite.query.duration of wrong'] ?? '', /no such column/);
  const untouched = new DatabaseSync(path, { readOnly: true });
  t.after(() => untouched.close());
  assert.equal(untouched.prepare("SELECT count(*) AS n FROM orders WHERE status = 'x'").get()?.n, 0);
});

test('queries: none configured is a gap', async (t) => {
  const collected = await queries.collect(connect(t, databaseWith(t, SHOP)), collectContext());
  assert.deepEqual(collected.gaps?.length, 1);
});

test('a page damaged in the middle, and a lock, are known errors', async (t) => {
  const path = databaseWith(t, SHOP);
  const bytes = readFileSync(path);
  bytes.fill(0xff, 4096 * 3, 4096 * 40);
  writeFileSync(path, bytes);
  const damaged = await schema.collect(connect(t, path), collectContext());
  assert.ok(
    damaged.gaps?.some((gap) => /malformed|rows/.test(`${gap.why} ${gap.what}`)),
    JSON.stringify(damaged.gaps),
  );

  const other = databaseWith(t, SHOP);
  const holder = new DatabaseSync(other);
  t.after(() => holder.close());
  holder.exec('BEGIN EXCLUSIVE');
  await assert.rejects(
    async () => pragmas.collect(connect(t, other, { busyTimeout: '20ms' }), collectContext()),
    (error) => error instanceof PitwallError && error.code === 'SQLITE_LOCKED',
  );
});
