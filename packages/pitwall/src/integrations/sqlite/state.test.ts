import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { Collected } from '../../model/integration.ts';
import { schema } from './collectors/schema.ts';
import { space } from './collectors/space.ts';
import { fact } from './facts.ts';
import { stateOf } from './state.ts';
import { collectContext, connect, databaseWith, SHOP } from './testing.ts';

const all = (collected: readonly Collected[]): Required<Collected> => ({
  facts: collected.flatMap(({ facts = [] }) => facts),
  samples: collected.flatMap(({ samples = [] }) => samples),
  gaps: collected.flatMap(({ gaps = [] }) => gaps),
});

test('sizes are the pages of each b-tree, and all of them make up the file', async (t) => {
  const path = databaseWith(
    t,
    `PRAGMA page_size = 4096; ${SHOP} CREATE INDEX by_device ON orders (device_id); CREATE INDEX by_status ON orders (status);
     CREATE TABLE gone AS SELECT * FROM orders; DROP TABLE gone; CREATE TABLE "odd ""name" (a)`,
  );
  const connection = connect(t, path);
  const seen = all([
    await space.collect(connection, collectContext()),
    await schema.collect(connection, collectContext()),
  ]);
  const { storage, cache, connections } = stateOf(seen);
  const db = new DatabaseSync(path);
  t.after(() => db.close());
  const pages = (name: string) =>
    Number(db.prepare('SELECT count(*) AS n FROM dbstat WHERE name = ?').get(name)!.n) * 4096;
  const orders = storage!.tables[0]!;
  assert.deepEqual(
    [orders.name, orders.bytes, orders.indexBytes, orders.indexes],
    ['orders', pages('orders'), pages('by_device') + pages('by_status'), 2],
  );
  assert.deepEqual(
    storage!.tables.map(({ name }) => name),
    ['orders', 'devices', 'odd "name'],
  );
  const free = Number(db.prepare('PRAGMA freelist_count').get()!.freelist_count) * 4096;
  assert.ok(free > 0);
  assert.equal(storage!.freeBytes, free);
  const { bytes, indexBytes } = storage!.total;
  assert.equal(storage!.bytes, bytes + indexBytes + free + pages('sqlite_schema'));
  assert.deepEqual([connections, cache!.all], [undefined, null]);
  assert.match(cache!.notes.join(' '), /not known .*default is 2,000 KiB/);
});

test('caches as the application’s connections have set them; sizes that were not measured are no zeros', () => {
  const sized = (key: string, more: object) => fact('sqlite.connection', key, { ...more });
  const column = {
    rowsFrom: 'unknown',
    withoutRowid: false,
    columns: [],
    rowidAlias: null,
    analyzedRows: null,
  } as const;
  const { storage, cache } = stateOf({
    facts: [
      sized('1', { cache_size: -16_000 }),
      sized('2', { cache_size: -16_000 }),
      sized('3', { cache_size: 500, page_size: 8192 }),
      sized('4', {}),
      fact('sqlite.table', 'orders', { ...column, rows: null, bytes: null }),
    ],
    samples: [],
    gaps: [{ what: 'bytes of tables and indexes', why: 'reading every page of 90 GiB would take too long' }],
  });
  assert.match(cache!.notes.join(' '), /2 connections of the application have a page cache of 16,000 KiB/);
  assert.match(cache!.notes.join(' '), /1 connection of the application has a page cache of 4,000 KiB/);
  assert.deepEqual([storage!.tables, storage!.bytes], [[], null]);
  assert.match(storage!.missing.join(), /90 GiB/);
});
