import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from 'pg';
import { keyOn } from '../../_sql/advisor/key-of.ts';
import type { IndexSpec } from '../../_sql/advisor/problem.ts';
import { CopyBench } from './bench.ts';
import { BuiltIndexes } from './built-indexes.ts';

const signal = new AbortController().signal;
const INDEX: IndexSpec = { table: 'public.t', keys: [keyOn('a')], include: [], where: null };

/** A copy where an index changes the plan of each statement that has `t` in it; every run takes 5 ms. */
class FakeIndexes extends BuiltIndexes {
  #there = 0;
  rested = 0;

  constructor(runs: string[]) {
    super(
      {
        query: async (asked: string | { text: string }) => {
          const text = typeof asked === 'string' ? asked : asked.text;
          if (!text.startsWith('EXPLAIN')) return { rows: [] };
          const statement = text.slice(text.search(/SELECT|INSERT/));
          const Plan = statement.startsWith('INSERT')
            ? { 'Node Type': 'ModifyTable', Plans: [{ 'Node Type': 'Function Scan', 'Plan Rows': 1e6 }] }
            : { 'Node Type': /\bt\b/.test(statement) && this.#there > 0 ? 'Index Scan' : 'Seq Scan' };
          if (text.includes('ANALYZE')) runs.push(statement);
          return { rows: [{ 'QUERY PLAN': [{ Plan, 'Planning Time': 0, 'Execution Time': 5 }] }] };
        },
      } as unknown as Client,
      signal,
    );
  }

  override of() {
    return null;
  }
  override async build() {}
  override async keepOnly() {}
  override async rest() {
    this.rested++;
  }
  override async within<T>(specs: readonly IndexSpec[], work: () => Promise<T>): Promise<T> {
    this.#there = specs.length;
    return work();
  }
}

const STATEMENTS = ['SELECT 1 FROM t', 'SELECT 1 FROM u', 'INSERT INTO t SELECT i FROM generate_series(1, 1000000) i'];
const planned = STATEMENTS.map((text, at) => ({ id: `s${at}`, text, samples: [] }));
const ids = planned.map(({ id }) => id);

test('when the time for measuring is over nothing more is begun, and that is said; what is planned alike needs one run', async () => {
  const runs: string[] = [];
  const bench = new CopyBench(new FakeIndexes(runs), planned, signal, 0);
  const [before, after] = await bench.compare([[], [INDEX]], ids, 10);
  assert.match(bench.failures.get('s0')!, /^measuring may take \d+ s in all, and they were over$/);
  assert.deepEqual([before!.seconds.get('s0'), after!.seconds.get('s0')], [null, null]);
  assert.ok(before!.seconds.get('s1')! > 0);
  assert.equal(runs.includes(STATEMENTS[0]!), false);
});

test('a statement that fills a table is not run at all', async () => {
  const runs: string[] = [];
  const indexes = new FakeIndexes(runs);
  const bench = new CopyBench(indexes, planned, signal);
  const [before, after] = await bench.compare([[], [INDEX]], ids, 10);
  assert.match(bench.failures.get('s2')!, /^it writes some 1,000,000 rows a call/);
  assert.deepEqual([before!.seconds.get('s2'), after!.seconds.get('s2')], [null, null]);
  assert.equal(runs.includes(STATEMENTS[2]!), false);
  assert.equal(before!.samples!.get('s0')!.length, 10);
  assert.ok(indexes.rested > 20, 'the server was left alone between runs');
});

test('rests as long as the share of the time asks for; an end does not wait for it', async () => {
  const client = {} as Client;
  const from = performance.now();
  await new BuiltIndexes(client, signal, 0.25).rest(0.02);
  assert.ok(performance.now() - from >= 59, 'three times as long');
  const again = performance.now();
  await new BuiltIndexes(client, signal).rest(1000);
  const stopped = AbortSignal.timeout(20);
  await assert.rejects(new BuiltIndexes(client, stopped, 0.01).rest(1000), { name: 'TimeoutError' });
  assert.ok(performance.now() - again < 5000);
});
