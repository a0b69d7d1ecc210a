import assert from 'node:assert/strict';
import test from 'node:test';
import { CostCache } from './cost-cache.ts';
import { keyOf } from './key-of.ts';
import { packQuestions } from './pack.ts';
import { Pool } from './pool.ts';
import type { IndexSpec } from './problem.ts';
import { index } from './testing.ts';
import { utilised } from './utilised.ts';

const SPECS = ['a', 'b', 'c', 'd'].map((name) => index(name === 'd' ? 'u' : 't', [name]));

/** Costs 10, 6 with b, 3 with a, whatever else there is. */
function setup() {
  const asked: string[] = [];
  const whatIf = {
    bytes: () => 1,
    entrySeconds: () => 0,
    estimate: async (indexes: readonly IndexSpec[], statements: readonly string[]) => {
      asked.push(`${statements.join('+')} with ${indexes.map(({ keys }) => keys[0]!.column).join('')}`);
      return statements.map((id) => {
        if (id === 'lost') return null;
        for (const [name, cost] of [
          ['a', 3],
          ['b', 6],
        ] as const) {
          const used = indexes.find(({ keys }) => keys[0]!.column === name);
          if (used && id === 'on t') return { cost, uses: [keyOf(used)] };
        }
        return { cost: 10, uses: [] };
      });
    },
  };
  const pool = new Pool(whatIf);
  for (const spec of SPECS) pool.add(spec);
  const cache = new CostCache(whatIf, pool, (id) => (id === 'on u' ? ['u'] : ['t']));
  cache.show('on t', [0, 1, 2]);
  cache.show('on u', [3]);
  return { asked, pool, cache };
}

test('asks once, and only for what the statement can see', async () => {
  const { asked, cache } = setup();
  const need = (...ids: number[]) => cache.need([{ statement: 'on t', set: new Set(ids) }]);
  await need();
  await need(3);
  assert.deepEqual(asked, ['on t with ']);
  await need(1);
  assert.equal(cache.cost('on t', new Set([1, 3])), 6);
  await need(0, 1, 2);
  assert.deepEqual(cache.planned('on t', new Set([0, 1, 2])), { cost: 3, uses: [0] });
  assert.equal(cache.estimates, 3);
});

test('a plan stays the best when only what it does not use is taken away', async () => {
  const { asked, cache } = setup();
  await cache.need([{ statement: 'on t', set: new Set([0, 1, 2]) }]);
  await cache.need([[0], [0, 1], [0, 2]].map((ids) => ({ statement: 'on t', set: new Set(ids) })));
  assert.equal(asked.length, 1);
  assert.equal(cache.cost('on t', new Set([0, 2])), 3);
  await cache.need([{ statement: 'on t', set: new Set([1, 2]) }]);
  assert.equal(asked.length, 2, 'without the one it uses it must be asked');
  assert.throws(() => cache.cost('on t', new Set([2])), /was not asked/);
});

test('one that cannot be planned is null without, and no better with', async () => {
  const { cache } = setup();
  cache.show('lost', [0]);
  await cache.need([{ statement: 'lost', set: new Set() }]);
  assert.equal(cache.planned('lost', new Set()), null);
  assert.equal(cache.cost('lost', new Set()), Number.POSITIVE_INFINITY);
});

test('questions on different tables go together, each with its own indexes', () => {
  const { pool } = setup();
  const tables: Record<string, string[]> = { x: ['t'], y: ['u'], z: ['t', 'u'] };
  const packs = packQuestions(
    [
      { statement: 'x', ids: [0] },
      { statement: 'y', ids: [3] },
      { statement: 'z', ids: [0, 3] },
      { statement: 'x', ids: [1] },
      { statement: 'y', ids: [] },
    ],
    (id) => tables[id]!,
    pool,
  );
  assert.deepEqual(
    packs.map(({ ids, questions }) => `${questions.map(({ statement }) => statement).join('')}:${ids.join('')}`),
    ['xyz:03', 'xy:1'],
  );
});

test('the indexes of a plan, then those of the next best, until none is used', async () => {
  const { asked, cache } = setup();
  const found = await utilised(
    new Map([
      ['on t', [0, 1, 2]],
      ['on u', [3]],
    ]),
    cache,
  );
  assert.deepEqual(found.get('on t'), [0, 1]);
  assert.deepEqual(found.get('on u'), []);
  assert.deepEqual([...cache.visible('on t')], [0, 1]);
  assert.deepEqual(asked, ['on t+on u with abcd', 'on t with bc', 'on t with c']);
});

test('hundreds of candidates meet in heats', async () => {
  const { cache, pool } = setup();
  const many = Array.from({ length: 100 }, (_, i) => pool.add(index('t', ['z', `z${i}`])).id);
  const found = await utilised(new Map([['on t', [...many, 1, 0]]]), cache);
  assert.deepEqual([...found.get('on t')!].sort(), [0, 1]);
});
