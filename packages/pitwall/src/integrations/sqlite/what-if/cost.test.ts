import assert from 'node:assert/strict';
import test from 'node:test';
import { type CostHints, costOfPlan } from './cost.ts';
import { limitIn } from './hints.ts';
import type { PlanRowWithCost } from './protocol.ts';

const NOTHING: CostHints = { rowsOf: () => null, allRowsOf: () => null, averageOf: () => null, limit: null };
const rows = (...steps: [detail: string, cost: number, parent?: number][]): PlanRowWithCost[] =>
  steps.map(([detail, cost, parent = 0], i) => ({ id: i + 1, parent, detail, cost }));

test('loops within each other multiply, and what is computed once does not', () => {
  const inner = costOfPlan(rows(['SEARCH o USING INDEX i (a=?)', 83]), NOTHING);
  const joined = costOfPlan(rows(['SCAN c', 125], ['SEARCH o USING INDEX i (a=?)', 83]), NOTHING);
  assert.ok(joined.cost > 1000 * inner.cost, `${joined.cost} ${inner.cost}`);
  assert.deepEqual(joined.indexes, ['i']);
  const once = costOfPlan(
    rows(['SCAN c', 125], ['LIST SUBQUERY 1', 0], ['SEARCH o USING INDEX i (a=?)', 83, 2]),
    NOTHING,
  );
  assert.ok(once.cost < joined.cost / 10);
  const each = costOfPlan(
    rows(['SCAN c', 125], ['CORRELATED SCALAR SUBQUERY 1', 0], ['SEARCH o USING INDEX i (a=?)', 83, 2]),
    NOTHING,
  );
  assert.ok(each.cost > 10 * once.cost);
  const filtered = { ...NOTHING, rowsOf: () => ({ filtered: 1, perJoin: 1 }) };
  assert.ok(costOfPlan(rows(['SCAN c', 125], ['SEARCH o USING INDEX i (a=?)', 83]), filtered).cost < joined.cost / 10);
});

test('sorting costs, and a limit spares only what needs no sort', () => {
  const scan = rows(['SCAN t', 200]);
  const sorted = rows(['SCAN t', 200], ['USE TEMP B-TREE FOR ORDER BY', 0]);
  assert.ok(costOfPlan(sorted, NOTHING).cost > 2 * costOfPlan(scan, NOTHING).cost);
  const limited = { ...NOTHING, limit: 10 };
  assert.ok(costOfPlan(scan, limited).cost < costOfPlan(scan, NOTHING).cost / 100);
  assert.equal(costOfPlan(sorted, limited).cost, costOfPlan(sorted, NOTHING).cost);
});

test('an engine that tells no costs is ranked by the shape of its plans', () => {
  const hints = { ...NOTHING, allRowsOf: () => 100_000, averageOf: () => 20 };
  const scan = costOfPlan(rows(['SCAN t', 0]), hints).cost;
  const search = costOfPlan(rows(['SEARCH t USING INDEX i (a=?)', 0]), hints).cost;
  assert.ok(scan > 1000 * search && search > 1);
});

test('a loop in the plan’s parents ends', () => {
  const loop = [
    { id: 1, parent: 2, detail: 'CO-ROUTINE x', cost: 0 },
    { id: 2, parent: 1, detail: 'CO-ROUTINE y', cost: 0 },
  ];
  assert.equal(costOfPlan(loop, NOTHING).cost, 1);
});

test('the limit of the outermost SELECT, unless all rows are needed before the first', () => {
  assert.equal(limitIn('SELECT * FROM t ORDER BY a LIMIT 5'), 5);
  assert.equal(limitIn('SELECT * FROM t LIMIT ?'), 50);
  assert.equal(limitIn('SELECT * FROM (SELECT * FROM t LIMIT 3)'), null);
  for (const sql of [
    'SELECT count(*) FROM t LIMIT 1',
    'SELECT a FROM t GROUP BY a LIMIT 1',
    'SELECT DISTINCT a FROM t LIMIT 1',
  ]) {
    assert.equal(limitIn(sql), null, sql);
  }
});
