import assert from 'node:assert/strict';
import test from 'node:test';
import { ablate, glance, isWorthIt, whyDropped } from './ablation.ts';
import { diverse } from './diverse.ts';
import { halving } from './halving.ts';
import { keyOf } from './key-of.ts';
import { movesFrom } from './local-search.ts';
import { effectOf } from './paired-effect.ts';
import type { IndexSpec, Measured } from './problem.ts';
import { builtSet, Runs } from './runs.ts';
import { index, problemOf, statement, table, use } from './testing.ts';

const TABLES = ['t', 'u'].map((name) => table(name, 100, [['a', 10]]));
const PROBLEM = problemOf(TABLES, [
  statement('on t', [use('t')], { calls: 10 }),
  statement('on u', [use('u')], { calls: 1 }),
]);
const [A, B, U] = [index('t', ['a']), index('t', ['b']), index('u', ['a'])];

function benchOf(secondsOf: (id: string, indexes: readonly IndexSpec[]) => number | null) {
  const asked: string[] = [];
  const measure = async (indexes: readonly IndexSpec[], ids: readonly string[], rounds: number): Promise<Measured> => {
    asked.push(
      `${ids.join('+')} ×${rounds} with ${indexes.map(({ table: of, keys }) => `${of}.${keys[0]!.column}`).join()}`,
    );
    return {
      seconds: new Map(ids.map((id) => [id, secondsOf(id, indexes)])),
      samples: new Map(
        ids.map((id) => [id, Array.from({ length: rounds }, (_, i) => (secondsOf(id, indexes) ?? 0) * (1 + i / 1000))]),
      ),
      bytes: new Map(indexes.map((spec) => [keyOf(spec), 5])),
    };
  };
  return { asked, measure };
}

test('a statement is measured once for all sets that are the same on its tables', async () => {
  const bench = benchOf((_, indexes) => 1 + indexes.length);
  const runs = new Runs(PROBLEM, bench);
  const ids = runs.touchedBy([A, U]);
  await runs.ensure(builtSet([A]), ids, 3);
  await runs.ensure(builtSet([A, U]), ids, 3);
  await runs.ensure(builtSet([U]), ids, 3);
  await runs.ensure(builtSet([A]), ['on t'], 5);
  assert.deepEqual(bench.asked, ['on t+on u ×3 with t.a', 'on u ×3 with u.a', 'on t ×3 with ', 'on t ×2 with t.a']);
  assert.equal(runs.measurements, 6 + 3 + 3 + 2);
  assert.equal(
    runs.bytesOf(builtSet([A, B]), () => 7),
    12,
  );
});

test('the fastest of many sets, most runs for the best of them', async () => {
  const worth: Record<string, number> = { a: 3, b: 1, c: 2 };
  const bench = benchOf((_, [spec]) => (spec ? worth[spec.keys[0]!.column!]! : 4));
  const runs = new Runs(PROBLEM, bench);
  const sets = [[], [A], [B], [index('t', ['c'])]].map(builtSet);
  const ranked = await halving(sets, ['on t'], runs, { fits: () => true, over: () => false });
  assert.deepEqual(
    ranked.map(({ specs }) => specs[0]?.keys[0]?.column ?? ''),
    ['b', 'c', 'a', ''],
  );
  const small = await halving(sets, ['on t'], runs, { fits: ({ specs }) => specs.length === 0, over: () => false });
  assert.deepEqual(
    small.map(({ specs }) => specs.length),
    [0],
  );
});

test('the effect of pairs, and no certainty from few of them', () => {
  const before = [10, 11, 12, 10, 11, 12, 10, 11, 12, 10];
  const effect = effectOf(
    before,
    before.map((value) => value / 2),
  );
  assert.ok(Math.abs(effect.ratio - 0.5) < 1e-12 && Math.abs(effect.interval[1] - 0.5) < 1e-12);
  assert.deepEqual(effectOf([1, 1], [2, 2]).interval, [0, Number.POSITIVE_INFINITY]);
  assert.equal(effectOf([0], [0]).ratio, 1);
});

