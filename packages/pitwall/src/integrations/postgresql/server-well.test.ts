/** A server that is set up well: rules are silent, but for what its clients do. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import { serverRules } from './rules/server.ts';
import { run } from './rules/structure-testing.ts';
import { clients, collect, diagnose, subjects, TABLE, until } from './server-faults-testing.ts';

suite('a server without faults', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const sound = sharedPostgresql({
    settings: {
      fsync: 'on',
      full_page_writes: 'on',
      autovacuum: 'on',
      shared_buffers: '64MB',
      max_wal_size: '1GB',
      min_wal_size: '1GB',
      wal_compression: 'on',
      track_io_timing: 'on',
      effective_io_concurrency: '200',
    },
  });

  test('the same work: nothing is found', async () => {
    const url = await sound.server.createDatabase('well');
    for (const one of TABLE) await sound.server.query(one, [], 'well');
    const [client] = await clients(url, 1);
    for (let call = 0; call < 80; call++) await client!.query('SELECT count(*) FROM t WHERE id = 0');
    await client!.query('SELECT note FROM t ORDER BY id LIMIT 10');
    await client!.end();
    await setTimeout(300);
    const facts = await collect(url, { machine: { memory: '16GiB', cpus: 4, disk: 'ssd' } });
    assert.deepEqual(diagnose(facts), new Map());
    const { wal } = facts.find(({ kind }) => kind === 'postgresql.checkpoints')!.value as {
      wal: { buffersFull: number };
    };
    assert.ok(wal.buffersFull >= 0);
  });

  test('a session idle in a transaction, and no time-out for it', async () => {
    const url = await sound.server.createDatabase('idle');
    const [client] = await clients(url, 1);
    try {
      await client!.query('BEGIN');
      await client!.query('SELECT txid_current()');
      await setTimeout(1200);
      const rule = serverRules.find(({ id }) => id === 'postgresql/settings-far-from-start')!;
      const facts = await collect(url, {});
      const result = run(rule, facts, { counterAge: 0, idleSeconds: 1 });
      assert.ok('found' in result && subjects(result.found)!.includes('idle_in_transaction_session_timeout'));
      await client!.query('COMMIT');
    } finally {
      await client!.end();
    }
  });

  test('connections that are made anew again and again; pools that are too large; neither where they stay and are few', async () => {
    const url = await sound.server.createDatabase('connections');
    const up = async () => {
      const [row] = await sound.server.query<{ up: boolean }>(
        "SELECT now() - pg_postmaster_start_time() > interval '4.5 seconds' AS up",
      );
      return row!.up ? true : undefined;
    };
    await until(up);
    let all = await clients(url, 6);
    try {
      const [young] = diagnose(await collect(url, {})).get('no-connection-pool')!;
      assert.deepEqual([young!.subject, /the application connects anew/.test(young!.summary)], ['connections', true]);
      await setTimeout(2500);
      assert.equal(diagnose(await collect(url, {})).get('no-connection-pool'), undefined);
      all = [...all, ...(await clients(url, 20))];
      const [idle] = diagnose(await collect(url, {})).get('no-connection-pool')!;
      assert.equal(idle!.subject, 'idle connections');
      assert.match(idle!.summary, /^26 of 26 connections do nothing/);
    } finally {
      await Promise.all(all.map((one) => one.end()));
    }
  });
});
