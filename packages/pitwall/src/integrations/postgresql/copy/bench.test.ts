import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOn } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import { CopyBench } from './bench.ts';
import type { BuiltIndexes } from './built-indexes.ts';

const INDEX: IndexSpec = { table: 'public.t', keys: [keyOn('a')], include: [], where: null };
const SEARCH = 'SELECT 1 FROM t WHERE a = 1';
const OTHER = 'SELECT 1 FROM u WHERE b = 1';
const WRITE = 'UPDATE t SET a = 2 WHERE id = 1';
const ALL = ['search', 'other', 'write'];

/** A copy where the index makes the search faster (80 ms, not 200); each run of anything takes a millisecond more than the one before. */
function copy({ served = 80, otherwise = 200 } = {}) {
  let there: readonly IndexSpec[] = [];
  const runs = new Map<string, number>();
  const kept: number[] = [];
  let limit = Number.POSITIVE_INFINITY;
  const explained = (text: string) => {
    const statement = [SEARCH, OTHER, WRITE].find((one) => text.endsWith(one))!;
    const isServed = statement === SEARCH && there.some(({ table }) => table === INDEX.table);
    const scan = statement === SEARCH && there.length > 0 ? 'Bitmap Heap Scan' : 'Seq Scan';
    const node = statement === WRITE ? 'ModifyTable' : isServed ? 'Index Scan' : scan;
    if (!text.includes('ANALYZE')) return { Plan: { 'Node Type': node } };
    const count = (runs.get(statement) ?? 0) + 1;
    runs.set(statement, count);
    if ((isServed ? served : otherwise) > limit)
      throw Object.assign(new Error('canceling'), { severity: 'ERROR', code: '57014' });
    return { Plan: { 'Node Type': node }, 'Planning Time': count, 'Execution Time': isServed ? served : otherwise };
  };
  const client = {
    async query(asked: string | { text: string }) {
      const text = typeof asked === 'string' ? asked : asked.text;
      limit = Number(/statement_timeout = (\d+)/.exec(text)?.[1] ?? limit);
      return { rows: text.startsWith('EXPLAIN') ? [{ 'QUERY PLAN': [explained(text)] }] : [] };
    },
  };
  const indexes = {
    client,
    of: () => null,
    async build() {},
    async rest() {},
    async keepOnly(specs: readonly IndexSpec[]) {
      kept.push(specs.length);
    },
    async within<T>(specs: readonly IndexSpec[], work: () => Promise<T>) {
      there = specs;
      return work();
    },
  };
  const statements = [
    { id: 'search', text: SEARCH, samples: [] },
    { id: 'other', text: OTHER, samples: [] },
    { id: 'write', text: WRITE, samples: [] },
  ];
  const bench = new CopyBench(indexes as unknown as BuiltIndexes, statements, new AbortController().signal);
  return { bench, runs, kept };
}

test('only what is planned otherwise is run with both sets; writes always are', async () => {
  const { bench, runs, kept } = copy();
  const [before, after] = await bench.compare([[], [INDEX]], ALL, 10);
  assert.deepEqual(
    before!.samples!.get('other'),
    after!.samples!.get('other'),
    'planned alike: not a microsecond between',
  );
  assert.ok(runs.get(OTHER)! <= 2, `${runs.get(OTHER)} runs of what cannot differ`);
  for (const id of ['search', 'write']) {
    assert.equal(before!.samples!.get(id)!.length, 6, 'runs of a tenth of a second need no more');
    assert.notDeepEqual(before!.samples!.get(id), after!.samples!.get(id));
  }
  assert.ok(after!.seconds.get('search')! < before!.seconds.get('search')! / 2);
  assert.deepEqual(kept, [1]);
});

test('in the contest a plan is timed once, whatever set it is seen with; who asks again gets more runs', async () => {
  const { bench, runs } = copy();
  const none = await bench.measure([], ALL, 3);
  const count = runs.get(OTHER)!;
  const withIt = await bench.measure([INDEX], ALL, 3);
  assert.equal(runs.get(OTHER), count);
  assert.deepEqual(withIt.samples!.get('other'), none.samples!.get('other'));
  assert.ok(withIt.seconds.get('search')! < none.seconds.get('search')! / 2);
  const more = await bench.measure([], ['search'], 3);
  for (const run of more.samples!.get('search')!) assert.ok(!none.samples!.get('search')!.includes(run));
});

