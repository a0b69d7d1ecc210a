import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { applyPragmas } from './index.ts';

test('sets what it is asked to, on this connection, and reports what SQLite says', () => {
  const db = new DatabaseSync(':memory:');
  const applied = applyPragmas(db, {
    synchronous: 'normal',
    cacheBytes: 32 * 2 ** 20,
    busyTimeout: 5,
    tempStore: 'memory',
    foreignKeys: true,
  });
  assert.deepEqual(Object.fromEntries(applied.map(({ name, value }) => [name, value])), {
    synchronous: 1,
    cache_size: -32_768,
    busy_timeout: 5_000,
    temp_store: 2,
    foreign_keys: 1,
  });
  assert.equal(db.prepare('PRAGMA cache_size').get()?.cache_size, -32_768);
  db.close();
});

test('leaves alone what is not named', () => {
  const db = new DatabaseSync(':memory:');
  const before = db.prepare('PRAGMA cache_size').get();
  assert.deepEqual(applyPragmas(db, {}), []);
  assert.deepEqual(db.prepare('PRAGMA cache_size').get(), before);
  db.close();
});

test('refuses values that are not in range, whatever their type', () => {
  const db = new DatabaseSync(':memory:');
  assert.throws(() => applyPragmas(db, { cacheBytes: 12 }), RangeError);
  assert.throws(() => applyPragmas(db, { busyTimeout: Number.NaN }), RangeError);
  assert.throws(() => applyPragmas(db, { synchronous: 'normal; DROP TABLE x' as 'normal' }), RangeError);
  db.close();
});
