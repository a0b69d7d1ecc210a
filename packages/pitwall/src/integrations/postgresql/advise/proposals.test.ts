import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChosenIndex, IndexSpec } from '../../_sql/advisor/problem.ts';
import type { MeasuredStatement, Refined } from '../../_sql/advisor/refine.ts';
import type { IndexSizes } from '../what-if/sizes.ts';
import { createProposals, type Told } from './proposals.ts';
import { request, statement } from './testing.ts';

const on = (column: string): IndexSpec => ({
  table: 'public.orders',
  keys: [{ column, expression: null, desc: false, nullsFirst: null, collate: null, opclass: null }],
  include: [],
  where: null,
});
const [GOOD, BAD] = [on('customer_id'), on('status')];

const measured = (id: string, ratio: number, low: number, writes = false): MeasuredStatement => ({
  ...{
    id,
    before: 1,
    after: ratio,
    ratio,
    interval: [low, ratio * 1.1],
    rounds: 10,
    writes,
    atLeast: false,
    predicted: null,
    agreed: null,
  },
});

/** Two indexes on one table: the first makes `fast` fast, the second makes `slow` slow, and each what the test says. */
function told(statements: readonly MeasuredStatement[], ratios: readonly [GOOD: object, BAD: object]): Told {
  const refined = {
    chosen: [GOOD, BAD].map((spec, at) => ({
      ...{ spec, savedSeconds: 1, interval: [0.5, 2], share: 0.5, best: 0.1, bytes: 8192 },
      ratios: new Map(Object.entries(ratios[at]!)),
    })),
    statements,
  } as unknown as Refined;
  return {
    workload: request(statements.map(({ id }) => statement(id, `SELECT '${id}'`, [], { tables: ['orders'] }))).workload,
    problem: { tables: [], statements: [] },
    schema: { tables: [], sized: new Map(), definitions: new Map(), searchPath: ['public'] },
    sizes: { estimated: () => 8192 } as unknown as IndexSizes,
    costs: new Map(),
    refined,
    drawn: new Set(),
    buildSeconds: new Map(),
    taken: new Set(),
    parts: new Map(),
  };
}

const chosen = (spec: IndexSpec, ...ids: readonly string[]): ChosenIndex => ({
  ...{ spec, bytes: 8192, savedSeconds: 1, writeSeconds: 0 },
  statements: ids.map((id) => ({ id, before: 100, after: 1 })),
});

test('a read that is slower is told with the index that has a part in it, and with no other', () => {
  const all = told(
    [measured('fast', 0.1, 0.08), measured('slow', 1.4, 1.2), measured('same', 1.2, 0.9)],
    [
      { fast: 0.1, slow: 1 },
      { fast: 1, slow: 1.4, same: 1.2 },
    ],
  );
  const [good, bad] = createProposals([chosen(GOOD, 'fast'), chosen(BAD, 'fast')], all);
  assert.deepEqual(
    good!.statements.map((one) => one.statement),
    ['fast'],
  );
  assert.doesNotMatch(good!.because, /slower/);
  assert.deepEqual(
    bad!.statements.map((one) => one.statement),
    ['fast', 'slow'],
  );
  assert.match(bad!.because, /One read is 40 % slower with it\.$/);
  // The index is not for it.
  assert.deepEqual(
    bad!.change.basis!.statements.filter(({ helped }) => helped).map((one) => one.statement),
    ['fast'],
  );
});

test('where it shows with no single index, each that touches it tells', () => {
  const all = told(
    [measured('fast', 0.1, 0.08), measured('slow', 1.4, 1.2)],
    [
      { fast: 0.1, slow: 1.01 },
      { fast: 0.1, slow: 1.01 },
    ],
  );
  for (const one of createProposals([chosen(GOOD, 'fast'), chosen(BAD, 'fast')], all))
    assert.match(one.because, /40 % slower/);
});

test('that updates stop being HOT is said behind what it gains', () => {
  const all = told([measured('fast', 0.1, 0.08), measured('set', 1.2, 1.1, true)], [{ fast: 0.1 }, {}]);
  const columns = ['customer_id', 'status'].map((name) => ({ name, width: 8, distinct: null, nullShare: null }));
  const table = { name: 'public.orders', rows: 1e6, bytes: 1e8, columns, indexes: [], rowid: null, hotShare: 0.9 };
  const writes = [{ table: 'public.orders', kind: 'update' as const, columns: ['status'] }];
  const problem = { tables: [table], statements: [{ id: 'set', calls: 50, seconds: 1, uses: [], writes }] };
  const [good, bad] = createProposals([chosen(GOOD, 'fast'), chosen(BAD, 'fast')], { ...all, problem });
  assert.doesNotMatch(good!.because, /HOT/);
  assert.match(
    bad!.because,
    /^One statement finds .*\. It ends HOT updates of status \(1 statement, 50 rows written; 90 %/,
  );
});

test('a write that finds its rows through the index is among what it helps, not among what pays for it', () => {
  const all = told(
    [measured('purge', 0.01, 0.008, true), measured('add', 0.93, 0.9, true)],
    [{ purge: 0.01, add: 0.93 }, {}],
  );
  const [good] = createProposals([chosen(GOOD)], all);
  assert.deepEqual(
    good!.statements.map((one) => one.statement),
    ['purge'],
  );
  assert.deepEqual(
    good!.writes.map((one) => one.statement),
    ['add'],
  );
  assert.match(good!.because, /^One statement finds its rows through it/);
});
