import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sharedPostgresql } from '../../../test/support/postgresql.ts';
import type { CollectContext } from '../../model/integration.ts';
import type { Sample } from '../../model/observation.ts';
import type { PostgresqlConnection } from './connection.ts';
import { beginMeans } from './meter/means.ts';
import { meter } from './meter.ts';
import { fingerprint } from './parse/fingerprint.ts';
import { loadGrammar } from './parse/load.ts';
import { dropIndex } from './rules/changes.ts';
import { connectTo } from './tunables/fixtures/write.ts';

const shared = sharedPostgresql({
  settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'top' },
});
const { skip } = shared;
const context: CollectContext = {
  environment: {
    proc: '/proc',
    sys: '/sys',
    now: () => Date.now() / 1000,
    sleep: (seconds, signal) => sleep(seconds * 1000, undefined, { signal }),
  },
  signal: new AbortController().signal,
  window: 0,
};

let connection: PostgresqlConnection;
let application: pg.Client;

beforeEach(async () => {
  if (skip) return;
  const url = await shared.server.createDatabase();
  application = new pg.Client(url);
  await application.connect();
  await application.query(`CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id int PRIMARY KEY, n int);
    INSERT INTO t SELECT i, 0 FROM generate_series(1, 5000) i`);
  connection = await connectTo(url);
});
afterEach(async () => {
  if (skip) return;
  await connection.close();
  await application.end();
});

const means = (samples: readonly Sample[]) => samples.filter(({ name }) => name === 'postgresql.statement.mean');

async function idOf(like: string): Promise<string> {
  const { rows } = await application.query(`SELECT queryid::text AS id FROM pg_stat_statements WHERE query LIKE $1`, [
    like,
  ]);
  const { rows: texts } = await application.query('SELECT query FROM pg_stat_statements WHERE queryid = $1', [
    rows[0].id,
  ]);
  return fingerprint(await loadGrammar(), texts[0].query).id;
}

test('means of what was called since the beginning, writes too; not before it, not rarely, not by us', {
  skip,
}, async () => {
  const call = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await application.query('SELECT n FROM t WHERE id = $1', [i]);
      await application.query('UPDATE t SET n = n + 1 WHERE id = $1', [i]);
    }
  };
  await call(30);
  await beginMeans(connection, context);
  for (let i = 0; i < 25; i++) await application.query('SELECT pg_sleep(0.002)');
  await application.query('SELECT count(*) FROM t');
  await call(25);
  const samples = await meter(connection, { extra: [], budgetSeconds: 0.1 }, context);
  const slept = await idOf('SELECT pg_sleep%');
  const ids = new Set([slept, await idOf('SELECT n FROM t%'), await idOf('UPDATE t SET n%')]);
  assert.deepEqual(new Set(means(samples).map(({ labels }) => labels.statement)), ids);
  const mean = Number(means(samples).find(({ labels }) => labels.statement === slept)!.value);
  assert.ok(mean > 0.002 && mean < 0.02, `${mean}`);

  // Asked for by name, one call is enough; and without a beginning the meter waits for half of its budget.
  const counted = await idOf('SELECT count(%');
  const startedAt = performance.now();
  const running = meter(
    connection,
    { extra: [{ measure: 'postgresql.statement.mean', statement: counted }], budgetSeconds: 0.6 },
    context,
  );
  await sleep(150);
  await application.query('SELECT count(*) FROM t');
  assert.deepEqual(
    means(await running).map(({ labels }) => labels.statement),
    [counted],
  );
  assert.ok(performance.now() - startedAt >= 290);
});

test('a reset in between is no measurement', { skip }, async () => {
  await beginMeans(connection, context);
  await application.query('SELECT pg_stat_statements_reset()');
  for (let i = 0; i < 30; i++) await application.query('SELECT n FROM t WHERE id = 1');
  assert.deepEqual(means(await meter(connection, { extra: [], budgetSeconds: 0.02 }, context)), []);
});

