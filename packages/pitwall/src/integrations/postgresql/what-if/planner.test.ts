import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PlannedStatement, Planner } from './planner.ts';

const statement = (id: string, values: readonly string[]): PlannedStatement => ({
  id,
  text: 'SELECT 1 FROM t WHERE a = $1',
  samples: values.map((value) => ({ text: 'SELECT 1 FROM t WHERE a = $1', params: [value] })),
});

/** A planner that expects as many rows as the value says. */
function planning(statements: readonly PlannedStatement[]) {
  const asked: unknown[] = [];
  const planner = new Planner(
    {
      async explain(_text, params) {
        asked.push(params[0]);
        const rows = Number(params[0]);
        return {
          json: { Plan: { 'Node Type': 'Seq Scan', 'Plan Rows': rows, 'Total Cost': rows } },
          ran: false,
          notRun: null,
        };
      },
    },
    statements,
  );
  return { planner, asked };
}

const others = (count: number) => Array.from({ length: count }, (_, i) => statement(`other ${i}`, ['1']));

test('of many statements, calls that are planned alike are planned once; skew is kept', async () => {
  const { planner, asked } = planning([
    statement('even', ['100', '101', '99']),
    statement('skewed', ['10', '90000', '10']),
    ...others(100),
  ]);
  await planner.estimate('even', new Map());
  asked.length = 0;
  assert.equal((await planner.estimate('even', new Map()))!.cost, 100);
  assert.deepEqual(asked, ['100']);
  await planner.estimate('skewed', new Map());
  asked.length = 0;
  assert.equal((await planner.estimate('skewed', new Map()))!.cost, 45_005);
  assert.deepEqual(asked, ['10', '90000']);
});

test('of few statements every sample is planned', async () => {
  const { planner, asked } = planning([statement('even', ['100', '101', '99'])]);
  await planner.estimate('even', new Map());
  asked.length = 0;
  await planner.estimate('even', new Map());
  assert.deepEqual(asked, ['100', '101', '99']);
});
