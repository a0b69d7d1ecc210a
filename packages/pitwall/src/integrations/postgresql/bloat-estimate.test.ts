import assert from 'node:assert/strict';
import test from 'node:test';
import { btreeBytes, type StoredColumn, tableBytes } from './bloat-estimate.ts';

const PAGE = 8192;
const int8: StoredColumn = { length: 8, align: 8, width: 8, nulls: 0, distinct: -1 };
const int4: StoredColumn = { length: 4, align: 4, width: 4, nulls: 0, distinct: 100 };
const text = (width: number | null, more: Partial<StoredColumn> = {}): StoredColumn => ({
  length: -1,
  align: 4,
  width,
  nulls: 0,
  distinct: -1,
  ...more,
});
const btree = { fillfactor: 90, deduplicates: true, pageBytes: PAGE };

test('a table: by hand', () => {
  // Header 24, value 8, pointer 4: 36 bytes; (8192 − 24) ÷ 36 = 226 rows a page.
  assert.equal(tableBytes(226, [int8], 100, PAGE), PAGE);
  assert.equal(tableBytes(227, [int8], 100, PAGE), 2 * PAGE);
  assert.equal(tableBytes(227, [int8], 50, PAGE), 3 * PAGE);
  // Padding: 4 + 4 + 8 against 4 + 8 + 4, both 16 or 24 bytes of values.
  assert.equal(tableBytes(1e6, [int4, int4, int8], 100, PAGE)! < tableBytes(1e6, [int4, int8, int4], 100, PAGE)!, true);
  // Nulls take no place, but a bitmap: 24 bytes as before for up to 8 columns.
  assert.equal(tableBytes(226, [{ ...int8, nulls: 1 }], 100, PAGE), PAGE);
  assert.equal(tableBytes(1, [text(20_000)], 100, PAGE), PAGE);
  assert.equal(tableBytes(1, [text(null)], 100, PAGE), null);
});

test('a B-tree with many equal keys is much smaller when it deduplicates', () => {
  const [unique, equal] = [btreeBytes(2e5, [int8], btree)!, btreeBytes(2e5, [int4], btree)!];
  // Measured on PostgreSQL 15: 4,513,792 and 1,474,560 bytes.
  assert.ok(Math.abs(unique / 4_513_792 - 1) < 0.05, String(unique));
  assert.ok(Math.abs(equal / 1_474_560 - 1) < 0.1, String(equal));
  assert.equal(btreeBytes(2e5, [int4], { ...btree, deduplicates: false }), unique);
  assert.equal(btreeBytes(2e5, [{ ...int4, distinct: null }], btree), unique);
});
