import assert from 'node:assert/strict';
import test from 'node:test';
import { CorrectedWhatIf } from './corrected.ts';
import { keyOf } from './key-of.ts';
import { learningSearch } from './learning-search.ts';
import type { Bench, Estimate, IndexSpec, WhatIf } from './problem.ts';
import { NONE, Runs } from './runs.ts';
import { ALL, equal, problemOf, range, statement, table, use } from './testing.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const TABLES = NAMES.map((name) =>
  table(name, 1e6, [
    ['x', 1000],
    ['y', 1000],
    ['z', 1000],
  ]),
);
/** Each by x, a range of y, and z. */
const STATEMENTS = NAMES.map((name) =>
  statement(name, [use(name, { equality: [equal('x'), equal('z')], ranges: [range('y')] })], { seconds: 100 }),
);
const PROBLEM = problemOf(TABLES, STATEMENTS, { dialect: { ...ALL, include: false, partial: false } });

const firstKey = ({ keys }: IndexSpec) => keys[0]!.column!;
const SECONDS: Readonly<Record<string, number>> = { x: 0.1, y: 3, z: 0.5 };

/** Loves y, which is the slowest, and thinks little of x, which is the quickest. */
const ERRING: WhatIf = {
  bytes: () => 1000,
  entrySeconds: () => 0,
  estimate: async (indexes, statements) =>
    statements.map((id): Estimate => {
      const told: Readonly<Record<string, number>> = { y: 1, z: 20, x: 30 };
      const own = indexes.filter((spec) => spec.table === id).sort((a, b) => told[firstKey(a)]! - told[firstKey(b)]!);
      return own[0] ? { cost: told[firstKey(own[0])]!, uses: [keyOf(own[0])] } : { cost: 100, uses: [] };
    }),
};

/** Statements are run with the index that the planner takes. */
function bench(builds: (readonly IndexSpec[])[]): Bench {
  return {
    async measure(indexes, statements) {
      builds.push(indexes);
      const plans = await ERRING.estimate(indexes, statements);
      const seconds = statements.map((id, i): [string, number] => {
        const used = indexes.find((spec) => plans[i]!.uses.includes(keyOf(spec)));
        return [id, used ? SECONDS[firstKey(used)]! : 1];
      });
      return { seconds: new Map(seconds), bytes: new Map(indexes.map((spec) => [keyOf(spec), 1000])) };
    },
  };
}

async function search(over: (builds: number) => boolean) {
  const builds: (readonly IndexSpec[])[] = [];
  const runs = new Runs(PROBLEM, bench(builds));
  await runs.ensure(NONE, NAMES, 3);
  const whatIf = new CorrectedWhatIf(PROBLEM, ERRING);
  const found = await learningSearch(PROBLEM, whatIf, NAMES, runs, () => over(builds.length));
  return { builds, runs, found };
}

test('what the planner errs about is found out for all statements at once, in a few builds', async () => {
  const { builds, runs, found } = await search(() => false);
  const last = found[0]!.set;
  assert.deepEqual(last.specs.map((spec) => `${spec.table}.${firstKey(spec)}`).sort(), ['a.x', 'b.x', 'c.x', 'd.x']);
  assert.ok(Math.abs(runs.seconds(last, NAMES) - 100 * 4 * 0.1) < 1e-9);
  assert.ok(firstKey(found.at(-1)!.set.specs[0]!) === 'y', 'it began with what the planner loves');
  assert.ok(builds.length <= 12, `${builds.length} sets were run`);
  assert.equal(found[0]!.set.name, found[1]!.set.name, 'it ends when the choice stays the same');
});

test('the time is a bound, and what was run by then is told', async () => {
  assert.deepEqual((await search(() => true)).found, []);
  const { found, builds } = await search((count) => count >= 3);
  assert.equal(found.length, 2);
  assert.equal(builds.length, 3);
});
