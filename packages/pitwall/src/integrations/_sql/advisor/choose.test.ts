import assert from 'node:assert/strict';
import test from 'node:test';
import { type Random, seededRandom } from '../../../stats/random.ts';
import { advise } from './choose.ts';
import { keyOf } from './key-of.ts';
import { nothingToDo } from './nothing-to-do.ts';
import type { AdvisorStatement, AdvisorTable, Choice, IndexSpec, Problem } from './problem.ts';
import { hasRole } from './tables.ts';
import {
  ALL,
  bytesOf,
  costOf,
  equal,
  existing,
  index,
  planner,
  problemOf,
  range,
  sort,
  statement,
  table,
  use,
} from './testing.ts';

const ENTRY = 3e-4;
const SECONDS_PER_COST = 5e-6;

/** Seconds that an index could change, with these indexes, worked out apart from the advisor: no HOT, whole rows, inserts only. */
function secondsWith(indexes: readonly IndexSpec[], { tables, statements }: Problem): number {
  const byName = new Map(tables.map((one) => [one.name.toLowerCase(), one]));
  let seconds = 0;
  for (const one of statements) {
    if (one.uses.some(hasRole)) seconds += one.calls * SECONDS_PER_COST * costOf(one, indexes, byName).cost;
    for (const write of one.writes) {
      const on = indexes.filter((spec) => spec.table === write.table);
      seconds += one.calls * ENTRY * on.reduce((sum, spec) => sum + (spec.where === null ? 1 : 0.1), 0);
    }
  }
  return seconds;
}

/** The best subset of a universe within the budget, by going through them all. */
function bruteForce(universe: readonly IndexSpec[], problem: Problem): number {
  const bytes = universe.map((spec) => bytesOf(spec, problem.tables.find(({ name }) => name === spec.table)!));
  let best = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < 2 ** universe.length; mask++) {
    const set = universe.filter((_, i) => mask & (1 << i));
    if (universe.reduce((sum, _, i) => sum + (mask & (1 << i) ? bytes[i]! : 0), 0) > problem.budget) continue;
    best = Math.min(best, secondsWith(set, problem));
  }
  return best;
}

function smallProblem(seed: number): Problem {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const tables = ['t', 'u'].map((name) =>
    table(
      name,
      pick([2000, 20_000]),
      ['a', 'b', 'c'].map((column) => [column, pick([3, 30, 300]), pick([4, 8, 60])] as const),
    ),
  );
  const statements = Array.from({ length: 5 }, (_, i) => {
    const columns = [...'abc'].sort(() => random() - 0.5);
    return statement(
      `s${i}`,
      [
        use(pick(tables).name, {
          equality: columns.slice(0, Math.floor(random() * 3)).map(equal),
          ranges: random() < 0.5 ? [range(columns[2]!)] : [],
          orderBy: random() < 0.3 ? [sort(columns[2]!, random() < 0.5)] : [],
          limit: random() < 0.5,
        }),
      ],
      { calls: 1 + Math.floor(random() * 500) },
    );
  });
  const insert = statement('insert', [], {
    calls: Math.floor(random() * 200),
    writes: [{ table: 't', kind: 'insert', columns: [] }],
  });
  const bytes = tables.reduce((sum, one) => sum + one.bytes, 0);
  return problemOf(tables, [...statements, insert], { budget: bytes * pick([0.3, 0.6, 1.5]), seed });
}

/** All orders of one and two columns. */
function universeOf({ name, columns }: AdvisorTable): readonly IndexSpec[] {
  return columns.flatMap(({ name: a }) => [
    index(name, [a]),
    ...columns.flatMap(({ name: b }) => (a === b ? [] : [index(name, [a, b])])),
  ]);
}

test('within 2 % of the best set of one- and two-column indexes, over many problems', async () => {
  let helped = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const problem = smallProblem(seed);
    // Both tables at once are 2¹⁸ sets: one table is enough to be right on, with the other as it is.
    const mine = problem.statements.filter((one) => !one.uses.some((of) => of.table === 'u'));
    const only = { ...problem, statements: mine, budget: problem.tables[0]!.bytes * (0.5 + (seed % 4) * 0.5) };
    const choice = await advise(only, planner(only, { entrySeconds: ENTRY }));
    const optimum = bruteForce(universeOf(only.tables[0]!), only);
    const reached = secondsWith(
      choice.chosen.map(({ spec }) => spec),
      only,
    );
    assert.ok(reached <= optimum * 1.02 + 1e-9, `seed ${seed}: ${reached} against ${optimum}`);
    if (choice.chosen.length > 0) helped++;
    const writes = secondsWith([], { ...only, statements: only.statements.filter(({ id }) => id !== 'insert') });
    assert.ok(Math.abs(choice.before - writes) <= 1e-6 * writes, 'its own account of the seconds before');
    assert.ok(Math.abs(choice.after - reached) <= 1e-6 * writes, 'its own account of the seconds after');
    assert.ok(choice.chosen.reduce((sum, { bytes }) => sum + bytes, 0) <= only.budget);
  }
  assert.ok(helped >= 15, `${helped} problems had something to gain`);
});

