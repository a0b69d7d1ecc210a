import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import pg from 'pg';
import { freePort } from '../../../test/support/free-port.ts';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { PitwallError } from '../../errors.ts';
import type { Counter } from '../../model/ledger.ts';
import { liveContext, valueIn } from '../_proc/testing.ts';
import { status } from './collectors/status.ts';
import { connectPostgresql, OURS, type PostgresqlConnection } from './connection.ts';
import integration from './index.ts';
import { postgresqlLedger } from './ledger.ts';
import { postgresqlOptions } from './options.ts';

suite('PostgreSQL', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const postgresql = sharedPostgresql({
    settings: { shared_preload_libraries: 'pg_stat_statements', track_io_timing: 'on' },
  });

  const options = (written: object) => postgresqlOptions.parse(written);

  async function using(written: object, work: (connection: PostgresqlConnection) => Promise<void>): Promise<void> {
    const connection = await connectPostgresql(options(written), '/');
    try {
      await work(connection);
    } finally {
      await connection.close();
    }
  }

  async function failure(written: object): Promise<PitwallError> {
    const error: unknown = await connectPostgresql(options({ connectTimeout: '1s', ...written }), '/').then(
      () => null,
      (reason) => reason,
    );
    assert.ok(error instanceof PitwallError, String(error));
    return error;
  }

  const value = (counters: readonly Counter[], name: string): number => {
    const found = counters.find((counter) => counter.name === `postgresql.${name}`);
    assert.ok(found, `no ${name} among ${counters.map((counter) => counter.name)}`);
    return found.value;
  };

  test('our session reads only, gives up by itself, and is marked', async () => {
    const url = await postgresql.server.createDatabase();
    await using({ url, statementTimeout: '200ms' }, async (connection) => {
      const [row] = await connection.query<{ name: string }>(
        `${OURS} application_name AS name FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
      );
      assert.equal(row!.name, 'pitwall');
      await assert.rejects(connection.query('CREATE TABLE t (a int)'), /POSTGRESQL_FAILED|read-only transaction/);
      await assert.rejects(connection.query(`${OURS} pg_sleep(30)`), { code: 'POSTGRESQL_SLOW' });
      assert.equal((await connection.query(`${OURS} 1`)).length, 1);
    });
  });

  test('a connection that was lost is made again', async () => {
    const url = await postgresql.server.createDatabase();
    await using({ url }, async (connection) => {
      await postgresql.server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pitwall'",
      );
      const again = async () => (await connection.query<{ ok: number }>(`${OURS} 1 AS ok`))[0]!.ok;
      // The end of the old ones may be heard in the middle of the first questions.
      assert.equal(await again().catch(again).catch(again).catch(again), 1);
    });
  });

  test('what is wrong is one sentence without the password', async () => {
    const { port, user } = postgresql.server;
    const secret = 'wrong-hunter2';
    const refused = await failure({ host: '127.0.0.1', port, user, password: secret, database: 'postgres' });
    assert.equal(refused.code, 'POSTGRESQL_REFUSED');
    assert.match(refused.message, /postgres on 127\.0\.0\.1:\d+ does not let us in: password authentication failed/);
    const missing = await failure({ url: postgresql.server.url('no_such_database') });
    assert.equal(missing.code, 'POSTGRESQL_NO_DATABASE');
    assert.match(missing.message, /^There is no such database: database "no_such_database" does not exist/);
    assert.doesNotMatch(missing.hint, /pg_hba|pg_monitor/);
    const away = await failure({ url: `postgres://u:${secret}@127.0.0.1:${await freePort()}/x` });
    assert.equal(away.code, 'POSTGRESQL_UNREACHABLE');
    const noTls = await failure({ url: `${postgresql.server.url()}?sslmode=require` });
    assert.equal(noTls.code, 'POSTGRESQL_UNREACHABLE');
    assert.match(noTls.message, /does not support SSL/);
    for (const { message, hint } of [refused, missing, away, noTls]) {
      assert.ok(![secret, postgresql.server.password].some((text) => `${message}${hint}`.includes(text)), message);
    }
  });

  test('a server that accepts and never answers is given up on', async (t) => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    assert.equal(
      (await failure({ host: '127.0.0.1', port, user: 'u', connectTimeout: '300ms' })).code,
      'POSTGRESQL_UNREACHABLE',
    );
  });

  test('version, uptime, connections by state, size', async () => {
    const url = await postgresql.server.createDatabase();
    const other = new pg.Client(url);
    await other.connect();
    await other.query('BEGIN');
    try {
      await using({ url }, async (connection) => {
        const collected = await status.collect(connection, liveContext());
        const fact = collected.facts![0]!.value as Record<string, unknown>;
        assert.deepEqual([fact.version, fact.standby, fact.maxConnections], [postgresql.server.version, false, 60]);
        assert.ok(valueIn(collected, 'postgresql.uptime') > 0);
        assert.ok(valueIn(collected, 'postgresql.database.size') > 1e6);
        assert.equal(valueIn(collected, 'postgresql.connections', { state: 'idle in transaction' }), 1);
        assert.equal(valueIn(collected, 'postgresql.connections', { state: 'active' }), 0);
        assert.ok(valueIn(collected, 'postgresql.connections.utilization') >= 1 / 60);
        assert.match(collected.gaps!.map(({ why }) => why).join(), /pg_stat_statements is not there/);
      });
    } finally {
      await other.end();
    }
  });

  test('a role without rights: what it may not see is a gap, and no zero', async () => {
    const url = await postgresql.server.createDatabase('guarded');
    await postgresql.server.query("CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const other = new pg.Client(url);
    await other.connect();
    try {
      const asGuest = {
        host: '127.0.0.1',
        port: postgresql.server.port,
        user: 'guest',
        password: 'guest',
        database: 'guarded',
      };
      await using(asGuest, async (connection) => {
        const collected = await status.collect(connection, liveContext());
        assert.ok(!collected.samples!.some(({ name }) => name === 'postgresql.connections'));
        assert.match(collected.gaps!.find(({ what }) => what === 'postgresql.connections')!.why, /GRANT pg_monitor/);
        const counters = await postgresqlLedger(connection);
        assert.ok(value(counters, 'wal') > 0);
      });
    } finally {
      await other.end();
    }
  });

  test('statements of others are counted the moment they end; ours never are', async () => {
    const url = await postgresql.server.createDatabase();
    const application = new pg.Client(url);
    await application.connect();
    await application.query('CREATE EXTENSION pg_stat_statements');
    try {
      await using({ url }, async (connection) => {
        const before = await postgresqlLedger(connection);
        for (let i = 0; i < 10; i++) await postgresqlLedger(connection);
        const idle = await postgresqlLedger(connection);
        assert.equal(value(idle, 'statements'), value(before, 'statements'), 'our own are taken off');
        for (let i = 0; i < 25; i++) await application.query('SELECT $1::int', [i]);
        await application.query('SELECT pg_sleep(0.2)');
        const worked = await postgresqlLedger(connection);
        assert.equal(value(worked, 'statements') - value(idle, 'statements'), 26);
        const seconds = value(worked, 'statement.time') - value(idle, 'statement.time');
        // A busy machine wakes a sleeper late.
        assert.ok(seconds >= 0.2 && seconds < 2, `${seconds}`);
        await application.query('SELECT pg_stat_statements_reset()');
      });
    } finally {
      await application.end();
    }
  });

  test('what sessions hand in at their end: transactions, rows, time; and the log', async () => {
    const url = await postgresql.server.createDatabase('rows');
    await postgresql.server.query('CREATE TABLE t (a int)', [], 'rows');
    await using({ url }, async (connection) => {
      const before = await postgresqlLedger(connection);
      assert.ok(!before.some(({ name }) => name === 'postgresql.statements'), 'not installed here');
      const application = new pg.Client(url);
      await application.connect();
      await application.query('INSERT INTO t SELECT generate_series(1, 5000)');
      await application.query('BEGIN; UPDATE t SET a = a + 1 WHERE a <= 100; DELETE FROM t WHERE a > 4000; COMMIT');
      await application.query('SELECT pg_sleep(0.1)');
      for (let i = 0; i < 100; i++) await application.query('SELECT 1');
      await application.end();
      let after = await postgresqlLedger(connection);
      const grown = (name: string) => value(after, name) - value(before, name);
      const next = async (seconds: number) => {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        after = await postgresqlLedger(connection);
      };
      for (const until = Date.now() + 5000; grown('rows.inserted') < 5000 && Date.now() < until; ) await next(0.05);
      // One more than were asked for: a session begins with one.
      assert.equal(grown('transactions'), 104);
      assert.deepEqual([grown('rows.inserted'), grown('rows.updated'), grown('rows.deleted')], [5000, 100, 1000]);
      assert.ok(grown('time.active') >= 0.1 && grown('time.active') < 2, `${grown('time.active')}`);
      assert.ok(grown('wal') > 5000 * 30, `${grown('wal')}`);
      assert.ok(grown('own.time') > 0 && grown('own.time') < 1);
      assert.ok(after.every(({ lag, name }) => (lag === 1) === !/statement|wal|own/.test(name)));
      // Further readings do not count themselves.
      for (let i = 0; i < 5; i++) await next(0);
      await next(1.1);
      assert.equal(grown('transactions'), 104);
    });
  });

  test('TLS: the certificate is checked, unless that is not wanted', async () => {
    const { directory } = postgresql.server;
    const { uid, gid } = statSync(directory);
    const key = join(directory, 'tls.key');
    const config = `[req]\ndistinguished_name=dn\n[dn]\n[san]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:TRUE\n`;
    writeFileSync(join(directory, 'tls.cnf'), config);
    const argv = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=db',
    ];
    const files = [
      '-keyout',
      key,
      '-out',
      join(directory, 'tls.pem'),
      '-config',
      join(directory, 'tls.cnf'),
      '-extensions',
      'san',
    ];
    execFileSync('openssl', [...argv, ...files], { stdio: 'ignore' });
    chownSync(key, uid, gid);
    chmodSync(key, 0o600);
    await postgresql.server.query(`ALTER SYSTEM SET ssl_cert_file = '${directory}/tls.pem'`);
    await postgresql.server.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
    await postgresql.server.query('ALTER SYSTEM SET ssl = on');
    await postgresql.server.query('SELECT pg_reload_conf()');
    const secured = async (written: object): Promise<boolean> => {
      let result = false;
      await using({ url: postgresql.server.url(), ...written }, async (connection) => {
        const [row] = await connection.query<{ ssl: boolean }>(
          `${OURS} ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
        );
        result = row!.ssl;
      });
      return result;
    };
    // A reload takes a moment.
    for (
      let tries = 0;
      tries < 100 && !(await secured({ tls: { rejectUnauthorized: false } }).catch(() => false));
      tries++
    ) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await secured({ tls: { ca: join(directory, 'tls.pem') } }), true);
    await assert.rejects(secured({ tls: { ca: 'no-such.pem' } }), { code: 'CONFIG_UNREADABLE' });
    assert.equal(await secured({ tls: { rejectUnauthorized: false } }), true);
    assert.equal(await secured({}), false);
    const refused = await failure({ url: postgresql.server.url(), tls: true });
    assert.equal(refused.code, 'POSTGRESQL_UNREACHABLE');
    assert.match(refused.message, /self-signed certificate/);
  });

  test('the integration as the engine uses it', async () => {
    const url = await postgresql.server.createDatabase();
    const { environment, signal } = liveContext();
    const connection = await integration.connect(options({ url }), { environment, signal, directory: '/' });
    const counters = await integration.counters!(connection, environment, signal);
    assert.ok(counters.length > 10);
    await integration.close(connection);
    await integration.close(connection);
  });
});
