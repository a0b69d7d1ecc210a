import assert from 'node:assert/strict';
import test from 'node:test';
import { median } from '../../../stats/quantile.ts';
import { type Random, seededRandom } from '../../../stats/random.ts';
import { advise } from './choose.ts';
import { describeIndex, keyOf } from './key-of.ts';
import type { Bench, Choice, IndexSpec, Measured, Problem } from './problem.ts';
import { type Refined, refine } from './refine.ts';
import { builtSet } from './runs.ts';
import { ALL, equal, existing, index, planner, problemOf, range, sort, statement, table, use } from './testing.ts';

/** Seconds that a run truly takes. */
type Truth = (statement: string, indexes: readonly IndexSpec[]) => number | null;

interface SyntheticBench extends Bench {
  readonly builds: readonly string[];
  seconds(): number;
}

/** Runs take their true time, with noise: a factor, mostly small, sometimes a stall. Its clock is the sum of what it ran. */
function bench(truth: Truth, random: Random, { noise = 0.05, singles = true, paired = false } = {}): SyntheticBench {
  const builds: string[] = [];
  let seconds = 0;
  const measure = async (
    indexes: readonly IndexSpec[],
    statements: readonly string[],
    rounds: number,
  ): Promise<Measured> => {
    builds.push(indexes.map(describeIndex).join('; '));
    seconds += 0.01 * indexes.length;
    const samples = new Map<string, number[]>();
    const medians = new Map<string, number | null>();
    for (const id of statements) {
      const exact = truth(id, indexes);
      const runs = Array.from({ length: exact === null ? 0 : rounds }, () => {
        const stall = random() < 0.03 ? 3 : 1;
        return exact! * stall * (1 + noise * (random() + random() + random() - 1.5));
      });
      seconds += runs.reduce((sum, run) => sum + run, 0);
      medians.set(id, exact === null ? null : median(runs));
      samples.set(id, runs);
    }
    const bytes = new Map(indexes.map((spec) => [keyOf(spec), 1000]));
    return singles ? { seconds: medians, samples, bytes } : { seconds: medians, bytes };
  };
  const compare: NonNullable<Bench['compare']> = (sets, statements, rounds) =>
    Promise.all(sets.map((set) => measure(set, statements, rounds)));
  return { builds, seconds: () => seconds, measure, ...(paired ? { compare } : {}) };
}

const ORDERS = table(
  'orders',
  200_000,
  [
    ['id', 200_000],
    ['customer_id', 5000],
    ['created_at', 150_000],
    ['status', 5],
    ['total', 9000],
    ['note', null, 120],
  ],
  { indexes: [existing('orders_pkey', index('orders', ['id']), { unique: true, needed: true })] },
);

const STATEMENTS = [
  statement('recent of customer', [
    use('orders', {
      equality: [equal('customer_id')],
      ranges: [range('created_at')],
      orderBy: [sort('created_at')],
      output: ['customer_id', 'created_at', 'total'],
    }),
  ]),
  statement('by status', [use('orders', { equality: [equal('status')], output: ['status', 'note'] })], { calls: 20 }),
  statement('insert', [], { calls: 300, writes: [{ table: 'orders', kind: 'insert', columns: [] }] }),
];

const has = (indexes: readonly IndexSpec[], ...names: string[]) =>
  indexes.some(({ keys }) => names.every((name, i) => keys[i]?.column === name));

/** The measured case of research §2.5: without an index 9.06 ms, by (created_at), which the planner takes, 12.77, and so on. */
const MILLISECONDS: Truth = (id, indexes) => {
  if (id === 'insert') return 20e-6 + 2e-6 * indexes.length;
  if (id === 'by status') return has(indexes, 'status') ? 9.16e-3 : 9.2e-3;
  if (has(indexes, 'customer_id', 'created_at')) return 0.82e-3;
  if (has(indexes, 'created_at')) return 12.77e-3;
  if (has(indexes, 'customer_id')) return 5.41e-3;
  return 9.06e-3;
};

