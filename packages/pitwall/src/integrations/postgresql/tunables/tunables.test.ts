import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import pg from 'pg';
import { sharedPostgresql } from '../../../../test/support/postgresql.ts';
import type { Json } from '../../../model/json.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { expressionProblem } from './expression.ts';
import { extendedStatistics } from './extended-statistics.ts';
import { connectTo, plain, withCode, write } from './fixtures/write.ts';
import { coversIndex, indexTarget, partName, subjectOf } from './index-target.ts';
import { analyze, vacuum } from './maintenance.ts';
import { setting } from './setting.ts';
import { whyNotChanged } from './setting-list.ts';
import { canonicalValue } from './setting-value.ts';
import { statisticsTarget } from './statistics-target.ts';
import { tableOption } from './table-option.ts';

const shared = sharedPostgresql();
const { skip } = shared;

let url: string;
let connection: PostgresqlConnection;
let other: pg.Client;

beforeEach(async () => {
  if (skip) return;
  url = await shared.server.createDatabase();
  other = new pg.Client(url);
  await other.connect();
  await other.query(`CREATE TABLE t (id int PRIMARY KEY, a int, b int) WITH (fillfactor = 90);
    INSERT INTO t SELECT i, i % 100, i % 100 FROM generate_series(1, 10000) i; DELETE FROM t WHERE id % 2 = 0`);
  connection = await connectTo(url);
});
afterEach(async () => {
  if (skip) return;
  await connection.close();
  await other.end();
});

const one = async (sql: string) => Object.values((await other.query(sql)).rows[0])[0];

test('values of settings are compared by what they are', () => {
  const blocks = { type: 'integer', unit: '8kB' };
  for (const text of ['128MB', '16384', ' 131072 kB', '0.125GB', '134217728B'])
    assert.equal(canonicalValue(text, blocks), '16384', text);
  assert.equal(canonicalValue('5min', { type: 'integer', unit: 's' }), '300');
  assert.equal(canonicalValue('2000us', { type: 'real', unit: 'ms' }), '2');
  assert.equal(canonicalValue('1.10', { type: 'real', unit: null }), '1.1');
  assert.equal(canonicalValue('1e1', { type: 'real', unit: null }), '10');
  assert.equal(canonicalValue('yes', { type: 'bool', unit: null }), 'on');
  assert.equal(canonicalValue('TRUE', { type: 'enum', unit: null }), 'on');
  assert.equal(canonicalValue('LZ4', { type: 'enum', unit: null }), 'lz4');
  for (const [text, unit] of [
    ['1MB', null],
    ['1MB', 'ms'],
    ['1 day', 's'],
    ['many', '8kB'],
    ['1mb', '8kB'],
  ] as const) {
    assert.equal(canonicalValue(text, { type: 'integer', unit }), null, text);
  }
});

test('what guards replication, recovery, access and logs is never changed', () => {
  for (const name of [
    'fsync',
    'wal_level',
    'max_wal_senders',
    'archive_command',
    'shared_preload_libraries',
    'listen_addresses',
    'log_statement',
    'autovacuum',
    'ssl',
    'data_directory',
    'jit_provider_library',
    'search_path',
    'x; DROP',
  ]) {
    assert.match(whyNotChanged(name) ?? '', /^Pitwall does not change this setting: /, name);
  }
  assert.equal(whyNotChanged('work_mem'), null);
});

test('names and expressions of a plan', () => {
  assert.deepEqual(subjectOf('public."a.b"'), { schema: 'public', name: 'a.b' });
  assert.equal(subjectOf('orders'), null);
  assert.equal(subjectOf('a.b.c'), null);
  const long = partName('ü'.repeat(31), { schema: 's', name: 'p' });
  assert.ok(Buffer.byteLength(long) <= 63 && /^ü+_[0-9a-f]{8}$/.test(long), long);
  for (const text of [
    'lower(name)',
    "a -> 'x;y--' ->> 'it''s'",
    '"odd;name" + (1 - -2)',
    "state IN ('a', 'b')",
    'tags[1]',
  ]) {
    assert.equal(expressionProblem(text), null, text);
  }
  for (const text of ['a)', '(a', "'a", 'a, b', 'a;b', 'a--b', 'a/*b', 'a\\b', '$1', ''])
    assert.notEqual(expressionProblem(text), null, text);
});

