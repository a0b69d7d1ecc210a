import assert from 'node:assert/strict';
import { availableParallelism, totalmem } from 'node:os';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../../test/support/free-port.ts';
import { startPgbouncer, withoutPgbouncer } from '../../../test/support/pgbouncer.ts';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { Fact, Gap } from '../../model/observation.ts';
import { emptyContext, liveContext } from '../_proc/testing.ts';
import { deviceOf } from './collectors/disk.ts';
import { isTitleOf } from './collectors/find-backend.ts';
import { machine } from './collectors/machine.ts';
import { role } from './collectors/role.ts';
import { readRunning } from './collectors/running.ts';
import { serverCollectors } from './collectors/server.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { serverRules } from './rules/server.ts';
import { found, run } from './rules/structure-testing.ts';

test('a session is recognised by its title, and a folder by its mount', () => {
  const self = { pid: 7, port: 54_321, database: 'shop', user: 'app' };
  assert.ok(isTitleOf('postgres: 15/main: app shop 127.0.0.1(54321) SELECT', self));
  assert.ok(!isTitleOf('postgres: 15/main: app shop 127.0.0.1(54322) SELECT', self));
  assert.ok(!isTitleOf('postgres: app other 127.0.0.1(54321) idle', self));
  assert.ok(isTitleOf('postgres: app shop [local] idle', { ...self, port: null }));
  const mounts =
    '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 259:3 / /var/my\\040data rw - xfs /dev/nvme0n1p3 rw\n3 1 0:5 / /var/my rw - tmpfs x rw';
  assert.deepEqual(
    ['/var/my data/pg', '/var/my datax', '/var/my', '/srv'].map((folder) => deviceOf(mounts, folder)),
    ['259:3', '8:1', '0:5', '8:1'],
  );
});

