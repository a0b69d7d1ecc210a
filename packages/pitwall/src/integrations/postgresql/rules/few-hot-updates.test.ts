import assert from 'node:assert/strict';
import test from 'node:test';
import { fewHotUpdates } from './few-hot-updates.ts';
import { clear, DAY, healthy, index, notApplicable, notYet, only, run, table } from './structure-testing.ts';

const on = [index('pk', ['id']), index('status', ['status'])];
const cold = (more: Parameters<typeof table>[1] = {}) => table('orders', { updates: 1e5, hotUpdates: 1e4, ...more });

test('updates without room: a lower fillfactor, sure of it since PostgreSQL 16', () => {
  const finding = only(run(fewHotUpdates, [...healthy(), ...on, cold({ newPageUpdates: 8e4 })]));
  assert.equal(finding.confidence, 'medium');
  const [change] = finding.changes!;
  assert.deepEqual(
    [change?.tunable, change?.subject, change?.to],
    ['postgresql/table-option', 'public.orders', { fillfactor: 90 }],
  );
  assert.equal(only(run(fewHotUpdates, [...healthy(), ...on, cold()])).confidence, 'low');
});

test('updates of indexed columns: no fillfactor helps', () => {
  const columns = only(run(fewHotUpdates, [...healthy(), ...on, cold({ newPageUpdates: 1e3 })]));
  assert.equal(columns.changes, undefined);
  assert.match(columns.advice!.text, /pk, status/);
  // Before 16 one cannot tell; where room was left already, it is not the reason.
  assert.equal(only(run(fewHotUpdates, [...healthy(), ...on, cold({ fillfactor: 80 })])).changes, undefined);
  assert.equal(
    only(run(fewHotUpdates, [...healthy(), ...on, cold({ fillfactor: 70, newPageUpdates: 9e4 })])).changes,
    undefined,
  );
});

test('silent when most are HOT, few are made, or there is no index; does not apply to young counters', () => {
  clear(run(fewHotUpdates, [...healthy(), ...on, cold({ hotUpdates: 5e4 })]));
  only(run(fewHotUpdates, [...healthy(), ...on, cold({ hotUpdates: 49_999 })]));
  clear(run(fewHotUpdates, [...healthy(), ...on, cold({ updates: 9999, hotUpdates: 0 })]));
  only(run(fewHotUpdates, [...healthy(), ...on, cold({ updates: 10_000, hotUpdates: 0 })]));
  clear(run(fewHotUpdates, [...healthy(), index('other', ['x'], { table: 'public.x' }), cold()]));
  assert.match(notYet(run(fewHotUpdates, [...healthy({ counters: { age: DAY - 1 } }), ...on, cold()])), /23 hours/);
  notApplicable(run(fewHotUpdates, [...healthy({ counters: { inRecovery: true } }), ...on, cold()]));
});
