import assert from 'node:assert/strict';
import test from 'node:test';
import type { TableWrite } from '../roles.ts';
import { Pool } from './pool.ts';
import type { AdvisorTable, Dialect, IndexSpec } from './problem.ts';
import { catalogOf } from './tables.ts';
import { ALL, existing, index, statement, table } from './testing.ts';
import { loadsOf, writeCostOf } from './write-cost.ts';

const HEAP = { ...ALL, hot: true };
const T = table('t', 1000, [
  ['id', 1000],
  ['a', 10],
  ['b', 10],
  ['c', 10],
]);
const PKEY = existing('pkey', index('t', ['id']), { unique: true, needed: true });

/** Seconds of the writes with new indexes; every entry takes one second. */
function seconds(
  write: Omit<TableWrite, 'table'>,
  specs: readonly IndexSpec[],
  {
    dialect = HEAP,
    on = T,
    rows = 100,
    kept = 1,
  }: { dialect?: Dialect; on?: AdvisorTable; rows?: number; kept?: number } = {},
): number {
  const catalog = catalogOf({ tables: [on], dialect });
  const whatIf = { bytes: () => 1, entrySeconds: () => 1, estimate: async () => [] };
  const pool = new Pool(whatIf);
  const statements = [statement('w', [], { calls: 7, rows, writes: [{ table: 'T', ...write }] })];
  const predicate = ({ where }: IndexSpec) => (where === null ? null : { columns: ['c'], kept });
  const cost = writeCostOf(loadsOf(statements, catalog), catalog, { dialect, whatIf, predicate });
  return cost(
    't',
    specs.map((spec) => pool.add(spec)),
  );
}

test('an insert makes an entry in every index that takes the row', () => {
  const insert = { kind: 'insert' as const, columns: [] };
  assert.equal(seconds(insert, [index('t', ['a'])]), 100);
  assert.equal(seconds(insert, [index('t', ['a']), index('t', ['b'])]), 200);
  assert.equal(seconds(insert, [index('t', ['a'], { where: 'c = 1' })], { kept: 0.25 }), 25);
  assert.equal(seconds(insert, []), 0);
});

test('a delete costs at once, or what VACUUM does later', () => {
  const gone = { kind: 'delete' as const, columns: [] };
  assert.equal(seconds(gone, [index('t', ['a'])], { dialect: ALL }), 100);
  assert.equal(seconds(gone, [index('t', ['a'])]), 10);
});

test('in place: only indexes on what an update sets, an entry out and an entry in', () => {
  const update = { kind: 'update' as const, columns: ['A'] };
  const plain = { dialect: ALL };
  assert.equal(seconds(update, [index('t', ['b'])], plain), 0);
  assert.equal(seconds(update, [index('t', ['b', 'a'])], plain), 200);
  assert.equal(seconds(update, [index('t', ['b'], { include: ['a'] })], plain), 200);
  assert.equal(
    seconds({ ...update, columns: ['c'] }, [index('t', ['b'], { where: 'c = 1' })], { ...plain, kept: 0.5 }),
    100,
  );
  assert.equal(seconds({ ...update, columns: [] }, [index('t', ['b'])], plain), 200, 'not known what is set');
  assert.equal(seconds(update, [index('t', ['(lower(b))'])], plain), 200, 'nor what an expression reads');
});

test('an index on an updated column ends HOT: then every index of the table gets an entry', () => {
  const update = { kind: 'update' as const, columns: ['a'] };
  const on = { ...T, hotShare: 0.8, indexes: [PKEY, existing('gin', null)] };
  assert.ok(Math.abs(seconds(update, [index('t', ['b'])], { on }) - 20) < 1e-9, 'the updates that are not HOT');
  // 100 entries of its own, and for the 80 that were HOT one in each of the two old indexes.
  assert.ok(Math.abs(seconds(update, [index('t', ['a'])], { on }) - 260) < 1e-9);
  const already = { ...on, indexes: [PKEY, existing('on_a', index('t', ['a']))], hotShare: 0 };
  assert.equal(seconds(update, [index('t', ['b'])], { on: already }), 100, 'never HOT here: an entry each');
  assert.equal(seconds(update, [index('t', ['a', 'b'])], { on: already }), 100);
});

test('without rows a call writes one; tables that are not known cost nothing', () => {
  const catalog = catalogOf({ tables: [T], dialect: HEAP });
  const write = (name: string): TableWrite => ({ table: name, kind: 'insert', columns: [] });
  const loads = loadsOf([statement('w', [], { calls: 7, writes: [write('t'), write('elsewhere')] })], catalog);
  assert.deepEqual([...loads], [['t', { inserted: 7, deleted: 0, updates: [] }]]);
});
