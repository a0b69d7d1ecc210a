import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlanStep } from '../../../model/database.ts';
import { seededRandom } from '../../../stats/random.ts';
import { readPlan } from './parse.ts';
import { shapeOf, shapeText } from './shape.ts';
import { readTextPlan } from './text-format.ts';

/** Captured from PostgreSQL 15.18, EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON), fields that are not read left out. */
const JOIN = [
  {
    Plan: {
      'Node Type': 'Sort',
      'Total Cost': 500.5,
      'Plan Rows': 30,
      'Actual Total Time': 120,
      'Actual Rows': 40000,
      'Actual Loops': 1,
      'Sort Key': ['o.note', 'o.id'],
      'Sort Method': 'external merge',
      'Sort Space Used': 12288,
      'Sort Space Type': 'Disk',
      'Temp Written Blocks': 1540,
      Plans: [
        {
          'Node Type': 'Hash Join',
          'Join Type': 'Left',
          'Plan Rows': 30,
          'Actual Total Time': 80,
          'Actual Rows': 40000,
          'Actual Loops': 1,
          'Hash Cond': '(o.customer = c.id)',
          Plans: [
            {
              'Node Type': 'Seq Scan',
              'Relation Name': 'orders',
              Alias: 'o',
              'Plan Rows': 30,
              'Actual Total Time': 50,
              'Actual Rows': 40000,
              'Actual Loops': 1,
              Filter: "(note = 'secret'::text)",
              'Rows Removed by Filter': 960000,
            },
            {
              'Node Type': 'Hash',
              'Plan Rows': 100,
              'Actual Total Time': 10,
              'Actual Rows': 100,
              'Actual Loops': 1,
              'Hash Batches': 4,
              Plans: [
                {
                  'Node Type': 'Index Only Scan',
                  'Index Name': 'customers_pkey',
                  'Relation Name': 'customers',
                  Alias: 'c',
                  'Plan Rows': 2000,
                  'Actual Total Time': 9,
                  'Actual Rows': 2000,
                  'Actual Loops': 1,
                  'Heap Fetches': 1900,
                },
              ],
            },
          ],
        },
      ],
    },
    'Planning Time': 2,
    'Execution Time': 121,
  },
];

function steps(step: PlanStep): readonly PlanStep[] {
  return [step, ...step.children.flatMap(steps)];
}

test('titles, own times, rows of all loops, and what is wrong', () => {
  const { plan, seconds, planSeconds, indexes, marks } = readPlan(JOIN)!;
  assert.deepEqual([seconds, planSeconds, indexes], [0.121, 0.002, ['customers_pkey']]);
  assert.deepEqual(
    steps(plan).map(({ title }) => title),
    ['Sort', 'Hash Left Join', 'Seq Scan on orders o', 'Hash', 'Index Only Scan using customers_pkey on customers c'],
  );
  assert.deepEqual(
    steps(plan).map((step) => Math.round(step.seconds! * 1000)),
    [40, 20, 50, 1, 9],
  );
  assert.match(plan.marks.join('; '), /expected 30 rows, got 40,000: 1,330 times more; sorts on disk \(12 MiB\)/);
  const all = steps(plan).map(({ marks: own }) => own.join('; '));
  assert.match(all[2]!, /throws 96 % of 1,000,000 rows away/);
  assert.match(all[3]!, /hashes in 4 batches/);
  assert.match(all[4]!, /visits the table for 1,900 rows .* VACUUM/);
  assert.ok(!JSON.stringify(marks).includes('secret'), 'marks become facts, and have no values');
});

const scan = (more: object) => ({
  'Node Type': 'Seq Scan',
  'Relation Name': 't',
  'Actual Loops': 1,
  'Actual Total Time': 1,
  ...more,
});
const kinds = (plan: object) => readPlan({ Plan: plan })!.marks.map(({ kind }) => kind);

test('misestimates: ten times off and rows that matter, on either side of the thresholds', () => {
  assert.deepEqual(kinds(scan({ 'Plan Rows': 101, 'Actual Rows': 1000 })), []);
  assert.deepEqual(kinds(scan({ 'Plan Rows': 100, 'Actual Rows': 1000 })), ['misestimate']);
  assert.deepEqual(kinds(scan({ 'Plan Rows': 1, 'Actual Rows': 999 })), []);
  assert.deepEqual(kinds(scan({ 'Plan Rows': 1000, 'Actual Rows': 0 })), ['misestimate']);
  assert.deepEqual(
    kinds(scan({ 'Plan Rows': 1, 'Actual Rows': 10, 'Actual Loops': 100 })),
    ['misestimate'],
    'of all loops',
  );
  assert.deepEqual(kinds(scan({ 'Plan Rows': 5000 })), [], 'not run');
});

test('what stopped early is no misestimate', () => {
  const limited = (between: string) => ({
    'Node Type': 'Limit',
    'Plan Rows': 1,
    'Actual Rows': 1,
    'Actual Loops': 1,
    Plans: [
      {
        'Node Type': between,
        'Plan Rows': 1,
        'Actual Rows': 1,
        'Actual Loops': 1,
        Plans: [scan({ 'Plan Rows': 50_000, 'Actual Rows': 3 })],
      },
    ],
  });
  assert.deepEqual(kinds(limited('Result')), []);
  assert.deepEqual(kinds(limited('Sort')), ['misestimate'], 'a sort takes all');
});

