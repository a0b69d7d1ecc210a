import assert from 'node:assert/strict';
import { test } from 'node:test';
import { btreeBytes, type SizedKey } from './size.ts';

const column = (width: number, distinct: number, more: Partial<SizedKey> = {}): SizedKey => ({
  width,
  align: Math.min(8, width),
  distinct,
  nullShare: 0,
  dedup: true,
  ...more,
});

/** pg_relation_size of indexes that PostgreSQL 15 built on 200,000 rows, with what pg_stats said of the columns. */
const BUILT: readonly [what: string, bytes: number, keys: SizedKey[], include: SizedKey[]][] = [
  ['(customer_id)', 1_867_776, [column(4, 19_087)], []],
  ['(customer_id, created_at)', 6_332_416, [column(4, 19_087), column(8, 83_585)], []],
  ['(status, created_at)', 6_078_464, [column(6, 4, { align: 1 }), column(8, 83_585)], []],
  ['(status, customer_id)', 3_719_168, [column(6, 4, { align: 1 }), column(4, 19_087)], []],
  ['constant text of 60 characters', 1_540_096, [column(61, 1, { align: 1 })], []],
  ['(email), unique text', 8_151_040, [column(22, 200_000, { align: 1 })], []],
  ['(deleted_at), 70 % null', 1_400_832, [column(8, 1, { nullShare: 0.697 })], []],
  ['(total), numeric', 4_521_984, [column(6, 70_141, { align: 4, dedup: false })], []],
  ['(customer_id) INCLUDE (total)', 6_332_416, [column(4, 19_087)], [column(6, 70_141, { align: 4, dedup: false })]],
];

for (const [what, bytes, keys, include] of BUILT) {
  test(`the size of ${what} is within 25 % of what was built`, () => {
    const ratio = btreeBytes(200_000, keys, include) / bytes;
    assert.ok(ratio > 0.75 && ratio < 1.25, `${ratio}`);
  });
}

test('an index of no rows has its two pages', () => {
  assert.equal(btreeBytes(0, [column(4, 1)], []), 16_384);
});
