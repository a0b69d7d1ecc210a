import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdvisorTable, ExistingIndex, IndexSpec, Problem } from '../../_sql/advisor/problem.ts';
import { hotLoss } from './hot-loss.ts';

const key = (column: string | null, expression: string | null = null) => ({
  ...{ column, expression, desc: false, nullsFirst: null, collate: null, opclass: null },
});
const on = (columns: readonly string[], more: Partial<IndexSpec> = {}): IndexSpec => ({
  ...{ table: 'public.jobs', keys: columns.map((column) => key(column)), include: [], where: null },
  ...more,
});
const existing = (spec: IndexSpec | null): ExistingIndex => ({
  ...{ name: 'i', spec, unique: false, needed: false, valid: true, bytes: 8192 },
});

/** `columns` of each: set by one UPDATE of 100 calls. */
function problemOf(updates: readonly (readonly string[])[], more: Partial<AdvisorTable> = {}) {
  const names = ['id', 'state', 'owner', 'tries', 'note'];
  const columns = names.map((name) => ({ name, width: 8, distinct: null, nullShare: null }));
  const table = { name: 'public.jobs', rows: 1e6, bytes: 1e8, columns, indexes: [existing(on(['id']))], rowid: null };
  const statements = updates.map((set, at) => ({
    ...{ id: `${at}`, calls: 100, seconds: 1, uses: [] },
    writes: [{ table: 'public.jobs', kind: 'update' as const, columns: set }],
  }));
  return { tables: [{ ...table, hotShare: 0.84, ...more }], statements } satisfies Pick<
    Problem,
    'tables' | 'statements'
  >;
}

test('an index on what updates change ends their being HOT: as key, INCLUDE, in a predicate or an expression', () => {
  const problem = problemOf([['state'], ['state', 'tries'], ['note']]);
  const said = hotLoss(on(['owner', 'state']), problem);
  assert.match(said!, /^It ends HOT updates of state \(2 statements, 200 rows written; 84 % of the table’s updates/);
  for (const spec of [
    on(['owner'], { include: ['tries'] }),
    on(['owner'], { where: 'note <> \'state\' AND tries IS NULL AND "state" = 1' }),
    on([], { keys: [key(null, 'abs(tries)')] }),
  ]) {
    assert.match(hotLoss(spec, problem)!, /tries/);
  }
});

test('no word of it where updates change other columns, or were not HOT before', () => {
  const state = on(['state']);
  assert.equal(hotLoss(state, problemOf([['note']])), null);
  assert.equal(hotLoss(on(['owner'], { where: "owner = 'state'" }), problemOf([['state']])), null, 'a constant');
  assert.equal(hotLoss(state, problemOf([['state']], { hotShare: 0.2 })), null);
  assert.equal(hotLoss(state, problemOf([['state']], { hotShare: null })), null);
  const indexed = { indexes: [existing(null), existing(on(['owner'], { include: ['state'] }))] };
  assert.equal(hotLoss(state, problemOf([['state']], indexed)), null, 'an index has it already');
  assert.equal(hotLoss(on(['state'], { table: 'public.other' }), problemOf([['state']])), null);
  assert.equal(hotLoss(state, problemOf([[]])), null, 'what it sets is not known');
});
