import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { CostCache } from './cost-cache.ts';
import { dropPass } from './drop-pass.ts';
import { exact } from './exact.ts';
import { aloneChanges, type GreedyParts, greedy } from './greedy.ts';
import { keyOf } from './key-of.ts';
import { withoutHarm } from './no-harm.ts';
import { NOTHING, Objective, type Solution } from './objective.ts';
import { Pool } from './pool.ts';
import type { IndexSpec } from './problem.ts';
import { seedsFor } from './seeds.ts';
import { index } from './testing.ts';
import { variations } from './variations.ts';

interface Item {
  readonly bytes: number;
  /** Cost of statements with it. */
  readonly costs: Readonly<Record<string, number>>;
  readonly writes?: number;
}

/** A search over items whose costs are written down: a statement takes the cheapest that is there, else 100. */
async function searchOver(items: readonly Item[], budget = 1e9, maxIndexes = 99) {
  const specs = items.map((_, i) => index('t', [`c${i}`]));
  const at = (spec: IndexSpec) => items[specs.findIndex((one) => keyOf(one) === keyOf(spec))]!;
  const whatIf = {
    bytes: (spec: IndexSpec) => at(spec).bytes,
    entrySeconds: (spec: IndexSpec) => at(spec).writes ?? 0,
    estimate: async (indexes: readonly IndexSpec[], statements: readonly string[]) =>
      statements.map((id) => {
        const able = indexes.filter((spec) => at(spec).costs[id] !== undefined);
        able.sort((a, b) => at(a).costs[id]! - at(b).costs[id]!);
        return able[0] ? { cost: at(able[0]).costs[id]!, uses: [keyOf(able[0])] } : { cost: 100, uses: [] };
      }),
  };
  const pool = new Pool(whatIf);
  const ids = specs.map((spec) => pool.add(spec).id);
  const statements = [...new Set(items.flatMap(({ costs }) => Object.keys(costs)))];
  const cache = new CostCache(whatIf, pool, () => ['t']);
  for (const one of statements)
    cache.show(
      one,
      ids.filter((id) => items[id]!.costs[one] !== undefined),
    );
  const objective = new Objective(statements, {
    cache,
    pool,
    weights: new Map(statements.map((one) => [one, 1])),
    // A call is too short for anybody to notice.
    calls: new Map(statements.map((one) => [one, 1e6])),
    writeCost: (_, indexes) => indexes.reduce((sum, { entrySeconds }) => sum + entrySeconds, 0),
  });
  const visited: Solution[] = [];
  const parts: GreedyParts = {
    objective,
    pool,
    limits: { budget, maxIndexes },
    over: () => false,
    visited: (solution) => visited.push(solution),
  };
  return { ids, parts, cache, statements, visited, alone: await aloneChanges(ids, parts) };
}

const chosen = ({ ids }: Solution) => [...ids].sort((a, b) => a - b);

test('greedy takes the greatest benefit that fits, and counts what the chosen ones already serve', async () => {
  const items = [
    { bytes: 1, costs: { p: 10, q: 60 } },
    { bytes: 1, costs: { q: 50 } },
    { bytes: 1, costs: { p: 9 } },
    { bytes: 1, costs: { r: 90 }, writes: 20 },
  ];
  const { parts, alone, visited } = await searchOver(items);
  const end = await greedy(NOTHING, alone, parts);
  assert.deepEqual(chosen(end), [0, 1, 2]);
  assert.equal(end.change, -(91 + 50));
  assert.deepEqual(visited.map(chosen), [[0], [0, 1], [0, 1, 2]]);
  const one = await searchOver(items, 1e9, 1);
  assert.deepEqual(chosen(await greedy(NOTHING, one.alone, one.parts)), [0]);
});

/** One large index that saves most, and small ones that save more together. */
const KNAPSACK = [
  { bytes: 10, costs: { big: 5 } },
  ...Array.from({ length: 9 }, (_, i) => ({ bytes: 1, costs: { [`s${i}`]: 40 } })),
];

test('a price on bytes, variations and the exact search each find the small ones in place of the large', async () => {
  const { ids, parts, alone } = await searchOver(KNAPSACK, 10);
  const plain = await greedy(NOTHING, alone, parts);
  assert.deepEqual(chosen(plain), [0]);
  const ends = [];
  for (const { start, price } of await seedsFor(ids, alone, parts)) ends.push(await greedy(start, alone, parts, price));
  const best = -9 * 60;
  assert.equal(Math.min(...ends.map(({ change }) => change)), best);
  const varied = await variations(ids, plain, seededRandom(1), parts);
  assert.equal(varied.change, best);
  assert.deepEqual(varied, await variations(ids, plain, seededRandom(1), parts));
  assert.equal((await exact(ids, plain, parts)).change, best);
  const stopped = { ...parts, over: () => true };
  assert.equal(await exact(ids, plain, stopped), plain);
  assert.equal(await variations(ids, plain, seededRandom(1), stopped), plain);
});

test('what hardly matters is dropped, and a smaller one takes the place of a larger', async () => {
  const { ids, parts, alone } = await searchOver([
    { bytes: 100, costs: { p: 10 } },
    { bytes: 20, costs: { p: 10.05 } },
    { bytes: 10, costs: { q: 50 } },
    { bytes: 10, costs: { q: 49.9 } },
    { bytes: 10, costs: { r: 99.5 } },
  ]);
  const all = { ids: new Set([0, 2, 3, 4]), change: -(90 + 50.1 + 0.5), bytes: 130 };
  const end = await dropPass(ids, all, 300, parts);
  assert.deepEqual(chosen(end), [1, 3]);
  assert.ok(Math.abs(end.change + 140.05) < 1e-9 && end.bytes === 30);
  const worth = await searchOver([
    { bytes: 1, costs: { p: 10 } },
    { bytes: 1, costs: { p: 8 } },
  ]);
  const both = await greedy(NOTHING, worth.alone, worth.parts);
  assert.deepEqual(chosen(await dropPass(worth.ids, both, 200, worth.parts)), [1]);
  assert.equal(alone.size, 5);
});

test('an index that makes a statement more than 5 % dearer goes, 4 % is let pass', async () => {
  const { parts, cache, statements } = await searchOver([
    { bytes: 1, costs: { p: 10, victim: 106 } },
    { bytes: 1, costs: { q: 10, other: 104 } },
  ]);
  const start = await parts.objective.solution(new Set([0, 1]));
  const { solution, removed } = await withoutHarm(statements, start, cache, parts);
  assert.deepEqual(chosen(solution), [1]);
  assert.deepEqual(removed, [{ id: 0, statement: 'victim', ratio: 1.06 }]);
  assert.equal(solution.change, -86);
});
