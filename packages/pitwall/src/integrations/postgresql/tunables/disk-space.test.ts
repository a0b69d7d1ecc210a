import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { sharedPostgresql, withoutPostgresql } from '../../../../test/support/postgresql.ts';
import type { PostgresqlConnection } from '../connection.ts';
import { requireFreeSpace, spaceNotChecked, spaceOf } from './disk-space.ts';
import { connectTo, withCode } from './fixtures/write.ts';
import { postgresqlIndex } from './index.ts';
import { reindex } from './reindex.ts';

const PID = 77;
const folder = mkdtempSync(join(tmpdir(), 'pitwall-space-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A server that answers where its files are. */
const told = (row: object = {}) =>
  ({
    query: async () => [
      {
        pid: PID,
        port: 5555,
        database: 'shop',
        user: 'me',
        address: '127.0.0.1',
        directory: '/',
        tablespace: 'pg_default',
        location: '',
        ...row,
      },
    ],
  }) as unknown as PostgresqlConnection;

/** `/proc` with the process of our session. @param inner how the server counts it, where that is another number */
function procWith(name: string, { inner = PID, working = true }: { inner?: number; working?: boolean } = {}): string {
  const own = join(folder, name, String(PID));
  for (const path of ['root/data', ...(working ? ['cwd'] : [])]) mkdirSync(join(own, path), { recursive: true });
  mkdirSync(join(folder, name, 'self'));
  writeFileSync(join(own, 'stat'), `${PID} (postgres) S 1 ${'0 '.repeat(50)}`);
  writeFileSync(join(own, 'status'), `NSpid:\t${PID}${inner === PID ? '' : `\t${inner}`}\n`);
  writeFileSync(join(own, 'cmdline'), 'postgres: 15/main: me shop 127.0.0.1(5555) SELECT\0');
  return join(folder, name);
}

test('where the disk cannot be looked at, the reason is told, and nothing is refused', async () => {
  const nowhere = told({ pid: 2 ** 22 + 1 });
  await requireFreeSpace(nowhere, 'index x', 2 ** 60, 'database');
  assert.deepEqual(await spaceNotChecked(nowhere, 3 * 2 ** 20, 'new index'), [
    'whether the disk has the 3 MiB that it may need: the server was not found among the processes of this host',
  ]);
  const why = async (row: object, proc: string) => {
    const space = await spaceOf(told(row), 'new index', proc);
    assert.ok('unknown' in space, JSON.stringify(space));
    return space.unknown;
  };
  assert.match(await why({ directory: null }, procWith('hidden', { working: false })), /may not read `data_directory`/);
  assert.match(await why({ directory: '/absent/\u001b[31m' }, procWith('absent')), /^\/absent\/.* cannot be .*ENOENT/);
  assert.doesNotMatch(await why({ location: '/absent/\u001b[31m' }, procWith('hostile')), /\u001b/);
  // Without /proc there is the address alone.
  assert.match(await why({ address: '192.0.2.7' }, join(folder, 'none')), /not on this host/);
  const failing = { query: () => Promise.reject(new Error('no')) } as unknown as PostgresqlConnection;
  assert.match((await spaceNotChecked(failing, 1, 'database'))[0]!, /does not say where its files are \(no\)/);
});

test('a server in a container is seen through its process, and never taken for what lies here under the same name', async () => {
  const proc = procWith('container', { inner: 9 });
  assert.ok('free' in (await spaceOf(told({ pid: 9, directory: '/data' }), 'database', proc)));
  assert.match(
    JSON.stringify(await spaceOf(told({ pid: 9, directory: tmpdir() }), 'database', proc)),
    /cannot be seen/,
  );
  // A process of the same number that is another session's is not the server.
  assert.match(JSON.stringify(await spaceOf(told({ pid: 9, port: 5556 }), 'database', proc)), /was not found/);
  const untold = await spaceOf(told({ pid: 9, directory: null }), 'database', proc);
  assert.ok('free' in untold, 'the folder that the server works in');
  assert.ok('free' in (await spaceOf(told(), 'database', join(folder, 'none'))), 'without /proc, by its address');
});

suite('Free space for an index', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  /** Of another disk, where there is one. */
  const other = mkdtempSync(
    join(statSync('/dev/shm', { throwIfNoEntry: false }) ? '/dev/shm' : tmpdir(), 'pitwall-fast-'),
  );
  const isOther = statfsSync(other).blocks !== statfsSync(tmpdir()).blocks;
  after(() => rmSync(other, { recursive: true, force: true }));
  const postgresql = sharedPostgresql({}, async (server) => {
    const { uid, gid } = statSync(server.directory);
    execFileSync('chown', [`${uid}:${gid}`, other]);
    await server.query(`CREATE TABLESPACE "fast;disk" LOCATION '${other}'`);
    await server.createDatabase('shop');
    await server.query('CREATE TABLE t (id int)', [], 'shop');
    await server.query('CREATE INDEX moved ON t (id) TABLESPACE "fast;disk"', [], 'shop');
    await server.query('CREATE INDEX plain ON t (id)', [], 'shop');
  });

  async function using<T>(work: (connection: PostgresqlConnection) => Promise<T>): Promise<T> {
    const connection = await connectTo(postgresql.server.url('shop'));
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }
  const target = { table: { schema: 'public', name: 't' }, keys: [{ column: 'id' }] };

  test('is asked of the disk that it will be on: of the database, or of the tablespace that is its own or the default', async () => {
    const oid = async (name: string) =>
      (await postgresql.server.query<{ oid: number }>(`SELECT '${name}'::regclass::oid AS oid`, [], 'shop'))[0]!.oid;
    await using(async (connection) => {
      await requireFreeSpace(connection, 'index x', 1, 'new index');
      const refused = (place: Parameters<typeof requireFreeSpace>[3]) =>
        requireFreeSpace(connection, 'index x', 2 ** 60, place).then(
          () => '',
          (error: Error) => error.message,
        );
      const moved = { index: await oid('moved') };
      assert.match(await refused('new index'), /may need \d+ MiB, and the disk of the database has \d+ MiB free/);
      assert.match(await refused({ index: await oid('plain') }), /disk of the database/);
      assert.match(await refused(moved), /the disk of the tablespace fast;disk has \d+ MiB free/);
      const [here, there] = await Promise.all([spaceOf(connection, 'database'), spaceOf(connection, moved)]);
      if (isOther) assert.notEqual((here as { free: number }).free, (there as { free: number }).free);
    });
    await postgresql.server.query('ALTER DATABASE shop SET default_tablespace = "fast;disk"');
    try {
      await using(async (connection) => {
        await assert.rejects(
          requireFreeSpace(connection, 'index x', 2 ** 60, 'new index'),
          withCode('CHANGE_REFUSED', /disk of the tablespace fast;disk/),
        );
      });
    } finally {
      await postgresql.server.query('ALTER DATABASE shop RESET default_tablespace');
    }
  });

  test('changes say what they could not check: nothing here, and all where the server is elsewhere', async () => {
    await using(async (connection) => {
      const create = { subject: 'public.x', to: target };
      const again = { subject: 'public.plain', to: { reindex: true } };
      assert.deepEqual(await postgresqlIndex.notChecked!(connection, create), []);
      assert.deepEqual(await reindex.notChecked!(connection, again), []);
      const elsewhere: PostgresqlConnection = {
        ...connection,
        query: async (text, values) => {
          const rows = await connection.query(text, values);
          return rows.map((row) => ('tablespace' in row ? { ...row, pid: 2 ** 22 + 1 } : row)) as never;
        },
      };
      const told = /^whether the disk has the \d+ MiB that it may need: the server was not found/;
      assert.match((await postgresqlIndex.notChecked!(elsewhere, create))[0]!, told);
      assert.match((await reindex.notChecked!(elsewhere, again))[0]!, told);
      assert.deepEqual(await postgresqlIndex.notChecked!(elsewhere, { subject: 'public.plain', to: null }), []);
    });
  });
});
