import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceText } from './compare.ts';

const scan = (type: string, cost: number, rows: number, more: object = {}) => ({
  Plan: { 'Node Type': type, 'Relation Name': 'orders', 'Total Cost': cost, 'Plan Rows': rows, ...more },
});

test('the same plan with figures alike is no difference; neither is what is no plan', () => {
  assert.equal(differenceText(scan('Seq Scan', 100, 5), scan('Seq Scan', 300, 20)), null);
  assert.equal(differenceText(scan('Seq Scan', 100, 5), null), null);
  assert.equal(differenceText([], scan('Seq Scan', 100, 5)), null);
});

test('another plan, or far other figures, are told; so is that one row is what a missing value gets', () => {
  const missing = differenceText(scan('Index Scan', 8.44, 1), scan('Seq Scan', 4213, 10_000))!;
  assert.match(missing, /^for any values the planner does it otherwise: Seq Scan orders; cost 4,210 \(here 8\.44\)/);
  assert.match(
    missing,
    /10,000 rows expected \(here 1\); one row is what it expects of a value that the table does not/,
  );
  const rare = differenceText(scan('Seq Scan', 4213, 400), scan('Seq Scan', 4213, 10_000))!;
  assert.match(rare, /the same and expects otherwise; /);
  assert.doesNotMatch(rare, /does not hold/);
  // What is counted is one row in any case: the table below it tells.
  const count = (inner: { Plan: object }) => ({
    Plan: { 'Node Type': 'Aggregate', 'Total Cost': 10, 'Plan Rows': 1, Plans: [inner.Plan] },
  });
  assert.match(differenceText(count(scan('Index Scan', 8, 1)), count(scan('Seq Scan', 9, 900)))!, /does not hold/);
});
