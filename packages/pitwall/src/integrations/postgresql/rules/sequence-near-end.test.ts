import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { SequenceFact } from '../facts/schema.ts';
import { sequenceNearEnd } from './sequence-near-end.ts';
import { clear, healthy, notApplicable, only, run } from './structure-testing.ts';

const sequence = (used: number, more: Partial<SequenceFact> = {}): Fact =>
  fact('postgresql.sequence', 'public.orders_id_seq', {
    schema: 'public',
    name: 'orders_id_seq',
    last: Math.round(used * 2_147_483_647),
    end: 2_147_483_647,
    used,
    increment: 1,
    cycles: false,
    limitedBy: 'column',
    column: 'public.orders.id',
    columnType: 'integer',
    ...more,
  });

test('more than 90 % used up, with the column that ends', () => {
  const finding = only(run(sequenceNearEnd, [...healthy(), sequence(0.901)]));
  assert.equal(finding.severity, 'warning');
  assert.match(finding.advice!.code!, /^ALTER TABLE "public"\."orders" ALTER COLUMN "id" TYPE bigint;\nALTER SEQUENCE/);
  assert.equal(only(run(sequenceNearEnd, [...healthy(), sequence(0.98)])).severity, 'critical');
  clear(run(sequenceNearEnd, [...healthy(), sequence(0.9)]));
});

test('a bigint column needs only its sequence to go on; one that cycles means to', () => {
  const wide = only(
    run(sequenceNearEnd, [...healthy(), sequence(0.95, { columnType: 'bigint', limitedBy: 'sequence' })]),
  );
  assert.equal(wide.advice?.code, 'ALTER SEQUENCE "public"."orders_id_seq" AS bigint;');
  clear(run(sequenceNearEnd, [...healthy(), sequence(0.99, { cycles: true })]));
});

test('a sequence that counts down', () => {
  const down = sequence(0.95, { last: -95, end: -100, increment: -1, column: null, columnType: null });
  const finding = only(run(sequenceNearEnd, [...healthy(), down]));
  assert.equal(finding.evidence.find(({ label }) => label === 'numbers left')?.value, 5);
});

test('what the role may not read is not called healthy', () => {
  assert.match(notApplicable(run(sequenceNearEnd, healthy({ unread: ['sequences'] }))), /could not be read/);
  const none = healthy({ unread: ['sequences'] }).concat(
    fact('postgresql.schema', 'sequences', { read: 0, leftOut: 0 }),
  );
  assert.match(notApplicable(run(sequenceNearEnd, none)), /may read/);
});
