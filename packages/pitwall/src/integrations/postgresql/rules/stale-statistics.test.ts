import assert from 'node:assert/strict';
import test from 'node:test';
import { staleStatistics } from './stale-statistics.ts';
import { statement, workload } from './statement-testing.ts';
import { clear, healthy, only, run, table } from './structure-testing.ts';

// 50 + 0.1 × 1,000,000 rows = 100,050.
const changed = (modifiedRows: number, more: Parameters<typeof table>[1] = {}) =>
  table('orders', { modifiedRows, ...more });
const NEVER = { rows: null, analyzedAgo: null, autoanalyzedAgo: null } as const;

test('a table that changed much since it was analysed', () => {
  const endpoint = { kind: 'load.endpoint', key: 'list', value: { method: 'GET' } };
  const finding = only(run(staleStatistics, [...healthy(), changed(200_101), endpoint]));
  const [change] = finding.changes!;
  assert.deepEqual(
    [change?.tunable, change?.subject, change?.to],
    ['postgresql/analyze', 'public.orders', { analyze: true }],
  );
  assert.deepEqual(change?.affects, [{ indicator: 'load.response.duration.p50', labels: { endpoint: 'list' } }]);
  assert.equal(finding.severity, 'info');
  clear(run(staleStatistics, [...healthy(), changed(200_100)]));
});

test('parameters of the table, and autovacuum that is off', () => {
  only(run(staleStatistics, [...healthy(), changed(2_101, { options: { autovacuum_analyze_scale_factor: '0.001' } })]));
  only(run(staleStatistics, [...healthy({ autovacuum: { enabled: false } }), changed(100_051)]));
  clear(run(staleStatistics, [...healthy(), changed(100_051)]));
});

test('a table that was never analysed', () => {
  const finding = only(
    run(staleStatistics, [...healthy(), table('orders', { ...NEVER, liveRows: 1000, modifiedRows: 1000 })]),
  );
  assert.equal(finding.severity, 'warning');
  assert.match(finding.summary, /was never analysed/);
  clear(run(staleStatistics, [...healthy(), table('orders', { ...NEVER, liveRows: 999 })]));
});

test('a partitioned table is analysed by nobody', () => {
  const part = (name: string) => table(name, { parent: 'public.orders', liveRows: 600 });
  const whole = table('orders', { ...NEVER, kind: 'partitioned', liveRows: 0, modifiedRows: 0 });
  assert.match(only(run(staleStatistics, [...healthy(), whole, part('p1'), part('p2')])).summary, /as a whole/);
  clear(run(staleStatistics, [...healthy(), whole, part('p1')]));
  clear(
    run(staleStatistics, [
      ...healthy(),
      table('orders', { kind: 'partitioned', rows: 0, liveRows: 0 }),
      part('p1'),
      part('p2'),
    ]),
  );
});

test('the statements that read the table prove it where they are known, and no endpoint has to', () => {
  const [first, second, third, other, write] = [
    statement('s1', { seconds: 60, tables: ['public.orders'] }),
    statement('s2', { seconds: 50 }),
    statement('s3', { seconds: 5 }),
    statement('s4', { seconds: 500, tables: ['beats'] }),
    statement('s5', { seconds: 500, kind: 'insert' }),
  ];
  const heartbeat = { kind: 'load.endpoint', key: 'heartbeat', value: { method: 'POST' } };
  const statements = [third!, second!, first!, other!, write!];
  const { changes } = only(
    run(staleStatistics, [...healthy(), workload(), changed(200_101), heartbeat, ...statements]),
  );
  // Half of 115 s, the most first.
  assert.deepEqual(
    changes![0]!.affects.map(({ labels }) => labels),
    [{ statement: 's1' }],
  );
  assert.deepEqual(
    changes![0]!.basis?.statements.map(({ text }) => text),
    ['SELECT * FROM orders WHERE customer_id = $1'],
  );
  const elsewhere = only(run(staleStatistics, [...healthy(), workload(), changed(200_101), heartbeat, other!]));
  assert.deepEqual(elsewhere.changes![0]!.affects, [], 'nothing that is measured reads it: advice');
});
