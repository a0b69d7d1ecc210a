import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sharedPostgresql } from '../../../../test/support/postgresql.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { connectTo, plain, withCode, write } from './fixtures/write.ts';
import { postgresqlIndex } from './index.ts';
import { workingNames } from './index-target.ts';
import { invalidIndex } from './invalid-index.ts';
import { reindex } from './reindex.ts';

const shared = sharedPostgresql();
const { skip } = shared;
const device = {
  subject: 'public.t_device',
  to: { table: { schema: 'public', name: 't' }, keys: [{ column: 'device' }] },
};

let url: string;
let connection: PostgresqlConnection;
let other: pg.Client;

beforeEach(async () => {
  if (skip) return;
  url = await shared.server.createDatabase();
  other = new pg.Client(url);
  await other.connect();
  await other.query(`CREATE TABLE t (id int PRIMARY KEY, device int, name text, secret text);
    INSERT INTO t SELECT i, i % 100, 'n' || i, 's' FROM generate_series(1, 20000) i`);
  connection = await connectTo(url);
});
afterEach(async () => {
  if (skip) return;
  await connection.close();
  await other.end();
});

async function indexes(): Promise<string[]> {
  const { rows } = await other.query(
    `SELECT relname || CASE WHEN indisvalid THEN '' ELSE ' invalid' END AS name FROM pg_index JOIN pg_class c ON c.oid = indexrelid
      WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('a session in a transaction of its own is named, and nothing is left', { skip }, async () => {
  await other.query(`SET application_name = 'the reporter'; BEGIN; UPDATE t SET name = 'x' WHERE id = 1`);
  await sleep(600);
  await assert.rejects(
    write(postgresqlIndex, connection, device),
    withCode(
      'TARGET_LOCKED',
      /stayed so for 0\.3 s; session \d+ \(the reporter, idle in transaction\) in a transaction for 1 s/,
    ),
  );
  await other.query('ROLLBACK');
  assert.deepEqual(await indexes(), ['t_pkey']);
  await write(postgresqlIndex, connection, device);
  assert.deepEqual(await indexes(), ['t_device', 't_pkey']);
});

test('Ctrl-C while it is built leaves nothing', { skip }, async () => {
  const stop = new AbortController();
  const { building } = workingNames(device.subject);
  const watch = await connectTo(url);
  await shared.server.query(
    `CREATE FUNCTION public.slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN $1; END $$`,
    [],
    new URL(url).pathname.slice(1),
  );
  const change = { subject: device.subject, to: { table: device.to.table, keys: [{ expression: 'slowly(name)' }] } };
  const reason = new Error('interrupted');
  const running = write(postgresqlIndex, connection, change, stop.signal);
  const seen = (async () => {
    for (let i = 0; i < 200; i++) {
      const rows = await watch.query(`SELECT /* pitwall */ 1 FROM pg_class WHERE relname = $1`, [building]);
      if (rows.length > 0) return true;
      await sleep(20);
    }
    return false;
  })();
  void seen.then(async () => {
    await sleep(100);
    stop.abort(reason);
  });
  const startedAt = performance.now();
  await assert.rejects(running, reason);
  assert.equal(await seen, true, 'the index was being built');
  assert.ok(performance.now() - startedAt < 8000, 'ended, not waited for: it would take 20 s');
  assert.deepEqual(await indexes(), ['t_pkey']);
  await watch.close();
});

test('of two at once one is told that the other is there', { skip }, async () => {
  const second = await connectTo(url);
  await other.query('SELECT pg_advisory_lock(1885959287, 1)');
  await assert.rejects(
    write(postgresqlIndex, connection, device),
    withCode('TARGET_LOCKED', /another Pitwall is changing it/),
  );
  await other.query('SELECT pg_advisory_unlock_all()');
  const both = await Promise.allSettled([
    write(postgresqlIndex, connection, device),
    write(postgresqlIndex, second, device),
  ]);
  const failed = both.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.ok(failed.length === 1, JSON.stringify(both));
  assert.ok(['DRIFT', 'TARGET_LOCKED', 'CHANGE_REFUSED'].includes(failed[0]!.reason.code), String(failed[0]!.reason));
  assert.deepEqual(await indexes(), ['t_device', 't_pkey']);
  await second.close();
});

test('what somebody else did meanwhile is drift', { skip }, async () => {
  await other.query('CREATE INDEX named ON t (name); CREATE INDEX other ON t (device)');
  const dropping = { subject: 'public.named', to: null };
  const from = plain(await postgresqlIndex.read(connection, dropping));
  await other.query(`COMMENT ON INDEX named IS 'mine'`);
  const context = { signal: new AbortController().signal, keepDirectory: '/', exclusive: false };
  await assert.rejects(postgresqlIndex.write(connection, { ...dropping, from }, context), withCode('DRIFT'));
  await other.query('CREATE INDEX t_device ON t (name)');
  await assert.rejects(
    postgresqlIndex.write(connection, { ...device, from: null }, context),
    withCode('DRIFT', /somebody else made one/),
  );
  assert.deepEqual(await indexes(), ['named', 'other', 't_device', 't_pkey']);
  const state = await postgresqlIndex.read(connection, device);
  assert.equal(postgresqlIndex.achieved(state, device), false, 'one of that name on another column is not it');
});

test('what must not be dropped is refused with its reason', { skip }, async () => {
  await other.query(`CREATE UNIQUE INDEX single ON t (name); ALTER TABLE t REPLICA IDENTITY FULL;
    CREATE TABLE p (id int) PARTITION BY HASH (id); CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE INDEX p_id ON p (id);
    ALTER TABLE t ADD CONSTRAINT no_overlap EXCLUDE USING btree (secret WITH =) WHERE (id < 0); CREATE INDEX clustering ON t (device); ALTER TABLE t CLUSTER ON clustering`);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['t_pkey', /primary key/],
    ['single', /unique/],
    ['p_id', /partitioned table/],
    ['p0_id_idx', /part of the index of a partitioned/],
    ['no_overlap', /exclusion constraint/],
    ['clustering', /clustered/],
  ];
  for (const [name, reason] of cases) {
    await assert.rejects(
      write(postgresqlIndex, connection, { subject: `public.${name}`, to: null }),
      withCode('CHANGE_REFUSED', reason),
    );
  }
  await assert.rejects(
    write(reindex, connection, { subject: 'public.p_id', to: { reindex: true } }),
    withCode('CHANGE_REFUSED', /partitions anew/),
  );
  await assert.rejects(
    write(invalidIndex, connection, { subject: 'public.single', to: { drop: true } }),
    withCode('CHANGE_REFUSED', /it is valid/),
  );
});

test('texts of a plan file are one expression, or nothing', { skip }, async () => {
  const hostile = [
    'lower(name)) ; DROP TABLE t; --',
    'lower(name)) INCLUDE (secret',
    'name), (secret',
    'name, secret',
    'name /* x */',
    "name || '",
    'name || $$x$$',
    "E'\\'' || name",
    '',
  ];
  for (const expression of hostile) {
    const to = { ...device.to, keys: [{ expression }] };
    assert.equal(postgresqlIndex.to.safeParse(to).success, false, expression);
    assert.equal(postgresqlIndex.to.safeParse({ ...device.to, where: expression }).success, false, expression);
  }
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ keys: [{ expression: '(SELECT 1)' }] }, /subquery/],
    [{ keys: [{ expression: 'random()' }] }, /IMMUTABLE/],
    [{ keys: [{ column: 'nothing' }] }, /column "nothing" does not exist/],
    [{ keys: [{ column: 'name', opclass: 'int4_ops' }] }, /int4_ops/],
    [{ table: { schema: 'pg_catalog', name: 'pg_class' } }, /an index is in the schema of its table/],
    [{ table: { schema: 'public', name: 'v' } }, /v is a view/],
    [{ keys: [{ column: 'device' }], where: "name ~ '(' AND (id)" }, /AND must be type boolean/],
  ];
  await other.query('CREATE VIEW v AS SELECT * FROM t');
  for (const [part, reason] of refused) {
    const to = { ...device.to, ...part };
    assert.ok(postgresqlIndex.to.safeParse(to).success);
    await assert.rejects(write(postgresqlIndex, connection, { ...device, to }), withCode('CHANGE_REFUSED', reason));
  }
  assert.deepEqual(await indexes(), ['t_pkey']);
  assert.equal((await other.query(`SELECT FROM pg_class WHERE relname LIKE 'pitwall%'`)).rowCount, 0);
});

test('only who owns the table may, and not on a standby or through a pooler', { skip }, async () => {
  await other.query(`CREATE ROLE guest LOGIN PASSWORD 'x'`);
  const asGuest = new URL(url);
  Object.assign(asGuest, { username: 'guest', password: 'x' });
  const guest = await connectTo(asGuest.href);
  await assert.rejects(
    write(postgresqlIndex, guest, device),
    withCode('CHANGE_REFUSED', /only the owner of public\.t can do this/),
  );
  await guest.close();
  const pooled: PostgresqlConnection = {
    ...connection,
    openWriter: async () => ({ ...(await connection.openWriter()), pooled: true }),
  };
  await assert.rejects(write(postgresqlIndex, pooled, device), withCode('CHANGE_REFUSED', /connection pooler/));
  await other.query('DROP ROLE guest');
});

test('after a kill: what is half built or half dropped is removed, or comes back as the same index', {
  skip,
}, async () => {
  const { building } = workingNames(device.subject);
  await other.query(
    `CREATE INDEX ${building} ON t (device); UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${building}'::regclass`,
  );
  const context = { signal: new AbortController().signal, keepDirectory: '/', exclusive: false };
  await postgresqlIndex.release?.(connection, { state: null, captured: { subject: device.subject } }, context);
  assert.deepEqual(await indexes(), ['t_pkey']);

  const named = { subject: 'public.named', to: null };
  await other.query(`CREATE INDEX named ON t (name); COMMENT ON INDEX named IS 'mine'`);
  const state = plain(await postgresqlIndex.read(connection, named));
  const {
    rows: [before],
  } = await other.query(`SELECT 'named'::regclass::oid AS oid`);
  await other.query(`ALTER INDEX named RENAME TO ${workingNames(named.subject).dropping}`);
  const original = { state, captured: { subject: named.subject } };
  await postgresqlIndex.undo(connection, named, original, context);
  assert.deepEqual(plain(await postgresqlIndex.read(connection, named)), state);
  const {
    rows: [after],
  } = await other.query(`SELECT 'named'::regclass::oid AS oid`);
  assert.equal(after.oid, before.oid, 'nothing was built for it');

  await other.query(
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'named'::regclass; ALTER INDEX named RENAME TO ${workingNames(named.subject).dropping}`,
  );
  await postgresqlIndex.undo(connection, named, original, context);
  assert.deepEqual(plain(await postgresqlIndex.read(connection, named)), state);
  assert.deepEqual(await indexes(), ['named', 't_pkey']);
});

test('REINDEX rebuilds, and removes what an earlier one left', { skip }, async () => {
  await other.query(`CREATE INDEX wide ON t (name) WITH (fillfactor = 10); ALTER INDEX wide SET (fillfactor = 90);
    CREATE INDEX wide_ccnew ON t (name); CREATE INDEX narrow_ccnew ON t (name);
    UPDATE pg_index SET indisvalid = false WHERE indexrelid IN ('wide_ccnew'::regclass, 'narrow_ccnew'::regclass)`);
  const size = async () => Number((await other.query(`SELECT pg_relation_size('wide') AS size`)).rows[0].size);
  const before = await size();
  const { original, context } = await write(reindex, connection, { subject: 'public.wide', to: { reindex: true } });
  assert.ok((await size()) < before / 4);
  assert.deepEqual(await indexes(), ['narrow_ccnew invalid', 't_pkey', 'wide'], 'another one is not ours to remove');
  await reindex.release?.(connection, original, context);
});