/** The planner of §2.5: takes (created_at) before all others and thinks it the best. */
function erring(problem: Problem) {
  return planner(problem, {
    cost: ({ id }, indexes) => {
      const wanted = indexes.find((spec) => has([spec], id === 'by status' ? 'status' : 'created_at'));
      if (wanted) return { cost: id === 'by status' ? 2 : 1, uses: [keyOf(wanted)] };
      const second = indexes.find((spec) => id !== 'by status' && has([spec], 'customer_id'));
      return second ? { cost: 40, uses: [keyOf(second)] } : { cost: 100, uses: [] };
    },
    entrySeconds: 2e-6,
  });
}

/** What comes out is the same with learning (even seeds) and without. */
async function refined(problem: Problem, choice: Choice, truth: Truth, seed: number, options = {}): Promise<Refined> {
  const measuring = bench(truth, seededRandom(seed), options);
  const whatIf = erring(problem);
  const learns = { whatIf, ...(seed % 2 === 0 ? { learning: whatIf } : {}) };
  return refine(problem, choice, measuring, { seconds: 60, clock: measuring.seconds, ...learns });
}

test('the planner is not believed where measurement disagrees', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  assert.ok(
    choice.chosen.some(({ spec }) => has([spec], 'created_at')),
    'the planner wants what is slower',
  );
  for (let seed = 1; seed <= 5; seed++) {
    const result = await refined(problem, choice, MILLISECONDS, seed);
    const chosen = result.chosen.map(({ spec }) => spec);
    assert.ok(has(chosen, 'customer_id', 'created_at'), `seed ${seed}: ${chosen.map(describeIndex).join('; ')}`);
    assert.ok(!has(chosen, 'created_at'), 'the one that measures slower is not kept');
    assert.equal(chosen.length, 1, 'nor is one that hardly helps');
    const first = result.statements.find(({ id }) => id === 'recent of customer')!;
    assert.ok(first.ratio > 0.08 && first.ratio < 0.1 && first.interval[1] < 0.3);
    assert.ok(first.rounds >= 10 && first.before > 8e-3 && first.after < 1e-3);
    const insert = result.statements.find(({ id }) => id === 'insert')!;
    assert.ok(insert.writes && insert.ratio > 1.05 && insert.ratio < 1.15, 'what writes cost is measured');
    assert.ok(result.workload!.interval[1] < 1);
    assert.ok(result.chosen[0]!.interval[0] > 0 && result.chosen[0]!.bytes === 1000);
    assert.ok(result.rejected.every(({ because }) => /^[A-Z].*\.$/.test(because)));
  }
});

test('what planner and measurement say is set side by side', async () => {
  const problem = problemOf([ORDERS], STATEMENTS.slice(0, 2), { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  const good: Truth = (id, indexes) =>
    id === 'by status' ? 1e-3 : has(indexes, 'created_at') || has(indexes, 'customer_id') ? 2e-3 : 8e-3;
  const result = await refined(problem, choice, good, 3);
  const first = result.statements.find(({ id }) => id === 'recent of customer')!;
  assert.ok(first.predicted! < 1);
  assert.equal(first.agreed, true);
  assert.ok(result.workload!.predicted! < 1 && result.workload!.ratio < 0.6);
});

test('no gain measured: nothing is chosen, whatever the planner says, with noise of every size', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  const useless: Truth = (id) => (id === 'insert' ? 20e-6 : 5e-3);
  let wrongly = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const result = await refined(problem, choice, useless, seed, { noise: [0.01, 0.1, 0.5][seed % 3] });
    if (result.chosen.length > 0) wrongly++;
    else assert.ok(result.workload === null && result.statements.length === 0);
  }
  // The ablation's interval is wrong once in forty, the comparison of the whole again.
  assert.ok(wrongly <= 1, `${wrongly} of 20 chose something`);
});

