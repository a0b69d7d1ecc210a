import assert from 'node:assert/strict';
import test from 'node:test';
import {
  clear,
  DAY,
  foreignKey,
  healthy as healthyFacts,
  index,
  key,
  notApplicable,
  notYet,
  only,
  run,
  table,
} from './structure-testing.ts';
import { unusedIndex } from './unused-index.ts';

const healthy = (...more: Parameters<typeof healthyFacts>) => [...healthyFacts(...more), table('orders')];
const unused = (more: Parameters<typeof index>[2] = {}) => index('orders_note', ['note'], { scans: 0, ...more });

test('an index without a scan is proposed for dropping', () => {
  const finding = only(run(unusedIndex, [...healthy(), unused(), index('orders_status', ['status'])]));
  assert.equal(finding.subject, 'public.orders_note');
  assert.equal(finding.confidence, 'medium');
  const change = finding.changes?.[0];
  assert.deepEqual([change?.tunable, change?.subject, change?.to], ['postgresql/index', 'public.orders_note', null]);
  assert.equal(only(run(unusedIndex, [...healthy(), unused({ madeAgo: 40 * DAY })])).confidence, 'high');
});

test('with replicas there is no change, but a question to each', () => {
  const finding = only(run(unusedIndex, [...healthy({ counters: { replicas: 2 } }), unused()]));
  assert.equal(finding.confidence, 'low');
  assert.equal(finding.changes, undefined);
  assert.match(finding.advice!.text, /2 replicas/);
  assert.match(finding.advice!.code!, /indexrelname = 'orders_note'/);
});

test('counters of less than 35 days, or of unknown age, say nothing; neither does a replica', () => {
  const at = (age: number | null) => run(unusedIndex, [...healthy({ counters: { age } }), unused()]);
  assert.match(notYet(at(34.9 * DAY)), /34 days old/);
  assert.match(notApplicable(at(null)), /not known/);
  only(at(35 * DAY));
  assert.match(notApplicable(run(unusedIndex, [...healthy({ counters: { inRecovery: true } }), unused()])), /replica/);
  assert.match(notApplicable(run(unusedIndex, [...healthy({ unread: ['foreign keys'] }), unused()])), /foreign keys/);
});

test('what is needed for something else stays', () => {
  const needed = [
    { unique: true },
    { primary: true, unique: true },
    { exclusion: true },
    { constraint: 'c' },
    { referenced: true },
    { replicaIdentity: true },
    { clustered: true },
    { parent: 'public.all_orders_note', parts: 0 },
    { valid: false },
    { bytes: 32 * 1024 },
    { madeAgo: 3 * DAY },
    { scans: 1 },
  ];
  for (const more of needed) clear(run(unusedIndex, [...healthy(), unused(more)]));
  only(run(unusedIndex, [...healthy(), unused({ bytes: 32 * 1024 + 1 })]));
});

test('one that serves a foreign key stays, also when its columns are in another order', () => {
  const composite = index('orders_composite', ['b', 'a', 'c'], { scans: 0 });
  clear(run(unusedIndex, [...healthy(), composite, foreignKey(['a', 'b'])]));
  only(run(unusedIndex, [...healthy(), composite, foreignKey(['a', 'c'])]));
});

test('the wide one that makes a used one redundant stays: both must not go', () => {
  const wide = index('wide', ['a', 'b'], { scans: 0 });
  clear(run(unusedIndex, [...healthy(), wide, index('narrow', ['a'])]));
  assert.equal(only(run(unusedIndex, [...healthy(), wide, index('other', ['b'])])).subject, 'public.wide');
});

test('a partitioned index counts the scans of its parts, and is not judged when one was not seen', () => {
  const whole = index('whole', ['a'], { kind: 'partitioned', parts: 2, scans: 0, bytes: 0 });
  const part = (name: string, scans: number) =>
    index(name, ['a'], { parent: 'public.whole', scans, table: `public.${name}` });
  assert.equal(only(run(unusedIndex, [...healthy(), whole, part('p1', 0), part('p2', 0)])).subject, 'public.whole');
  clear(run(unusedIndex, [...healthy(), whole, part('p1', 0), part('p2', 5)]));
  clear(run(unusedIndex, [...healthy(), whole, part('p1', 0)]));
});

test('an index on an expression also gives the planner statistics: less sure', () => {
  const lower = unused({ keys: [key(null, { expression: 'lower(note)' })], madeAgo: 90 * DAY });
  assert.equal(only(run(unusedIndex, [...healthy(), lower])).confidence, 'low');
});

test('a quote in a name stays a name', () => {
  const finding = only(run(unusedIndex, [...healthy({ counters: { replicas: 1 } }), unused({ name: "o'x\\" })]));
  assert.ok(finding.advice!.code!.includes(`E'o''x\\\\'`), finding.advice!.code);
});