suite('PostgreSQL server', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({
    // As on a server that holds data; the test's own are for speed.
    settings: {
      fsync: 'on',
      full_page_writes: 'on',
      autovacuum: 'on',
      autovacuum_naptime: '2147483s',
      shared_buffers: '64MB',
    },
  });

  async function collect(url: string, more: object = {}, window = 0.5): Promise<{ facts: Fact[]; gaps: Gap[] }> {
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...more }), '/');
    try {
      const facts: Fact[] = [];
      const gaps: Gap[] = [];
      for (const collector of serverCollectors) {
        const collected = await collector.collect(connection, liveContext(window));
        facts.push(...(collected.facts ?? []));
        gaps.push(...(collected.gaps ?? []));
      }
      return { facts, gaps };
    } finally {
      await connection.close();
    }
  }

  async function clients(url: string, count: number): Promise<pg.Client[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const client = new pg.Client({ connectionString: url, application_name: `worker ${index}` });
        client.on('error', () => {});
        await client.connect();
        return client;
      }),
    );
  }

  const end = (all: readonly pg.Client[]) => Promise.all(all.map((one) => one.end()));
  const rule = (name: string) => serverRules.find(({ id }) => id === `postgresql/${name}`)!;
  const subjects = (
    facts: readonly Fact[],
    thresholds: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
  ) =>
    serverRules.flatMap((one) => {
      const result = run(one, [...facts], thresholds[one.id.split('/')[1]!]);
      return 'found' in result ? result.found.map(({ subject }) => `${one.id.split('/')[1]} ${subject}`) : [];
    });

  test('a healthy server: nothing is found, nothing is missing, and it is found on this host', async () => {
    const { facts, gaps } = await collect(await postgresql.server.createDatabase());
    assert.deepEqual([subjects(facts), gaps], [[], []]);
    const { value } = facts.find(({ kind }) => kind === 'postgresql.machine')! as { value: Record<string, unknown> };
    assert.equal(value.here, true);
    assert.ok(Number(value.memory) > 2 ** 26 && Number(value.memory) <= totalmem());
    assert.ok(Number(value.cpus) > 0 && Number(value.cpus) <= Math.max(availableParallelism(), 1));
    assert.ok(!JSON.stringify(facts).includes(postgresql.server.password));
  });

  test('a superuser is told so, with what a role of its own needs; that one is silent', async () => {
    const url = await postgresql.server.createDatabase('roles');
    const seen = async (options: object) => {
      const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...options }), '/');
      const { facts } = await role.collect(connection, emptyContext()).finally(() => connection.close());
      return run(rule('superuser-role'), facts!);
    };
    const [alone] = found(await seen({}));
    assert.deepEqual([alone!.subject, alone!.severity], ['pitwall', 'info']);
    const as = (sql: string) => postgresql.server.query(sql, undefined, 'roles');
    for (const sql of alone!.advice!.code!.split('\n')) await as(sql.replace(/ {2}--.*/, ''));
    await as("ALTER ROLE pitwall_reader PASSWORD 'reader'");
    await as('CREATE ROLE writer');
    await as("CREATE FUNCTION f() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1'");
    await as('ALTER FUNCTION f() OWNER TO writer');
    assert.equal(found(await seen({}))[0]!.severity, 'warning');
    const at = new URL(url);
    const reader = {
      url: undefined,
      host: at.hostname,
      port: Number(at.port),
      database: 'roles',
      user: 'pitwall_reader',
      password: 'reader',
    };
    assert.ok('clear' in (await seen(reader)));
    await as('GRANT pg_read_server_files TO pitwall_reader');
    assert.match(
      found(await seen(reader))[0]!.summary,
      /as pitwall_reader, a member of pg_read_server_files, and 1 functions/,
    );
  });

  test('elsewhere, what it has is not known unless it is said', async () => {
    const url = await postgresql.server.createDatabase();
    const seen = async (more: object) => {
      const connection: PostgresqlConnection = await connectPostgresql(postgresqlOptions.parse({ url, ...more }), '/');
      const { facts, gaps } = await machine.collect(connection, emptyContext());
      await connection.close();
      return { value: facts![0]!.value as Record<string, unknown>, gaps };
    };
    const unknown = await seen({});
    assert.deepEqual([unknown.value.memory, unknown.value.cpus, unknown.value.here], [null, null, false]);
    assert.match(unknown.gaps![0]!.why, /option `machine`/);
    const told = await seen({ machine: { memory: '64GiB', cpus: 16, disk: 'nvme' }, workload: 'oltp' });
    assert.deepEqual(
      [told.value.memory, told.value.memoryFrom, told.value.cpus, told.value.disk, told.value.workload, told.gaps],
      [64 * 2 ** 30, 'option', 16, 'nvme', 'oltp', []],
    );
  });

  test('a lock tree to its root, and who is idle in a transaction; no value of a statement is told', async () => {
    const url = await postgresql.server.createDatabase();
    const all = await clients(url, 4);
    const [root, writer, alter, reader] = all as [pg.Client, pg.Client, pg.Client, pg.Client];
    try {
      await root.query("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a')");
      await root.query('BEGIN');
      await root.query("UPDATE t SET name = 'top secret' WHERE id = 1");
      const waiting = [writer.query("UPDATE t SET name = 'other secret' WHERE id = 1").catch(() => {})];
      await setTimeout(100);
      waiting.push(alter.query('ALTER TABLE t ADD COLUMN more int').catch(() => {}));
      await setTimeout(100);
      waiting.push(reader.query('SELECT * FROM t').catch(() => {}));
      await setTimeout(1200);
      const { facts } = await collect(url);
      const [tree] = facts.filter(({ kind }) => kind === 'postgresql.lock-tree');
      const {
        root: first,
        waiting: behind,
        total,
      } = tree!.value as {
        root: { application: string; state: string };
        waiting: { application: string; depth: number; wants: string; seconds: number }[];
        total: number;
      };
      assert.deepEqual([first.application, first.state, total], ['worker 0', 'idle in transaction', 3]);
      assert.deepEqual(behind.map(({ application }) => application).toSorted(), ['worker 1', 'worker 2', 'worker 3']);
      assert.equal(behind.find(({ application }) => application === 'worker 3')!.depth, 2);
      assert.ok(behind.every(({ seconds }) => seconds >= 1 && seconds < 30));
      assert.match(
        behind.find(({ application }) => application === 'worker 2')!.wants,
        /^AccessExclusiveLock on public\.t$/,
      );
      assert.ok(!JSON.stringify(facts).includes('secret'));
      const names = subjects(facts, { 'idle-in-transaction': { idle: 1 } }).map((name) => name.split(' ')[0]);
      assert.deepEqual(names.toSorted(), ['idle-in-transaction', 'lock-wait', 'settings-far-from-start']);
      const [lock] = found(run(rule('lock-wait'), facts));
      assert.match(lock!.summary, /^3 sessions wait for session \d+ \(worker 0, idle in transaction\)/);
      assert.match(lock!.advice!.code!, /pg_terminate_backend/);
      await root.query('ROLLBACK');
      await Promise.all(waiting);
    } finally {
      await end(all);
    }
  });

  test('what runs now: the oldest first, who waits behind whom, nothing of ours, and no values', async () => {
    const url = await postgresql.server.createDatabase('running');
    const [root, writer, sleeper, idle] = (await clients(url, 4)) as [pg.Client, pg.Client, pg.Client, pg.Client];
    const own = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    const other = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
    try {
      assert.deepEqual(await readRunning(own), { sessions: [], total: 0, hidden: 0 });
      await root.query("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a')");
      await root.query("BEGIN; UPDATE t SET name = 'top secret' WHERE id = 1");
      const ours = other.query(`${OURS} pg_sleep(2)`).catch(() => {});
      const waiting = writer.query("UPDATE t SET name = 'other secret' WHERE id = 1").catch(() => {});
      await setTimeout(100);
      const sleeping = sleeper.query("SELECT 'secret', pg_sleep(2)").catch(() => {});
      await setTimeout(100);
      // Idle in a transaction for a moment, and nobody waits: as between any two statements.
      await idle.query('BEGIN');
      await setTimeout(50);
      const { sessions, total, hidden } = await readRunning(own);
      const [first, second, third] = sessions;
      assert.deepEqual([sessions.length, total, hidden], [3, 3, 0]);
      assert.deepEqual(
        sessions.map(({ application, state, blockedBy, blocks, statement }) => ({
          ...{ application, state, blockedBy, blocks, statement },
        })),
        [
          {
            application: 'worker 0',
            state: 'idle in transaction',
            blockedBy: [],
            blocks: 1,
            statement: 'BEGIN; UPDATE t SET name = $1 WHERE id = $2',
          },
          {
            application: 'worker 1',
            state: 'active',
            blockedBy: [first!.id],
            blocks: 0,
            statement: 'UPDATE t SET name = $1 WHERE id = $2',
          },
          {
            application: 'worker 2',
            state: 'active',
            blockedBy: [],
            blocks: 0,
            statement: 'SELECT $1, pg_sleep($2)',
          },
        ],
      );
      assert.equal(second!.wait, 'Lock: transactionid');
      assert.ok(first!.seconds >= second!.seconds && second!.seconds > third!.seconds && third!.seconds > 0);
      await setTimeout(1000);
      assert.deepEqual(
        (await readRunning(own)).sessions.map(({ application }) => application),
        ['worker 0', 'worker 1', 'worker 2', 'worker 3'],
      );
      await root.query('ROLLBACK');
      await Promise.all([waiting, sleeping, ours]);
      await postgresql.server.query("CREATE ROLE blind LOGIN PASSWORD 'blind'");
      const at = { host: '127.0.0.1', port: postgresql.server.port, database: 'running' };
      const blind = postgresqlOptions.parse({ ...at, user: 'blind', password: 'blind' });
      const blindly = await connectPostgresql(blind, '/');
      const seen = await readRunning(blindly).finally(() => blindly.close());
      assert.deepEqual([seen.total, seen.sessions], [0, []]);
      assert.ok(seen.hidden >= 4, `${seen.hidden}`);
    } finally {
      await Promise.all([own.close(), other.close(), end([root, writer, sleeper, idle])]);
    }
  });

  test('a long statement, and connections near the limit', async () => {
    const url = await postgresql.server.createDatabase();
    const all = await clients(url, 47);
    try {
      const sleeping = all[0]!.query('SELECT pg_sleep(3)').catch(() => {});
      await setTimeout(1200);
      const { facts } = await collect(url);
      const names = subjects(facts, { 'long-transaction': { query: 1 } });
      assert.deepEqual(
        names.map((name) => name.split(' ')[0]),
        ['long-transaction', 'connections-near-limit'],
      );
      assert.match(
        found(run(rule('connections-near-limit'), facts))[0]!.summary,
        /^47 of 57 connections are taken \(82 %\), 46 of them/,
      );
      await sleeping;
    } finally {
      await end(all);
    }
  });

  test('who waits for a connection of PgBouncer', { skip: withoutPgbouncer() }, async (t) => {
    await postgresql.server.createDatabase('pooled');
    const { url, admin } = await startPgbouncer(t, postgresql.server, {
      database: 'pooled',
      mode: 'transaction',
      size: 2,
    });
    const port = new URL(url).port;
    const all = await clients(url, 8);
    try {
      let stop = false;
      const busy = all.map(async (one) => {
        while (!stop) await one.query('SELECT pg_sleep(0.05)');
      });
      const direct = postgresql.server.url('pooled');
      const { facts, gaps } = await collect(direct, { pgbouncer: { url: admin } }, 2);
      stop = true;
      await Promise.all(busy);
      assert.deepEqual(gaps, []);
      const { key, value } = facts.find(({ kind }) => kind === 'postgresql.pool')! as {
        key: string;
        value: Record<string, number>;
      };
      assert.deepEqual([key, value.mode, value.size], ['pooled/pitwall', 'transaction', 2]);
      assert.ok(value.waiting! > 4 && value.waiting! <= 6 && value.peakActive! === 2, JSON.stringify(value));
      const [finding] = found(run(rule('pool-waits'), facts));
      assert.match(finding!.advice!.text, /^Begin with (1\d) connections/);
      const away = await collect(direct, { pgbouncer: { url: admin.replace(`:${port}`, `:${await freePort()}`) } });
      assert.match(away.gaps.find(({ what }) => what === 'postgresql.pool')!.why, /PgBouncer/);
    } finally {
      await end(all);
    }
  });

  test('settings: values in base units, who set them, and what waits for a restart', async () => {
    const url = await postgresql.server.createDatabase();
    await postgresql.server.query("ALTER SYSTEM SET max_worker_processes = '9'");
    await postgresql.server.query("ALTER SYSTEM SET default_statistics_target = '20'");
    await postgresql.server.query('SELECT pg_reload_conf()');
    await postgresql.server.query("ALTER ROLE pitwall IN DATABASE postgres SET work_mem = '9MB'");
    try {
      await setTimeout(200);
      const { facts } = await collect(url);
      const values = new Map(
        facts
          .filter(({ kind }) => kind === 'postgresql.setting')
          .map(({ key, value }) => [key, value as Record<string, unknown>]),
      );
      const shared = values.get('shared_buffers')!;
      assert.deepEqual(
        [shared.value, shared.text, shared.unit, shared.context],
        [64 * 2 ** 20, '64MB', 'By', 'postmaster'],
      );
      assert.deepEqual(
        [values.get('checkpoint_timeout')!.value, values.get('jit')!.value, values.get('autovacuum_work_mem')!.value],
        [300, 'on', -1],
      );
      assert.deepEqual(values.get('work_mem')!.overrides, ['role pitwall in postgres: 9MB']);
      assert.match(String(values.get('default_statistics_target')!.from), /postgresql\.auto\.conf:\d+$/);
      assert.ok(![...values.keys()].some((name) => /conninfo|_command$|_file$/.test(name)));
      const names = subjects(facts).toSorted();
      assert.deepEqual(names, [
        'pending-restart max_worker_processes',
        'settings-far-from-start default_statistics_target',
      ]);
    } finally {
      await postgresql.server.query('ALTER SYSTEM RESET ALL');
      await postgresql.server.query('SELECT pg_reload_conf()');
      await postgresql.server.query('ALTER ROLE pitwall IN DATABASE postgres RESET ALL');
    }
  });
});
