import assert from 'node:assert/strict';
import test from 'node:test';
import { CorrectedWhatIf } from './corrected.ts';
import { keyOf } from './key-of.ts';
import type { Estimate, IndexSpec, WhatIf } from './problem.ts';
import { equal, index, problemOf, statement, table, use } from './testing.ts';

const T = table('t', 1000, [
  ['a', 10],
  ['b', 10],
  ['c', 10],
]);
const PROBLEM = problemOf([T], [statement('s', [use('t', { equality: [equal('a')] })])]);
const BY_A = index('t', ['a']);
const BY_AB = index('t', ['a', 'b']);
const BY_B = index('t', ['b']);

/** Takes the first index of the list, at a tenth of the cost. */
function planner(): WhatIf & { readonly asked: string[][] } {
  const asked: string[][] = [];
  const estimate = async (indexes: readonly IndexSpec[], statements: readonly string[]) => {
    asked.push([...statements]);
    return statements.map((): Estimate => {
      const [first] = indexes;
      return first ? { cost: 10, uses: [keyOf(first)] } : { cost: 100, uses: [] };
    });
  };
  return { asked, estimate, bytes: () => 1000, entrySeconds: () => 1e-6 };
}

async function costs(whatIf: WhatIf, ...sets: readonly (readonly IndexSpec[])[]): Promise<(number | undefined)[]> {
  const found: (number | undefined)[] = [];
  for (const set of sets) found.push((await whatIf.estimate(set, ['s']))[0]?.cost);
  return found;
}

test('a plan that was timed costs what it took, whatever else is in the set, and harm counts many times over', async () => {
  const whatIf = new CorrectedWhatIf(PROBLEM, planner());
  assert.deepEqual(await costs(whatIf, [], [BY_A]), [100, 10], 'nothing was timed yet');
  await whatIf.learn([], new Map([['s', 2]]));
  await whatIf.learn([BY_A], new Map([['s', 1]]));
  assert.deepEqual(await costs(whatIf, [], [BY_A], [BY_A, BY_B]), [100, 50, 50]);
  await whatIf.learn([BY_B], new Map([['s', 3]]));
  const [harmful] = await costs(whatIf, [BY_B]);
  assert.ok(Math.abs(harmful! - 100 * (1.5 + 10 * 0.45)) < 1e-9, `${harmful}`);
});

test('one that was not timed is doubted as much as its kin was wrong, and no other', async () => {
  const whatIf = new CorrectedWhatIf(PROBLEM, planner());
  await whatIf.learn([], new Map([['s', 2]]));
  await whatIf.learn([BY_A], new Map([['s', 1.8]]));
  const [kin, other] = await costs(whatIf, [BY_AB], [BY_B]);
  // Nine times as slow as told: the kin is taken for three times as slow as told.
  assert.ok(Math.abs(kin! - 30) < 1e-9, `${kin}`);
  assert.equal(other, 10);
});

test('what failed teaches nothing; without a time of the statement alone the planner stands', async () => {
  const whatIf = new CorrectedWhatIf(PROBLEM, planner());
  await whatIf.learn([BY_A], new Map([['s', 1]]));
  assert.deepEqual(await costs(whatIf, [BY_A]), [10]);
  await whatIf.learn([], new Map([['s', 2]]));
  await whatIf.learn([BY_B], new Map([['s', null]]));
  assert.deepEqual(await costs(whatIf, [BY_B]), [10]);
});

test('the planner is asked once for the indexes on the statement’s tables, and again for those that were built since', async () => {
  const asking = planner();
  const whatIf = new CorrectedWhatIf(PROBLEM, asking);
  const elsewhere = index('u', ['x']);
  await costs(whatIf, [BY_A], [BY_A, elsewhere], [BY_A]);
  assert.equal(asking.asked.length, 1);
  await whatIf.learn([BY_A], new Map([['s', 1]]));
  assert.equal(asking.asked.length, 2, 'its statistics may be known better now');
  await costs(whatIf, [BY_A], [BY_A, BY_B]);
  assert.equal(asking.asked.length, 3);
});
