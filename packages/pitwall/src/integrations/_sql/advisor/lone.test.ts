import assert from 'node:assert/strict';
import test from 'node:test';
import { advise } from './choose.ts';
import type { AdvisorStatement, Choice, Problem } from './problem.ts';
import { equal, planner, problemOf, range, sort, statement, table, use } from './testing.ts';

const TABLES = ['t', 'u', 'v', 'w'].map((name) =>
  table(
    name,
    50_000,
    ['a', 'b', 'c', 'd'].map((column, i) => [column, 10 ** (1 + i), 8] as const),
  ),
);

/** As one with subqueries over four tables, two of them twice. */
function many(rest: Partial<AdvisorStatement> = {}): AdvisorStatement {
  const uses = [...TABLES, ...TABLES.slice(0, 2)].map(({ name }, i) =>
    use(name, {
      equality: [equal(i % 2 ? 'a' : 'b')],
      ranges: [range('c')],
      orderBy: i % 3 ? [] : [sort('d')],
      output: ['a', 'b', 'c', 'd'],
    }),
  );
  return statement('s', uses, rest);
}

async function asked(problem: Problem): Promise<{ readonly choice: Choice; readonly questions: number }> {
  const whatIf = planner(problem);
  const choice = await advise(problem, whatIf);
  return { choice, questions: whatIf.asked() };
}

test('one statement alone: few questions, and as good as with all that was thought of', async () => {
  const problem = problemOf(TABLES, [many()]);
  const { choice, questions } = await asked(problem);
  const everything = await planner(problem).estimate(
    choice.utilised.map(({ spec }) => spec),
    ['s'],
  );
  const most = choice.before * (everything[0]!.cost / (await planner(problem).estimate([], ['s']))[0]!.cost);
  assert.ok(choice.after <= most * 1.02, `${choice.after} against ${most}`);
  assert.equal(choice.chosen.length, 4, 'one a table');
  assert.ok(choice.alternatives.length > 0, 'others to be measured');
  assert.ok(questions < 300, `${questions} questions`);
  // The same beside another is searched for as before.
  const two = await asked(problemOf(TABLES, [many(), statement('other', [use('t', { equality: [equal('d')] })])]));
  assert.ok(two.questions > questions, `${two.questions} questions`);
});

test('where one index does for all, it is one', async () => {
  const one = statement('s', [use('t', { equality: [equal('a'), equal('b')], output: ['a', 'b'] })]);
  const { choice } = await asked(problemOf(TABLES, [one]));
  assert.equal(choice.chosen.length, 1);
});

test('a budget, and writes that stand against it, are kept to', async () => {
  const free = await asked(problemOf(TABLES, [many()]));
  const bytes = free.choice.chosen.reduce((sum, one) => sum + one.bytes, 0);
  const tight = await asked(problemOf(TABLES, [many()], { budget: bytes / 2 }));
  assert.ok(tight.choice.chosen.length > 0);
  assert.ok(tight.choice.chosen.reduce((sum, one) => sum + one.bytes, 0) <= bytes / 2);
  const writes = [{ table: 't', kind: 'insert' as const, columns: [] }];
  const dear = problemOf(TABLES, [many({ writes })]);
  const choice = await advise(dear, planner(dear, { entrySeconds: 1e6 }));
  assert.deepEqual(
    choice.chosen.filter(({ spec }) => spec.table === 't'),
    [],
    'an entry costs more than it saves',
  );
  assert.ok(choice.estimates <= 1000, `${choice.estimates}`);
  assert.ok(choice.chosen.some(({ spec }) => spec.table === 'u'));
});