test('within 2 % of the best set of all that the planner took, also where heuristics alone decide', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const problem = smallProblem(1000 + seed);
    const choice = await advise(problem, planner(problem, { entrySeconds: ENTRY }));
    const universe = choice.utilised.slice(0, 13).map(({ spec }) => spec);
    const optimum = bruteForce(universe, problem);
    const reached = secondsWith(
      choice.chosen.map(({ spec }) => spec),
      problem,
    );
    assert.ok(reached <= optimum * 1.02 + 1e-9, `seed ${seed}: ${reached} against ${optimum} of ${universe.length}`);
  }
});

test('the same seed gives the same answer; limits hold; every rejection has a reason', async () => {
  const problem = { ...manyTables(20, 80, 3), maxIndexes: 12 };
  const [first, second] = [await advise(problem, planner(problem)), await advise(problem, planner(problem))];
  assert.deepEqual(first, second);
  assert.ok(first.chosen.length > 3 && first.chosen.length <= 12);
  assert.ok(first.chosen.reduce((sum, { bytes }) => sum + bytes, 0) <= problem.budget);
  assert.ok(first.after < first.before);
  const chosen = new Set(first.chosen.map(({ spec }) => keyOf(spec)));
  for (const { spec, because } of first.rejected) {
    assert.ok(!chosen.has(keyOf(spec)));
    assert.match(because, /^[A-Z].*\.$/);
  }
  assert.ok(first.alternatives.length > 0);
  for (let i = 1; i < first.sweep.length; i++) {
    assert.ok(
      first.sweep[i]!.bytes > first.sweep[i - 1]!.bytes && first.sweep[i]!.seconds < first.sweep[i - 1]!.seconds,
    );
  }
  assert.ok(first.sweep[0]!.bytes === 0 && first.sweep[0]!.seconds === first.before);
});

test('500 statements on 100 tables: few questions, little work', async () => {
  // Much on few tables: there many indexes concern many statements.
  const problem = manyTables(100, 500, 7, 2);
  const whatIf = planner(problem);
  const cpu = process.cpuUsage();
  const choice = await advise(problem, whatIf);
  const seconds = process.cpuUsage(cpu).user / 1e6;
  assert.equal(choice.estimates, whatIf.asked());
  assert.ok(whatIf.calls() < choice.estimates / 2, 'several statements a call');
  assert.ok(choice.estimates <= 25_000, `${choice.estimates} questions`);
  assert.ok(seconds < 10, `${seconds} s of its own`);
  assert.ok(choice.after < 0.9 * choice.before);
});

test('the number of questions and the time are bounds: what is best by then is taken', async () => {
  const problem = manyTables(20, 80, 5);
  const few = await advise(problem, planner(problem), { maxEstimates: 1 });
  const all = await advise(problem, planner(problem));
  assert.ok(few.estimates < all.estimates);
  assert.ok(few.chosen.length > 0 && few.after < few.before);
  let now = 0;
  const late = await advise({ ...problem, timeBudget: 0.5 }, planner(problem), { clock: () => (now += 0.4) });
  assert.ok(late.chosen.length > 0 && late.after < late.before);
});

const ORDERS = table('orders', 100_000, [
  ['id', 100_000],
  ['customer', 5000],
  ['status', 4],
  ['note', null, 200],
]);
const BY_CUSTOMER = statement('by customer', [use('orders', { equality: [equal('customer')] })]);

test('nothing to do is an answer, with its reason', async () => {
  const reason = async (tables: readonly AdvisorTable[], statements: readonly AdvisorStatement[], rest = {}) => {
    const problem = problemOf(tables, statements, rest);
    const choice = await advise(problem, planner(problem, { entrySeconds: 1e-3 }));
    assert.deepEqual(choice.chosen, []);
    assert.equal(choice.after, choice.before);
    return nothingToDo(problem, choice);
  };
  assert.match((await reason([ORDERS], []))!, /no statements/);
  assert.match((await reason([ORDERS], [statement('all', [use('orders')])]))!, /tests, joins and sorts no column/);
  assert.match((await reason([ORDERS], [BY_CUSTOMER], { budget: 1000 }))!, /larger than the budget/);
  const served = { ...ORDERS, indexes: [existing('orders_customer', index('orders', ['customer']))] };
  assert.match((await reason([served], [BY_CUSTOMER]))!, /those that exist serve the workload/);
  const insert = statement('insert', [], { calls: 1e6, writes: [{ table: 'orders', kind: 'insert', columns: [] }] });
  assert.match((await reason([ORDERS], [BY_CUSTOMER, insert]))!, /costs writes more/);
  const found = await advise(problemOf([ORDERS], [BY_CUSTOMER]), planner(problemOf([ORDERS], [BY_CUSTOMER])));
  assert.equal(nothingToDo(problemOf([ORDERS], [BY_CUSTOMER]), found), null);
});