test('statements are timed with all their values, and only those that cannot write', { skip }, async () => {
  const extra = [
    { statement: 'range', text: 'SELECT sum(n) FROM t WHERE id < $1', params: [[10], [5000]] },
    { statement: 'writes', text: 'DELETE FROM t WHERE id = $1', params: [[1]] },
    { statement: 'wrong', text: 'SELECT nothing FROM nowhere', params: [] },
    { statement: 'constant', text: 'SELECT 1', params: [] },
  ];
  const samples = await meter(connection, { extra, budgetSeconds: 0.4 }, context);
  const durations = samples.filter(({ name }) => name === 'postgresql.statement.duration');
  assert.deepEqual(
    durations.map(({ labels }) => labels.statement),
    ['range', 'constant'],
  );
  const counts = durations.map(({ value }) => (typeof value === 'object' ? value.count : 0));
  assert.ok(
    counts.every((count) => count >= 3),
    counts.join(),
  );
  assert.equal(counts[0]! % 2, 0, 'both sets of values count alike');
  assert.equal((await application.query('SELECT count(*)::int AS n FROM t')).rows[0].n, 5000);
});

test('sums from the catalogues when a change asks, and nothing of a shape that it does not know', {
  skip,
}, async () => {
  await application.query('UPDATE t SET n = 1 WHERE id < 100; SELECT pg_stat_force_next_flush()');
  await application.query('SELECT 1');
  const extra = ['postgresql.index.size', 'postgresql.rows.dead', 'postgresql.updates.hot'].map((name) => ({
    measure: name,
  }));
  const samples = await meter(connection, { extra, budgetSeconds: 0.02 }, context);
  const value = (wanted: string) => Number(samples.find(({ name }) => name === wanted)?.value);
  assert.equal(
    value('postgresql.index.size'),
    Number((await application.query(`SELECT pg_relation_size('t_pkey') AS n`)).rows[0].n),
  );
  assert.ok(value('postgresql.rows.dead') > 0.01);
  assert.ok(value('postgresql.updates.hot') >= 0 && value('postgresql.updates.hot') <= 1);
  await assert.rejects(async () => meter(connection, { extra: [{ exec: 'rm' }], budgetSeconds: 0.1 }, context));
});

test('an index by itself: what it takes is seen among larger ones, and 0 once it is gone', { skip }, async () => {
  await application.query(`CREATE SCHEMA "my.shop"; CREATE TABLE "my.shop".small (id int, n int);
    INSERT INTO "my.shop".small SELECT i, i FROM generate_series(1, 2000) i;
    CREATE INDEX "few" ON "my.shop".small (id); CREATE INDEX wide ON "my.shop".small (id, n);
    INSERT INTO t SELECT i, 0 FROM generate_series(5001, 100000) i;
    CREATE TABLE parted (id int) PARTITION BY RANGE (id); CREATE INDEX of_all ON parted (id);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000); INSERT INTO parted SELECT generate_series(1, 900)`);
  const { affects, meter: asked } = dropIndex('"my.shop".few', 'test');
  assert.deepEqual(affects, [{ indicator: 'postgresql.index.size', labels: { index: '"my.shop".few' } }]);
  const size = { measure: 'postgresql.index.size' };
  const extra = [...asked!, size, { ...size, index: 'public.of_all' }, { ...size, index: 'public.never' }];
  const sizes = async () => {
    const samples = await meter(connection, { extra, budgetSeconds: 0.02 }, context);
    return new Map(samples.map(({ labels, value }) => [labels.index ?? 'all', Number(value)]));
  };
  const bytesOf = async (name: string) =>
    Number((await application.query('SELECT pg_relation_size($1::regclass) AS n', [name])).rows[0].n);
  const before = await sizes();
  assert.ok(before.get('"my.shop".few')! > 8192);
  assert.equal(before.get('"my.shop".few'), await bytesOf('"my.shop".few'));
  assert.equal(before.get('public.of_all'), await bytesOf('parted_1_id_idx'));
  assert.equal(before.get('public.never'), 0);
  await application.query('DROP INDEX "my.shop".few');
  const gone = await sizes();
  assert.equal(gone.get('"my.shop".few'), 0);
  const [all, left] = [before.get('all')!, gone.get('all')!];
  assert.ok(left < all && left / all > 0.95, 'in the sum over all indexes it is within the tolerance');
  for (const index of ['few', 'a.b.c', '', null]) {
    await assert.rejects(async () => meter(connection, { extra: [{ ...size, index }], budgetSeconds: 0.02 }, context));
  }
});
