/** Rules about the server, each on one that was set up, or is used, so that it has exactly that fault; see server-well.test.ts for one that has none. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { clients, collect, diagnose, subjects, TABLE, until } from './server-faults-testing.ts';

suite('a server with faults', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const spoilt = sharedPostgresql({
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      shared_buffers: '1MB',
      work_mem: '64kB',
      maintenance_work_mem: '1MB',
      max_wal_size: '32MB',
      min_wal_size: '32MB',
      checkpoint_completion_target: '0.1',
      track_io_timing: 'off',
      effective_io_concurrency: '1',
      huge_pages: 'off',
      max_parallel_workers: '1',
      max_parallel_workers_per_gather: '0',
    },
  });

  async function database(name: string, statements: readonly string[]): Promise<string> {
    const url = await spoilt.server.createDatabase(name);
    for (const statement of statements) await spoilt.server.query(statement, [], name);
    return url;
  }
  test('fsync, full_page_writes and autovacuum are off: each is named, and where to switch it on', async () => {
    const found = diagnose(await collect(await database('off', []), {}));
    assert.deepEqual(subjects(found.get('fsync-off')), ['fsync', 'full_page_writes']);
    assert.deepEqual(subjects(found.get('autovacuum-off')), ['autovacuum']);
    for (const { advice, severity } of [...found.get('fsync-off')!, ...found.get('autovacuum-off')!]) {
      assert.equal(severity, 'critical');
      assert.match(advice!.text, /on the server’s command line/);
    }
  });

  test('sorts that do not fit into work_mem: temporary files; silent once they do', async () => {
    const url = await database('sorting', [...TABLE, 'SELECT count(*) FROM (SELECT * FROM t ORDER BY note) s']);
    const found = await until(async () => diagnose(await collect(url, {})).get('temporary-files'));
    assert.match(found[0]!.summary, /a day go to temporary files, \d/);
    assert.ok(found[0]!.evidence.some(({ label, value }) => label === 'work_mem' && value === '64kB'));
    const enough = await database('sorting_well', ["ALTER DATABASE sorting_well SET work_mem = '64MB'"]);
    for (const one of [...TABLE, 'SELECT count(*) FROM (SELECT * FROM t ORDER BY note) s']) {
      await spoilt.server.query(one, [], 'sorting_well');
    }
    await setTimeout(300);
    assert.equal(diagnose(await collect(enough, {})).get('temporary-files'), undefined);
  });

  test('more connections times work_mem than there is memory: said by the option, and silent with enough of it', async () => {
    const url = await database('overcommitted', ["ALTER DATABASE overcommitted SET work_mem = '64MB'"]);
    // 60 × 64 MB × 1.5.
    const [finding] = diagnose(await collect(url, { machine: { memory: '4GiB' } })).get('memory-overcommitted')!;
    assert.deepEqual([finding!.subject, finding!.severity], ['memory', 'warning']);
    assert.match(finding!.summary, /all 60 connections busy the server may take 5\.6 GiB of 4\.0 GiB \(141 %/);
    const enough = diagnose(await collect(url, { machine: { memory: '8GiB' } }));
    assert.equal(enough.get('memory-overcommitted'), undefined);
  });

  test('a table that does not fit into shared buffers is read again and again', async () => {
    const url = await database('reading', TABLE);
    const [client] = await clients(url, 1);
    for (let call = 0; call < 20; call++) await client!.query('SELECT count(*) FROM t WHERE id = 0');
    await client!.end();
    const found = await until(async () => diagnose(await collect(url, {})).get('cache-misses'));
    assert.match(found[0]!.summary, /not timed \(track_io_timing\)$/);
    assert.ok(found[0]!.evidence.some(({ label, value }) => label === 'shared_buffers' && value === '1MB'));
  });

  test('log beyond max_wal_size: checkpoints before their time', async () => {
    const url = await database('writing', ['CREATE TABLE w (note text)']);
    const found = await until(async () => {
      await spoilt.server.query("INSERT INTO w SELECT repeat('x', 900) FROM generate_series(1, 20000)", [], 'writing');
      return diagnose(await collect(url, {})).get('checkpoints-requested');
    });
    assert.deepEqual([found[0]!.subject, found[0]!.severity], ['max_wal_size', 'warning']);
    assert.match(found[0]!.summary, /came because 32MB of log were full/);
  });

  test('settings that are far from where one begins, and what is measured speaks for others', async () => {
    const url = await database('settings', TABLE);
    const [client] = await clients(url, 1);
    for (let call = 0; call < 20; call++) await client!.query('SELECT count(*) FROM t WHERE id = 0');
    await client!.query('SELECT count(*) FROM (SELECT * FROM t ORDER BY note) s');
    await client!.end();
    const told = { machine: { memory: '16GiB', cpus: 16, disk: 'ssd' }, workload: 'dw' };
    const expected = ['effective_io_concurrency', 'max_parallel_workers', 'max_parallel_workers_per_gather'];
    const found = await until(async () => {
      const all = diagnose(await collect(url, told)).get('settings-far-from-start');
      return subjects(all)?.includes('work_mem') ? all : undefined;
    });
    const names = subjects(found)!;
    for (const name of [...expected, 'shared_buffers', 'work_mem', 'track_io_timing', 'wal_compression']) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`);
    }
    // What the server was started with is changed there; of the others nothing shows that they help.
    for (const { subject, advice, changes } of found) {
      assert.equal(changes, undefined);
      const isOurs = !['wal_compression', 'max_worker_processes'].includes(subject);
      assert.match(advice!.text, isOurs ? /^Try \S+\. It is on the server’s command line/ : /^No change is proposed/);
    }
  });
});
