import assert from 'node:assert/strict';
import test from 'node:test';
import type { XminHolder } from '../facts/schema.ts';
import { clear, healthy, notApplicable, only, run, table } from './structure-testing.ts';
import { vacuumDebt } from './vacuum-debt.ts';

const session: XminHolder = {
  kind: 'session',
  name: '4711',
  age: 5000,
  seconds: 7200,
  detail: 'idle in transaction, shop',
};
// 50 + 0.2 × 1,000,000 rows = 200,050.
const dead = (deadRows: number, more: Parameters<typeof table>[1] = {}) => table('orders', { deadRows, ...more });

test('twice what autovacuum waits for', () => {
  const finding = only(run(vacuumDebt, [...healthy(), dead(400_101)]));
  assert.deepEqual(
    finding.changes?.map(({ tunable, subject, to }) => [tunable, subject, to]),
    [['postgresql/vacuum', 'public.orders', { vacuum: true }]],
  );
  assert.match(finding.summary, /autovacuum does not keep up/);
  clear(run(vacuumDebt, [...healthy(), dead(400_100)]));
});

test('the parameters of the table count, and the limit of PostgreSQL 18', () => {
  const own = { options: { autovacuum_vacuum_scale_factor: '0.01', autovacuum_vacuum_threshold: '1000' } };
  only(run(vacuumDebt, [...healthy(), dead(22_001, own)]));
  clear(run(vacuumDebt, [...healthy(), dead(22_000, own)]));
  const most = healthy({ autovacuum: { vacuumMaxThreshold: 10_000 } });
  only(run(vacuumDebt, [...most, dead(20_001)]));
  clear(run(vacuumDebt, [...most, dead(20_000)]));
  clear(run(vacuumDebt, [...healthy(), dead(9_999, { rows: 10, liveRows: 10 })]));
});

test('autovacuum that is off: what it waits for is enough', () => {
  const off = only(run(vacuumDebt, [...healthy(), dead(200_051, { options: { autovacuum_enabled: 'false' } })]));
  assert.match(off.summary, /autovacuum is off for it/);
  assert.deepEqual(
    off.changes?.map(({ tunable, to }) => [tunable, to]),
    [
      ['postgresql/table-option', { autovacuum_enabled: true }],
      ['postgresql/vacuum', { vacuum: true }],
    ],
  );
  const server = only(run(vacuumDebt, [...healthy({ autovacuum: { enabled: false } }), dead(200_051)]));
  assert.match(server.advice!.code!, /autovacuum = 'on'/);
  clear(run(vacuumDebt, [...healthy(), dead(200_051)]));
});

test('what holds VACUUM back is named instead', () => {
  const finding = only(run(vacuumDebt, [...healthy({ holders: [session] }), dead(900_000)]));
  assert.equal(finding.changes, undefined);
  assert.match(finding.summary, /held back by session 4711 \(idle in transaction, shop\) for 2 hours/);
  assert.equal(finding.advice?.code, 'SELECT pg_terminate_backend(4711);');
  const slot: XminHolder = {
    kind: 'replication slot',
    name: "o'slot",
    age: 9,
    seconds: null,
    detail: 'physical, inactive',
  };
  assert.equal(
    only(run(vacuumDebt, [...healthy({ holders: [slot] }), dead(900_000)])).advice?.code,
    "SELECT pg_drop_replication_slot('o''slot');",
  );
  // Usual work, and a slot that holds the catalogues only, are no reason.
  const harmless = [
    { ...session, seconds: 299 },
    { ...slot, detail: 'logical, active, catalogues only' },
  ];
  assert.ok(only(run(vacuumDebt, [...healthy({ holders: harmless }), dead(900_000)])).changes);
});

test('does not apply to a replica, nor without tables', () => {
  notApplicable(run(vacuumDebt, [...healthy({ counters: { inRecovery: true } }), dead(900_000)]));
  notApplicable(run(vacuumDebt, healthy()));
});
