import assert from 'node:assert/strict';
import test from 'node:test';
import { clear, found, healthy, index, notApplicable, only, run, table } from './structure-testing.ts';
import { tableWithoutPrimaryKey } from './table-without-primary-key.ts';

const bare = { primaryKey: false } as const;

test('told, with what is unique instead', () => {
  const finding = only(run(tableWithoutPrimaryKey, [...healthy(), table('orders', bare), table('customers')]));
  assert.equal(finding.subject, 'public.orders');
  assert.equal(finding.severity, 'info');
  const unique = index('orders_number', ['number'], { unique: true });
  assert.match(
    only(run(tableWithoutPrimaryKey, [...healthy(), table('orders', bare), unique])).summary,
    /orders_number is unique/,
  );
});

test('partitions go with their table, a materialized view cannot have one', () => {
  const facts = [
    table('p', { ...bare, parent: 'public.orders' }),
    table('view', { ...bare, kind: 'materialized view' }),
  ];
  clear(run(tableWithoutPrimaryKey, [...healthy(), ...facts]));
  notApplicable(run(tableWithoutPrimaryKey, healthy()));
});

test('of hundreds the largest fifty are told, and how many more there are', () => {
  const tables = Array.from({ length: 120 }, (_, i) => table(`t${i}`, { ...bare, rows: i }));
  const all = found(run(tableWithoutPrimaryKey, [...healthy(), ...tables]));
  assert.equal(all.length, 50);
  assert.equal(all[0]?.subject, 'public.t119');
  assert.deepEqual(all.at(-1)?.evidence.at(-1), { label: 'more of the same, not listed', value: 70 });
});