test('what takes too long counts as what it was given, and is not tried again with the same plan', async () => {
  const { bench, runs } = copy({ served: 200, otherwise: 90_000 });
  const [before, after] = await bench.compare([[], [INDEX]], ['search', 'other'], 10);
  assert.deepEqual(new Set(before!.samples!.get('search')), new Set([15]));
  assert.ok(after!.seconds.get('search')! < 0.3);
  assert.equal(runs.get(OTHER), 1);
  assert.equal(bench.failures.size, 0);
});

test('with an index a read is given up after twice its time without', async () => {
  const { bench } = copy({ served: 90_000, otherwise: 2000 });
  const [before, after] = await bench.compare([[], [INDEX]], ['search'], 6);
  const ratio = after!.seconds.get('search')! / before!.seconds.get('search')!;
  assert.ok(Math.abs(ratio - 2) < 0.1, `${ratio}`);
});

test('where an index makes it much quicker, five seconds without that index say enough', async () => {
  const { bench } = copy({ served: 100, otherwise: 90_000 });
  const [none] = await bench.compare([[]], ['search'], 6);
  assert.equal(none!.seconds.get('search'), 15);
  assert.deepEqual([...none!.atLeast!], ['search']);
  const served = await bench.measure([INDEX], ['search'], 3);
  assert.ok(served.seconds.get('search')! < 0.2);
  assert.equal(served.atLeast!.size, 0);
  const other = await bench.measure([{ ...INDEX, table: 'public.other' }], ['search'], 3);
  assert.equal(other.seconds.get('search'), 5);
  assert.deepEqual([...other.atLeast!], ['search']);
});

test('a pass over calls counts the rare slow one, and a long statement is looked at with fewer', async () => {
  const calls = (ms: readonly number[]) => ms.map((one) => ({ text: `SELECT ${one}`, params: [] }));
  const of = (ms: readonly number[]) => {
    const ran: number[] = [];
    const client = {
      async query(asked: string | { text: string }) {
        const text = typeof asked === 'string' ? asked : asked.text;
        if (!text.startsWith('EXPLAIN')) return { rows: [] };
        const time = Number(/SELECT (\d+)/.exec(text)![1]);
        if (text.includes('ANALYZE')) ran.push(time);
        const Plan = { 'Node Type': 'Seq Scan', Filter: `a = ${time}` };
        return { rows: [{ 'QUERY PLAN': [{ Plan, 'Planning Time': 0, 'Execution Time': time }] }] };
      },
    };
    const indexes = {
      client,
      of: () => null,
      async build() {},
      async rest() {},
      within: (_: unknown, work: () => Promise<unknown>) => work(),
    };
    const statements = [{ id: 's', text: 'SELECT $1', samples: calls(ms) }];
    return { ran, bench: new CopyBench(indexes as unknown as BuiltIndexes, statements, new AbortController().signal) };
  };
  const mixed = of([10, 10, 10, 110]);
  assert.ok(Math.abs((await mixed.bench.measure([], ['s'], 3)).seconds.get('s')! - 0.035) < 1e-9);
  const long = of([3000, 3000, 3000, 3000]);
  assert.equal((await long.bench.measure([], ['s'], 3)).seconds.get('s'), 3);
  assert.equal(long.ran.length, 1, 'one call, once');
});

test('long runs that differ much are made once for each call', async () => {
  const { bench, runs } = copy({ served: 300, otherwise: 3000 });
  const [before, after] = await bench.compare([[], [INDEX]], ['search'], 10);
  assert.equal(before!.samples!.get('search')!.length, 6);
  assert.equal(after!.samples!.get('search')!.length, 6);
  assert.ok(runs.get(SEARCH)! <= 3, `${runs.get(SEARCH)} runs`);
});