test('what one index does in its set', async () => {
  const bench = benchOf((_, indexes) => (indexes.some((spec) => spec === A) ? 1 : 4));
  const good = await ablate(A, builtSet([A, B]), new Runs(PROBLEM, bench), 10);
  assert.ok(isWorthIt(good) && Math.abs(good.savedSeconds - 30) < 0.1 && Math.abs(good.share - 0.75) < 0.01);
  const none = await ablate(B, builtSet([A, B]), new Runs(PROBLEM, bench), 10);
  assert.ok(!isWorthIt(none));
  assert.match(whyDropped(none), /no faster with it/);
  const little = benchOf((_, indexes) => (indexes.length > 0 ? 0.995 : 1));
  const hardly = await ablate(A, builtSet([A]), new Runs(PROBLEM, little), 10);
  assert.ok(hardly.interval[0] > 0 && !isWorthIt(hardly));
  assert.match(whyDropped(hardly), /too little to keep/);
  const fails = benchOf((_, indexes) => (indexes.length > 0 ? null : 1));
  const broken = await ablate(A, builtSet([A]), new Runs(PROBLEM, fails), 10);
  assert.match(whyDropped(broken), /fails or times out/);
  const saves = await ablate(
    A,
    builtSet([A]),
    new Runs(
      PROBLEM,
      benchOf((_, indexes) => (indexes.length > 0 ? 1 : null)),
    ),
    10,
  );
  assert.ok(isWorthIt(saves));
});

test('where the time is over, the runs of the contest tell what an index does: less surely, and it is said', async () => {
  const bench = benchOf((_, indexes) => (indexes.some((spec) => spec === A) ? 1 : 4));
  const good = await glance(A, builtSet([A, B]), new Runs(PROBLEM, bench));
  assert.ok(isWorthIt(good) && Math.abs(good.savedSeconds - 30) < 3, JSON.stringify(good.savedSeconds));
  assert.equal(good.interval[0], Number.NEGATIVE_INFINITY);
  const none = await glance(B, builtSet([A, B]), new Runs(PROBLEM, bench));
  assert.ok(!isWorthIt(none));
  assert.match(whyDropped(none), /less than a thousandth of the workload|as the time was over/);
  const nothing = { ...bench, measure: async () => ({ seconds: new Map(), bytes: new Map() }) };
  assert.ok(
    isWorthIt(await glance(A, builtSet([A]), new Runs(PROBLEM, nothing))),
    'not known: the last comparison decides',
  );
});

test('what nobody would notice is too little, unless somebody waits for a single call', async () => {
  const bench = benchOf((_, indexes) => (indexes.length > 0 ? 1e-4 : 2e-4));
  const among = (seconds: number) =>
    problemOf(TABLES, [
      statement('on t', [use('t')], { calls: 10, seconds: 2e-3 }),
      statement('all else', [use('u')], { calls: 1, seconds }),
    ]);
  const little = await ablate(A, builtSet([A]), new Runs(among(1000), bench), 10);
  assert.ok(!isWorthIt(little) && little.interval[0] > 0);
  assert.match(whyDropped(little), /less than a thousandth of the workload/);
  assert.ok(isWorthIt(await ablate(A, builtSet([A]), new Runs(among(0.01), bench), 10)));
  const slow = benchOf((_, indexes) => (indexes.length > 0 ? 1e-4 : 0.3));
  assert.ok(isWorthIt(await ablate(A, builtSet([A]), new Runs(among(1e6), slow), 10)), 'a call of 0.3 s less');
});

test('too few runs for an interval are said in words', async () => {
  const bench = benchOf(() => 1);
  assert.match(whyDropped(await ablate(A, builtSet([A]), new Runs(PROBLEM, bench), 3)), /too few runs for an interval/);
});

test('neighbours begin with what differs most', () => {
  const utilised = [index('t', ['a', 'x']), index('t', ['a', 'y']), index('t', ['b']), index('u', ['a'])].map(
    (spec) => ({ spec }),
  );
  const first = diverse(utilised).map(({ spec }) => `${spec.table}.${spec.keys.map(({ column }) => column).join('')}`);
  assert.deepEqual(first, ['t.ax', 't.b', 'u.a', 't.ay']);
  const { drops, additions, swaps } = movesFrom(builtSet([A]), utilised);
  const wide = { ...index('t', ['a', 'b']), include: ['c'] };
  assert.deepEqual(
    movesFrom(builtSet([wide]), []).trims.map(({ added }) => [added!.keys.length, added!.include.length]),
    [
      [2, 0],
      [1, 1],
      [1, 0],
    ],
  );
  const texts = (moves: typeof drops) =>
    moves.map(({ gone, added }) =>
      [gone, added].map((spec) => (spec ? `${spec.table}.${spec.keys[0]!.column}` : '')).join(' → '),
    );
  assert.deepEqual(texts(drops), ['t.a → ']);
  assert.deepEqual(texts(additions), [' → t.a', ' → t.b', ' → u.a', ' → t.a']);
  assert.deepEqual(texts(swaps), ['t.a → t.a', 't.a → t.a', 't.a → t.b'], 'of the same table only');
});
