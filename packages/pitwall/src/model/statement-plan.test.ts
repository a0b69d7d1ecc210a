import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanStep } from './database.ts';
import { statementPlan } from './statement-plan.ts';

const step = (title: string, more: Partial<PlanStep> = {}): PlanStep => ({
  title,
  details: [],
  expectedRows: null,
  actualRows: null,
  loops: null,
  seconds: null,
  cost: null,
  marks: [],
  children: [],
  ...more,
});

test('the heaviest step is by its own cost: what its children cost is theirs', () => {
  const scan = step('Seq Scan on orders', { cost: 800 });
  const look = step('Index Scan using customers_pkey on customers', { cost: 100 });
  const join = step('Hash Join', { cost: 1000, children: [look, scan] });
  assert.deepEqual(statementPlan(join, ['customers_pkey'], 'planner'), {
    heaviest: { title: 'Seq Scan on orders', share: 0.8, of: 'cost' },
    reads: ['Seq Scan on orders', 'Index Scan using customers_pkey on customers'],
    indexes: ['customers_pkey'],
    from: 'planner',
  });
});

test('times that were measured go before costs', () => {
  const scan = step('Seq Scan on orders', { cost: 800, seconds: 0.01 });
  const sort = step('Sort', { cost: 810, seconds: 0.03, children: [scan] });
  assert.deepEqual(statementPlan(sort, [], 'log').heaviest, { title: 'Sort', share: 0.75, of: 'time' });
});

test('a step that stops early does not cost less than nothing', () => {
  const scan = step('Seq Scan on orders', { cost: 800 });
  const { heaviest } = statementPlan(step('Limit', { cost: 10, children: [scan] }), [], 'planner');
  assert.deepEqual(heaviest, { title: 'Seq Scan on orders', share: 1, of: 'cost' });
});

test('without times and costs nothing is said of shares; many steps that read are a few', () => {
  const children = Array.from({ length: 9 }, (_, i) => step(`SCAN t${i}`));
  const plan = statementPlan(step('Statement', { children: [...children, step('SCAN t0')] }), [], 'planner');
  assert.equal(plan.heaviest, null);
  const sorted = step('Statement', { children: [step('SCAN t', { cost: 9 }), step('USE TEMP B-TREE FOR ORDER BY')] });
  assert.equal(statementPlan(sorted, [], 'planner').heaviest, null, 'what sorting costs is not known');
  assert.deepEqual(plan.reads, ['SCAN t0', 'SCAN t1', 'SCAN t2', 'SCAN t3']);
});

test('a plan that is deeper or wider than any ends', () => {
  let deep = step('Leaf', { cost: 1 });
  for (let i = 0; i < 100_000; i++) deep = step('Nested Loop', { cost: i + 2, children: [deep] });
  const wide = step('Append', { children: Array.from({ length: 100_000 }, () => step('Seq Scan', { cost: 1 })) });
  for (const plan of [deep, wide]) assert.ok(statementPlan(plan, [], 'planner').heaviest !== null);
});
