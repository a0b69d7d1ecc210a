import assert from 'node:assert/strict';
import test from 'node:test';
import { describeIndex, keyOf } from './key-of.ts';
import type { Bench, IndexSpec } from './problem.ts';
import { prove } from './prove.ts';
import { builtSet, NONE, Runs } from './runs.ts';
import { equal, index, problemOf, statement, table, use } from './testing.ts';

const T = table('t', 1000, [
  ['a', 10],
  ['b', 10],
  ['c', 10],
]);
const STATEMENTS = ['big', 'small'].map((id) => statement(id, [use('t', { equality: [equal('a')] })], { calls: 1 }));
const PROBLEM = problemOf([T], STATEMENTS);
const FAST = index('t', ['a']);
const HARMLESS = index('t', ['a', 'b']);
const OTHER = index('t', ['c']);

/** By a alone the big one is quickest, and the small one slower; by a and b the big one is nearly as quick, and none slower. */
const BENCH: Bench = {
  async measure(indexes, statements, rounds) {
    const has = (spec: IndexSpec) => indexes.some((one) => keyOf(one) === keyOf(spec));
    const big = has(FAST) ? 0.1 : has(HARMLESS) ? 0.2 : has(OTHER) ? 6 : 10;
    const small = has(FAST) ? 1.5 : 1;
    const times = statements.map((id): [string, number] => [id, id === 'big' ? big : small]);
    return {
      seconds: new Map(times),
      samples: new Map(times.map(([id, each]) => [id, Array.from({ length: rounds }, (_, i) => each + i * 1e-6)])),
      bytes: new Map(indexes.map((spec) => [keyOf(spec), 1000])),
    };
  },
};

async function proven(known: readonly (readonly IndexSpec[])[], rejected: readonly string[] = []) {
  const runs = new Runs(PROBLEM, BENCH);
  for (const set of [NONE, ...known.map(builtSet)]) await runs.ensure(set, ['big', 'small'], 3);
  const result = await prove(builtSet([FAST]), runs, 10, {
    isRead: () => true,
    repair: async () => null,
    mends: new Set(),
    fits: (set) => !set.specs.some((spec) => rejected.includes(describeIndex(spec))),
    over: () => false,
  });
  return { chosen: result.set.specs.map(describeIndex), because: result.rejected.map(({ because }) => because) };
}

test('a read that cannot be mended does not cost what another set keeps that was run before', async () => {
  const { chosen, because } = await proven([[FAST], [OTHER], [HARMLESS]]);
  assert.deepEqual(chosen, [describeIndex(HARMLESS)]);
  assert.match(because.join('\n'), /statement small is 50 % slower with it/);
});

test('where no such set was run, or none fits, the index is given up', async () => {
  assert.deepEqual((await proven([[FAST]])).chosen, []);
  assert.deepEqual((await proven([[FAST], [HARMLESS]], [describeIndex(HARMLESS)])).chosen, []);
});