test('no set that makes a statement more than 5 % dearer', async () => {
  const other = statement('victim', [use('orders', { equality: [equal('status')] })], { calls: 1 });
  const problem = problemOf([ORDERS], [BY_CUSTOMER, other]);
  const harmful = keyOf(index('orders', ['customer']));
  const whatIf = planner(problem, {
    cost: (one, indexes, tables) => {
      const plain = costOf(one, indexes, tables);
      const hit = one.id === 'victim' && indexes.some((spec) => keyOf(spec) === harmful);
      return hit ? { cost: costOf(one, [], tables).cost * 1.2, uses: [harmful] } : plain;
    },
  });
  const choice = await advise({ ...problem, dialect: { ...ALL, include: false } }, whatIf);
  assert.ok(choice.chosen.every(({ spec }) => keyOf(spec) !== harmful));
  const rejected = choice.rejected.find(({ spec }) => keyOf(spec) === harmful);
  assert.match(rejected!.because, /20 % more for statement victim/);
});

test('a statement that cannot be planned is told, and disturbs nothing', async () => {
  const broken = statement('broken', [use('orders', { equality: [equal('status')] })]);
  const problem = problemOf([ORDERS], [BY_CUSTOMER, broken]);
  const whatIf = planner(problem);
  const choice: Choice = await advise(problem, {
    ...whatIf,
    estimate: async (indexes, ids) =>
      (await whatIf.estimate(indexes, ids)).map((estimate, i) => (ids[i] === 'broken' ? null : estimate)),
  });
  assert.deepEqual(choice.notConsidered, [{ statement: 'broken', because: 'The planner could not plan it.' }]);
  assert.deepEqual(
    choice.chosen.map(({ spec }) => keyOf(spec)),
    [keyOf(index('orders', ['customer']))],
  );
  assert.deepEqual(
    choice.chosen[0]!.statements.map(({ id }) => id),
    ['by customer'],
  );
});

/** Statements of one to three tables each, with joins, sorts, partial tests and updates. `skew`: how much falls on few tables. */
function manyTables(tableCount: number, statementCount: number, seed: number, skew = 1): Problem {
  const random: Random = seededRandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const column = () => `c${1 + below(11)}`;
  const tables = Array.from({ length: tableCount }, (_, i) =>
    table(
      `t${i}`,
      10 ** (3 + below(4)),
      Array.from(
        { length: 12 },
        (_, c) => [`c${c}`, [2, 10, 100, 1000, 10_000][below(5)]!, [4, 8, 16, 40][below(4)]!] as const,
      ),
      { indexes: [existing(`t${i}_pkey`, index(`t${i}`, ['c0']), { unique: true, needed: true })] },
    ),
  );
  const statements = Array.from({ length: statementCount }, (_, i) => {
    const names = [
      ...new Set(Array.from({ length: 1 + below(3) }, () => `t${Math.floor(tableCount * random() ** skew)}`)),
    ];
    const uses = names.map((name, at) =>
      use(name, {
        equality: Array.from({ length: below(3) }, () => equal(column())),
        ranges: Array.from({ length: below(2) }, () => range(column())),
        joins: at > 0 ? [{ column: column(), expression: null, with: { table: names[0]!, column: 'c0' } }] : [],
        orderBy: random() < 0.3 ? [sort(column(), random() < 0.5)] : [],
        limit: random() < 0.3,
        output: random() < 0.5 ? [column(), column(), 'c0'] : null,
        constants: random() < 0.1 ? [{ predicate: 'c1 = 1', columns: ['c1'] }] : [],
      }),
    );
    const writes = random() < 0.2 ? [{ table: names[0]!, kind: 'update' as const, columns: [column()] }] : [];
    return statement(`s${i}`, uses, { calls: 1 + below(1000), writes });
  });
  const bytes = tables.reduce((sum, one) => sum + one.bytes, 0);
  return problemOf(tables, statements, { dialect: { ...ALL, hot: true }, budget: bytes / 4 });
}
