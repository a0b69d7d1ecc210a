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

test('another plan, or far other figures, are told', () => {
  const missing = differenceText(scan('Index Scan', 8.44, 1), scan('Seq Scan', 4213, 10_000))!;
  assert.match(missing, /^for any values the planner does it otherwise: Seq Scan orders; cost 4,210 \(here 8\.44\)/);
  assert.match(missing, /10,000 rows expected \(here 1\)$/);
  const rare = differenceText(scan('Seq Scan', 4213, 400), scan('Seq Scan', 4213, 10_000))!;
  assert.match(rare, /the same and expects otherwise; .*\(here 400\)$/);
});

/** What is counted is one row in any case: the table below it tells. */
const count = (inner: { Plan: object }) => ({
  Plan: { 'Node Type': 'Aggregate', 'Total Cost': 10, 'Plan Rows': 1, Plans: [inner.Plan] },
});
const MISSING = /the run found no such row, .*a value that the table does not hold: give one that it holds$/;

test('that the table does not hold a value is said only where a run found none of it', () => {
  const any = count(scan('Seq Scan', 900, 900));
  const ran = (rows: number, loops = 1) =>
    differenceText(count(scan('Index Scan', 8, 1, { 'Actual Rows': rows, 'Actual Loops': loops })), any)!;
  assert.match(ran(0), MISSING);
  for (const told of [ran(1289), ran(0, 3), ran(0, 0)]) assert.match(told, /rows? expected \(here 1 ?\w*\)$/);
  // Not run: one row is expected of a value that came after the last ANALYZE, too.
  const least = differenceText(count(scan('Index Scan', 8, 1)), any, true)!;
  assert.match(least, /; one row is the least that it ever expects: how many there are, a run tells \(--run\)$/);
  assert.doesNotMatch(differenceText(count(scan('Index Scan', 8, 1)), any)!, /least|does not hold/);
});

test('what is looked up once for each row of another table finds few for that reason, whatever the value', () => {
  const join = (type: string, place: string, ...plans: { Plan: object }[]) => ({
    Plan: {
      'Node Type': type,
      'Total Cost': 5000,
      'Plan Rows': 1289,
      Plans: plans.map(({ Plan }, at) => ({ ...Plan, 'Parent Relationship': at === 0 ? 'Outer' : place })),
    },
  });
  const users = (type: string, rows: number, more: object = {}) =>
    scan(type, 9, rows, { 'Relation Name': 'users', ...more });
  const own = join('Nested Loop', 'Inner', scan('Index Scan', 80, 1289), users('Index Scan', 1));
  const any = join('Hash Join', 'Inner', scan('Seq Scan', 4000, 20_000), users('Seq Scan', 10_000));
  assert.doesNotMatch(differenceText(own, any, true)!, /one row|does not hold/);
  const ran = { 'Actual Rows': 0, 'Actual Loops': 1 };
  const outer = join('Nested Loop', 'Inner', scan('Index Scan', 80, 1, ran), users('Index Scan', 1));
  assert.match(differenceText(outer, any)!, MISSING);
  // What writes a table reads none of it.
  const write = (inner: { Plan: object }) => ({
    Plan: { ...scan('ModifyTable', 80, 0, { Operation: 'Update', ...ran }).Plan, Plans: [inner.Plan] },
  });
  assert.doesNotMatch(
    differenceText(write(scan('Index Scan', 8, 40)), write(scan('Seq Scan', 900, 900)), true)!,
    /one row/,
  );
});
