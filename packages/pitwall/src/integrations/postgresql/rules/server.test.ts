import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import { poolSizeFor, waitChance } from '../settings/pool-size.ts';
import { serverRules } from './server.ts';
import { healthyServer, lockTree, machine, pool, role, setting, spoilt, transaction, waits } from './server-testing.ts';
import { temp } from './settings-testing.ts';
import { clear, DAY, notApplicable, notYet, only, run } from './structure-testing.ts';

const GB = 2 ** 30;
const rule = (name: string) => serverRules.find(({ id }) => id === `postgresql/${name}`)!;
const ON_COMMAND_LINE = { source: 'command line' };
const connections = (more: object): Fact => {
  const usual = healthyServer().find(({ kind }) => kind === 'postgresql.connections')!;
  return { ...usual, value: { ...(usual.value as object), ...more } };
};

test('every rule is silent on a healthy server', () => {
  for (const one of serverRules) clear(run(one, healthyServer()));
});

test('nothing of the server was read: no rule fails', () => {
  for (const one of serverRules) {
    const facts = healthyServer().filter(({ kind }) => (one.meta.needs.facts ?? []).includes(kind));
    const result = run(one, facts);
    assert.ok('clear' in result || 'notApplicable' in result, `${one.id}: ${JSON.stringify(result)}`);
  }
});

/** Rule, what is spoilt, and the subjects and severity that are found. */
const FAULTS: readonly (readonly [string, readonly Fact[], string, string])[] = [
  ['fsync-off', [setting('fsync', 'off')], 'fsync', 'critical'],
  ['fsync-off', [setting('full_page_writes', 'off')], 'full_page_writes', 'critical'],
  ['autovacuum-off', [setting('autovacuum', 'off')], 'autovacuum', 'critical'],
  ['autovacuum-off', [setting('track_counts', 'off')], 'track_counts', 'critical'],
  ['superuser-role', [role({ name: 'postgres', superuser: true })], 'postgres', 'warning'],
  ['superuser-role', [role({ powers: ['pg_write_server_files'], foreign: 0 })], 'reader', 'info'],
  ['pending-restart', [setting('shared_buffers', GB, { pendingRestart: true })], 'shared_buffers', 'info'],
  ['long-transaction', [transaction({ querySeconds: 61, seconds: 61 })], 'session 4711', 'info'],
  ['long-transaction', [transaction({ seconds: 301, blocks: 2 })], 'session 4711', 'warning'],
  ['idle-in-transaction', [transaction({ state: 'idle in transaction', stateSeconds: 61 })], 'session 4711', 'info'],
  [
    'idle-in-transaction',
    [transaction({ state: 'idle in transaction (aborted)', stateSeconds: 601 })],
    'session 4711',
    'warning',
  ],
  ['lock-wait', [lockTree(2)], 'session 1', 'warning'],
  ['lock-wait', [lockTree(61)], 'session 1', 'critical'],
  ['lock-wait', [lockTree(2, 10)], 'session 1', 'critical'],
  ['connections-near-limit', [connections({ used: 80 })], 'connections', 'warning'],
  ['connections-near-limit', [connections({ used: 10 }), waits({ peakSessions: 90 })], 'connections', 'critical'],
  ['no-connection-pool', [connections({ averageAge: 59, begun: 1e7 })], 'connections', 'warning'],
  ['no-connection-pool', [connections({ averageAge: 599, begun: null })], 'connections', 'info'],
  ['no-connection-pool', [connections({ used: 90, idle: 85 })], 'idle connections', 'info'],
  ['pool-waits', [pool({ waiting: 4, waitingShare: 0.5, longestWait: 0.3, active: 10 })], 'pool shop/app', 'warning'],
  ['pool-waits', [waits({ held: 6, busy: 2 })], 'held connections', 'info'],
  ['memory-overcommitted', [machine({ memory: 7.5 * GB })], 'memory', 'info'],
  ['memory-overcommitted', [machine({ memory: 6 * GB, memoryFrom: 'cgroup' })], 'memory', 'warning'],
  [
    'checkpoints-requested',
    [
      fact('postgresql.checkpoints', '', {
        timed: 1000,
        requested: 9000,
        age: 100 * DAY,
        wal: { bytes: 9000 * 2.2 * GB, fullPages: 0, buffersFull: 0, age: 100 * DAY },
      }),
    ],
    'max_wal_size',
    'warning',
  ],
  ['temporary-files', [temp(200 * GB, 2000)], 'temporary files', 'info'],
  [
    'cache-misses',
    [
      fact('postgresql.cache', '', {
        hit: 9e13,
        read: 1e13,
        readSeconds: 1e6,
        tables: { hit: 1, read: 1 },
        indexes: { hit: 0, read: 0 },
      }),
    ],
    'cache',
    'warning',
  ],
];

for (const [name, bad, subject, severity] of FAULTS) {
  test(`postgresql/${name}: ${subject}, ${severity}`, () => {
    const finding = only(run(rule(name), spoilt(healthyServer(), ...bad)));
    assert.deepEqual([finding.subject, finding.severity], [subject, severity]);
    assert.ok(finding.advice ?? finding.changes, 'nothing is said to be done');
  });
}

test('every rule has a fault here', () => {
  const without = serverRules
    .map(({ id }) => id.split('/')[1]!)
    .filter((name) => !FAULTS.some(([one]) => one === name));
  assert.deepEqual(without, ['settings-far-from-start']);
});