test('a read that gets slower with certainty costs the index that slows it', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  // Worth it in the sum, but `by status` pays for it.
  const harmful: Truth = (id, indexes) => {
    if (id === 'insert') return 20e-6;
    if (id === 'by status') return indexes.length > 0 ? 6e-3 : 5e-3;
    return indexes.some(({ keys }) => keys[0]!.column !== 'status') ? 1e-3 : 9e-3;
  };
  for (let seed = 1; seed <= 8; seed++) {
    const result = await refined(problem, choice, harmful, seed);
    assert.deepEqual(result.chosen, [], `seed ${seed}`);
    assert.ok(result.rejected.some(({ because }) => /statement by status is \d+ % slower/.test(because)));
  }
});

test('a statement that fails with an index rejects it; one that fails without any is left out', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  const failing: Truth = (id, indexes) => (id === 'by status' && indexes.length > 0 ? null : MILLISECONDS(id, indexes));
  assert.deepEqual((await refined(problem, choice, failing, 1)).chosen, []);
  const never: Truth = (id, indexes) => (id === 'by status' ? null : MILLISECONDS(id, indexes));
  const result = await refined(problem, choice, never, 1);
  assert.equal(result.chosen.length, 1);
  assert.ok(result.statements.every(({ id }) => id !== 'by status'));
});

test('finds the truly best of close sets, with medians only, single runs or paired runs', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 2 });
  const choice = await advise(problem, erring(problem));
  for (const options of [{ singles: false }, { singles: true }, { paired: true }]) {
    let best = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const result = await refined(problem, choice, MILLISECONDS, seed, { ...options, noise: 0.2 });
      if (
        has(
          result.chosen.map(({ spec }) => spec),
          'customer_id',
          'created_at',
        )
      )
        best++;
      assert.ok(result.statements.every(({ rounds }) => rounds >= 10));
    }
    assert.ok(best >= 5, `${best} of 6 with ${JSON.stringify(options)}`);
  }
});

test('the time is a bound: without any left only the final comparison is made; limits hold as built', async () => {
  const problem = problemOf([ORDERS], STATEMENTS, { maxIndexes: 3 });
  const choice = await advise(problem, erring(problem));
  const hurried = bench(MILLISECONDS, seededRandom(1));
  const quick = await refine(problem, choice, hurried, { seconds: 0, clock: hurried.seconds });
  const patient = bench(MILLISECONDS, seededRandom(1));
  await refine(problem, choice, patient, { seconds: 60, clock: patient.seconds });
  assert.ok(hurried.builds.length < patient.builds.length / 2);
  assert.ok(quick.chosen.every(({ spec }) => !has([spec], 'created_at')));
  const none = await refine({ ...problem, budget: 999 }, choice, bench(MILLISECONDS, seededRandom(1)), { seconds: 60 });
  assert.deepEqual(none.chosen, [], 'as built it is larger than the budget');
});

test('several tables: each index by its own measured effect, and the same result for the same runs', async () => {
  const tables = ['a', 'b', 'c'].map((name) => ({ ...ORDERS, name, indexes: [] }));
  const statements = tables.map(({ name }) => statement(name, [use(name, { equality: [equal('customer_id')] })]));
  const problem = problemOf(tables, statements, { dialect: { ...ALL, include: false } });
  const choice = await advise(problem, planner(problem));
  assert.equal(choice.chosen.length, 3);
  const truth: Truth = (id, indexes) => (indexes.some((spec) => spec.table === id) && id !== 'c' ? 1e-3 : 4e-3);
  const run = () => refine(problem, choice, bench(truth, seededRandom(4)), { seconds: 60, clock: () => 0 });
  const [first, second] = [await run(), await run()];
  assert.deepEqual(first, second);
  assert.deepEqual(first.chosen.map(({ spec }) => spec.table).sort(), ['a', 'b']);
  for (const { savedSeconds } of first.chosen)
    assert.ok(Math.abs(savedSeconds - 0.3) < 0.05, `${savedSeconds} of 0.3 s`);
  assert.match(first.rejected.find(({ spec }) => spec.table === 'c')?.because ?? 'not there', /no faster|not there/);
  assert.equal(
    builtSet([choice.chosen[0]!.spec, choice.chosen[1]!.spec]).name,
    builtSet([choice.chosen[1]!.spec, choice.chosen[0]!.spec]).name,
  );
});