test('an index makes another unnecessary when that is its beginning', () => {
  const index = (...columns: readonly string[]) =>
    indexTarget.parse({ table: { schema: 's', name: 't' }, keys: columns.map((column) => ({ column })) });
  assert.ok(coversIndex(index('a', 'b'), index('a')));
  assert.ok(!coversIndex(index('a', 'b'), index('b')));
  assert.ok(!coversIndex(index('a'), index('a', 'b')));
  assert.ok(!coversIndex(index('a', 'b'), { ...index('a')!, where: 'a > 1' }));
  assert.ok(!coversIndex(index('a', 'b'), { ...index('a')!, include: ['c'] }));
  assert.ok(coversIndex(index('a', 'b'), { ...index('a')!, include: ['b'] }));
});

test('VACUUM and ANALYZE need no undo, and say so', () => {
  const undo = (one: typeof analyze, to: Json) => one.preview({ subject: 'public.t', to }, null).undo;
  assert.match(undo(analyze, { analyze: true }), /^none needed: it only renews statistics/);
  assert.match(undo(vacuum, { vacuum: true }), /^none needed: the rows are the same/);
});

test('VACUUM takes dead rows away, ANALYZE makes statistics', { skip }, async () => {
  await write(vacuum, connection, { subject: 'public.t', to: { vacuum: true, analyze: false } });
  assert.equal(Number(await one(`SELECT count(*) FROM pg_stats WHERE tablename = 't'`)), 0);
  assert.ok((await one(`SELECT relallvisible > 0 FROM pg_class WHERE relname = 't'`)) === true);
  await write(analyze, connection, { subject: 'public.t', to: { analyze: true } });
  assert.equal(Number(await one(`SELECT count(*) FROM pg_stats WHERE tablename = 't'`)), 3);
  await assert.rejects(
    write(analyze, connection, { subject: 'public.nothing', to: { analyze: true } }),
    withCode('CHANGE_REFUSED', /no table public\.nothing/),
  );
  await assert.rejects(
    write(vacuum, connection, { subject: 'pg_catalog.pg_class', to: { vacuum: true } }),
    withCode('CHANGE_REFUSED', /server's own/),
  );
});

test('statistics of columns together mend an estimate', { skip }, async () => {
  await other.query('ANALYZE t');
  const estimate = async () => {
    const [{ 'Plan Rows': rows }] = (
      (await one('EXPLAIN (FORMAT JSON) SELECT FROM t WHERE a = 7 AND b = 7')) as { Plan: { 'Plan Rows': number } }[]
    ).map(({ Plan }) => Plan) as [{ 'Plan Rows': number }];
    return rows;
  };
  assert.ok((await estimate()) < 10);
  const change = {
    subject: 'public.t_ab',
    to: { table: { schema: 'public', name: 't' }, columns: ['b', 'a'], kinds: ['dependencies', 'mcv'] },
  };
  const { original, context } = await write(extendedStatistics, connection, change);
  assert.ok((await estimate()) > 50);
  await extendedStatistics.undo(connection, change, original, context);
  assert.ok((await estimate()) < 10);
  const wrong = { ...change, to: { ...change.to, columns: ['a', 'c'] } };
  await assert.rejects(write(extendedStatistics, connection, wrong), withCode('CHANGE_REFUSED', /no column c/));
});

test('storage parameters: only those that do no harm, only values that the server takes, back to the exact text', {
  skip,
}, async () => {
  const subject = 'public.t';
  for (const to of [
    { autovacuum_enabled: 'false' },
    { user_catalog_table: 'true' },
    { fillfactor: "90') ; DROP TABLE t" },
    {},
  ]) {
    assert.equal(tableOption.to.safeParse(to).success, false, JSON.stringify(to));
  }
  await assert.rejects(
    write(tableOption, connection, { subject, to: { fillfactor: 5 } }),
    withCode('CHANGE_REFUSED', /out of bounds/),
  );
  const change = { subject, to: { fillfactor: 80, autovacuum_analyze_scale_factor: 0.01 } };
  const { original, context } = await write(tableOption, connection, change);
  const options = () => one(`SELECT reloptions::text FROM pg_class WHERE relname = 't'`);
  assert.equal(await options(), '{fillfactor=80,autovacuum_analyze_scale_factor=0.01}');
  await tableOption.undo(connection, change, original, context);
  assert.equal(await options(), '{fillfactor=90}');
});

test('a lock that somebody holds is waited for so long, and named as such; what changed is drift', {
  skip,
}, async () => {
  const change = { subject: 'public.t.a', to: { target: 200 } };
  const from = plain(await statisticsTarget.read(connection, change));
  const context = { signal: new AbortController().signal, keepDirectory: '/', exclusive: false };
  await other.query('BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE');
  await assert.rejects(
    statisticsTarget.write(connection, { ...change, from }, context),
    withCode('TARGET_LOCKED', /stayed so for 0\.3 s/),
  );
  await other.query('COMMIT; ALTER TABLE t ALTER a SET STATISTICS 300');
  await assert.rejects(statisticsTarget.write(connection, { ...change, from }, context), withCode('DRIFT'));
  assert.equal(
    await one(`SELECT attstattarget FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a'`),
    300,
  );
});

test('a setting is proved in a new session, and refused where it would have no effect', { skip }, async () => {
  const change = { subject: 'work_mem', to: '12MB' };
  const { original, context } = await write(setting, connection, change);
  const fresh = async (name: string) => Object.values((await shared.server.query(`SHOW ${name}`))[0]!)[0];
  assert.equal(await fresh('work_mem'), '12MB');
  assert.ok(
    setting.achieved(plain(await setting.read(connection, change)), { ...change, to: '12288' }),
    'the same in kB',
  );
  await setting.undo(connection, change, original, context);
  assert.equal(await fresh('work_mem'), '4MB');

  await other.query("ALTER SYSTEM SET maintenance_work_mem = '99 MB'");
  await other.query('SELECT pg_reload_conf()');
  const twice = { subject: 'maintenance_work_mem', to: '128MB' };
  const written = await write(setting, connection, twice);
  await setting.undo(connection, twice, written.original, context);
  assert.equal(await one(`SELECT setting FROM pg_file_settings WHERE name = 'maintenance_work_mem'`), '99 MB');

  const buffers = { subject: 'wal_buffers', to: '4MB' };
  assert.match((await setting.restartReason?.(connection, buffers)) ?? '', /next start of the PostgreSQL server/);
  assert.equal(await setting.restartReason?.(connection, change), null);
  const pending = await write(setting, connection, buffers);
  await other.query('SELECT 1');
  assert.equal(await one(`SELECT pending_restart FROM pg_settings WHERE name = 'wal_buffers'`), true);
  await setting.undo(connection, buffers, pending.original, context);

  await other.query(`ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET random_page_cost = 2`);
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['fsync', 'off', /survives a crash/],
    ['shared_buffers', '64MB', /command line/],
    ['random_page_cost', '1.1', /ALTER DATABASE sets it/],
    ['effective_cache_size', '12 apples', /no value of it: expected integer with a unit that fits 8kB/],
    ['work_mem', '1kB', /is not from 64 to/],
    ['wal_compression', 'best', /expected one of .*pglz/],
  ];
  for (const [subject, to, reason] of refused) {
    await assert.rejects(write(setting, connection, { subject, to }), withCode('CHANGE_REFUSED', reason), subject);
  }
  await other.query('CREATE ROLE rds_superuser');
  await assert.rejects(write(setting, connection, change), withCode('CHANGE_REFUSED', /Amazon RDS.*parameter group/));
  await other.query('DROP ROLE rds_superuser');
});