for (const [name, bad, to] of [
  ['fsync-off', [setting('fsync', 'off', ON_COMMAND_LINE)], 'fsync=off'],
  ['autovacuum-off', [setting('autovacuum', 'off', ON_COMMAND_LINE)], 'autovacuum=off'],
  [
    'memory-overcommitted',
    [machine({ memory: 6 * GB }), setting('max_connections', 100, ON_COMMAND_LINE)],
    'max_connections=100',
  ],
] as const) {
  test(`${name}: what is on the command line of the server is taken out there: ALTER SYSTEM has no effect on it`, () => {
    const { advice, changes } = only(run(rule(name), spoilt(healthyServer(), ...bad)));
    assert.match(advice!.text, new RegExp(`command line \\(postgres -c ${to};.* take it out there, and restart`));
    assert.deepEqual([advice!.code, changes], [undefined, undefined]);
  });
}

test('counters that are young, and replicas, are no ground for advice', () => {
  const young = healthyServer().map((one) =>
    one.kind === 'postgresql.counters' || one.kind === 'postgresql.checkpoints'
      ? { ...one, value: { ...(one.value as object), age: 3600 } }
      : one,
  );
  for (const name of ['temporary-files', 'cache-misses', 'checkpoints-requested']) {
    assert.match(notYet(run(rule(name), spoilt(young, temp(1e13, 10)))), /1 hour old/);
  }
  clear(run(rule('settings-far-from-start'), spoilt(young, temp(1e13, 10))));
  const replica = healthyServer().map((one) =>
    one.kind === 'postgresql.counters' ? { ...one, value: { ...(one.value as object), inRecovery: true } } : one,
  );
  assert.match(notApplicable(run(rule('settings-far-from-start'), replica)), /replica/);
});

test('a role of its own: what it is to be granted, by version', () => {
  const advice = (more: Parameters<typeof role>[0]) =>
    only(run(rule('superuser-role'), spoilt(healthyServer(), role({ superuser: true, ...more })))).advice!.code!;
  const lines = advice({ database: 'my "shop"' }).split('\n');
  assert.match(lines[0]!, /^CREATE ROLE pitwall LOGIN NOSUPERUSER;/);
  assert.deepEqual(lines.slice(2), [
    'GRANT CONNECT ON DATABASE "my ""shop""" TO pitwall;',
    'GRANT pg_monitor TO pitwall;',
    'GRANT pg_read_all_data TO pitwall;',
  ]);
  assert.match(advice({ name: 'pitwall' }), /GRANT pg_monitor TO pitwall_reader;/);
  const old = advice({ version: 130_010 });
  assert.ok(
    !old.includes('pg_read_all_data') && old.includes('GRANT SELECT ON ALL TABLES IN SCHEMA public TO pitwall;'),
  );
});

test('requests that the log does not explain come from backups', () => {
  const backups = fact('postgresql.checkpoints', '', {
    timed: 10,
    requested: 90,
    age: 100 * DAY,
    wal: { bytes: GB, fullPages: 0, buffersFull: 0, age: 100 * DAY },
  });
  assert.match(clear(run(rule('checkpoints-requested'), spoilt(healthyServer(), backups))), /backups/);
});

test('pages that come from the cache of the system are no alarm', () => {
  const cached = fact('postgresql.cache', '', {
    hit: 9e13,
    read: 1e13,
    readSeconds: 1e3,
    tables: { hit: 0, read: 0 },
    indexes: { hit: 0, read: 0 },
  });
  const finding = only(run(rule('cache-misses'), spoilt(healthyServer(), cached)));
  assert.deepEqual([finding.severity, /system’s cache/.test(finding.summary)], ['info', true]);
});

test('a pool: what is in use decides, unless a larger one cannot help', () => {
  const waiting = pool({ waiting: 4, waitingShare: 0.5, longestWait: 0.3, active: 10 });
  const advice = (...more: Fact[]) =>
    only(run(rule('pool-waits'), spoilt(healthyServer(), waiting, ...more))).advice!.text;
  assert.match(advice(), /^Begin with 22 connections: 14.0 would be in use/);
  assert.match(advice(waits({ running: 9 })), /want 4 processors/);
  assert.match(advice(waits({ held: 8 })), /^First let transactions end/);
  assert.match(advice(waits({ busy: 8, waits: [{ event: 'Lock', sessions: 7 }] })), /wait for locks/);
  clear(run(rule('pool-waits'), spoilt(healthyServer(), pool({ waitingShare: 0.04, longestWait: 0.9 }))));
});

test('one of something is said of as one', () => {
  const few = (used: number) => clear(run(rule('no-connection-pool'), spoilt(healthyServer(), connections({ used }))));
  assert.equal(few(1), '1 client session is too few to tell');
  assert.equal(few(3), '3 client sessions are too few to tell');
});

test("Erlang's C formula", () => {
  // From tables: 10 servers and 7 Erlangs, 2 and 1.
  assert.ok(Math.abs(waitChance(10, 7) - 0.2217) < 1e-3, String(waitChance(10, 7)));
  assert.ok(Math.abs(waitChance(2, 1) - 1 / 3) < 1e-9);
  assert.deepEqual([waitChance(5, 5), waitChance(5, 0)], [1, 0]);
  assert.ok(waitChance(poolSizeFor(14, 0.05), 14) <= 0.05 && waitChance(poolSizeFor(14, 0.05) - 1, 14) > 0.05);
});