test('never executed, missing workers, lossy bitmaps, temporary files', () => {
  assert.deepEqual(kinds(scan({ 'Actual Loops': 0, 'Plan Rows': 9e9, 'Actual Rows': 0 })), ['never-executed']);
  assert.deepEqual(kinds({ 'Node Type': 'Gather', 'Workers Planned': 2, 'Workers Launched': 1, 'Actual Loops': 1 }), [
    'workers',
  ]);
  assert.deepEqual(kinds({ 'Node Type': 'Bitmap Heap Scan', 'Lossy Heap Blocks': 5, 'Actual Loops': 1 }), ['lossy']);
  assert.deepEqual(kinds({ 'Node Type': 'CTE Scan', 'Temp Written Blocks': 5, 'Actual Loops': 1 }), ['temporary']);
});

test('loops that processes share are not added up', () => {
  const { plan } = readPlan({
    Plan: {
      'Node Type': 'Gather',
      'Workers Launched': 2,
      'Actual Total Time': 100,
      'Actual Rows': 300,
      'Actual Loops': 1,
      Plans: [scan({ 'Actual Total Time': 90, 'Actual Rows': 100, 'Actual Loops': 3 })],
    },
  })!;
  assert.ok(Math.abs(plan.seconds! - 0.01) < 1e-9);
  assert.deepEqual([plan.children[0]!.seconds, plan.children[0]!.actualRows], [0.09, 300]);
});

/** As auto_explain writes it, PostgreSQL 15.18. */
const TEXT = `Sort  (cost=1.00..500.50 rows=30 width=8) (actual time=119.0..120.0 rows=40000 loops=1)
  Sort Key: o.note, o.id
  Sort Method: external merge  Disk: 12288kB
  ->  Hash Left Join  (cost=1.00..400.00 rows=30 width=8) (actual time=1.0..80.0 rows=40000 loops=1)
        Hash Cond: (o.customer = c.id)
        ->  Seq Scan on public.orders o  (cost=0.00..300.00 rows=30 width=8) (actual time=0.1..50.0 rows=40000 loops=1)
              Filter: (note = 'secret'::text)
              Rows Removed by Filter: 960000
        ->  Hash  (cost=1.00..2.00 rows=100 width=4) (actual time=9.0..10.0 rows=100 loops=1)
              Buckets: 1024  Batches: 4  Memory Usage: 12kB
              ->  Index Only Scan using customers_pkey on customers c  (cost=0.00..1.00 rows=2000 width=4) (actual time=0.0..9.0 rows=2000 loops=1)
                    Heap Fetches: 1900`;

test('the text format gives the same steps, marks and shape as JSON', () => {
  const json = readTextPlan(TEXT);
  const [text, same] = [readPlan(json)!, readPlan(JOIN)!];
  assert.deepEqual(
    steps(text.plan).map(({ title, expectedRows, actualRows, marks }) => [title, expectedRows, actualRows, marks]),
    steps(same.plan).map(({ title, expectedRows, actualRows, marks }) => [title, expectedRows, actualRows, marks]),
  );
  assert.equal(shapeOf(json), shapeOf(JOIN));
  assert.equal(readTextPlan('no plan'), null);
});

test('the shape is the same for other figures, another for another index', () => {
  const changed = structuredClone(JOIN) as unknown as [
    { Plan: Record<string, unknown> & { Plans: Record<string, unknown>[] } },
  ];
  changed[0].Plan['Plan Rows'] = 1;
  assert.equal(shapeOf(changed), shapeOf(JOIN));
  changed[0].Plan.Plans[0]!['Node Type'] = 'Merge Join';
  assert.notEqual(shapeOf(changed), shapeOf(JOIN));
  assert.equal(shapeText(JOIN), 'Sort > Hash Join > (Seq Scan orders, Hash > Index Only Scan customers_pkey)');
});

test('a step says what it is and what is wrong with it', () => {
  const { plan } = readPlan(JOIN)!;
  assert.equal(plan.title, 'Sort');
  assert.match(plan.marks[0]!, /^expected 30 rows/);
  assert.ok(steps(plan).some(({ title }) => title.startsWith('Index Only Scan using customers_pkey')));
});

test('what is no plan, broken or endless is no failure', { timeout: 20_000 }, () => {
  for (const value of [null, 5, 'x', [], {}, [{}], { Plan: [] }, { Plan: { 'Node Type': 7 } }])
    assert.equal(readPlan(value), null);
  let deep: Record<string, unknown> = { 'Node Type': 'Result' };
  for (let i = 0; i < 3000; i++) deep = { 'Node Type': 'Result', Plans: [deep] };
  assert.ok(steps(readPlan({ Plan: deep })!.plan).length <= 201);
  const wide = {
    'Node Type': 'Append',
    Plans: Array.from({ length: 20_000 }, () => scan({ 'Plan Rows': 'x', 'Actual Loops': {} })),
  };
  assert.ok(readPlan({ Plan: wide }));
  const random = seededRandom(3);
  for (let round = 0; round < 300; round++) {
    const text = [...TEXT].map((c) => (random() < 0.02 ? ' \n()->=0.'[Math.floor(random() * 9)] : c)).join('');
    const plan = readTextPlan(text);
    if (plan) assert.ok(readPlan(plan));
  }
});
