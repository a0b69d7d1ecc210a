import assert from 'node:assert/strict';
import test from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { duplicateIndex } from './duplicate-index.ts';
import { redundantIndex } from './redundant-index.ts';
import { statement, workload } from './statement-testing.ts';
import { clear, DAY, found, healthy, index, only, run, table } from './structure-testing.ts';
import { unusedIndex } from './unused-index.ts';

const WIDE = index('wide', ['a', 'b']);
const RULES = [duplicateIndex, redundantIndex, unusedIndex];

/** What each of the rules says of which index. */
function told(facts: readonly Fact[]): string[] {
  return RULES.flatMap((rule) => {
    const result = run(rule, facts);
    return 'found' in result ? result.found.map(({ subject }) => `${rule.id.split('/')[1]} ${subject}`) : [];
  });
}

test('an index is told of once: a duplicate before a redundant one, that before an unused one', () => {
  const same = [index('one', ['a'], { scans: 5 }), index('two', ['a'], { scans: 0 })];
  assert.deepEqual(told([...healthy(), ...same, WIDE, table('orders')]), [
    'duplicate-index public.two',
    'redundant-index public.one',
  ]);
  const unused = index('narrow', ['a'], { scans: 0 });
  assert.deepEqual(told([...healthy(), unused, WIDE, table('orders')]), ['redundant-index public.narrow']);
  assert.deepEqual(told([...healthy(), index('other', ['b'], { scans: 0 }), WIDE, table('orders')]), [
    'unused-index public.other',
  ]);
});

test('what an index is left to stays, used or not', () => {
  const unused = { scans: 0 };
  assert.deepEqual(told([...healthy(), index('narrow', ['a']), index('wide', ['a', 'b'], unused), table('orders')]), [
    'redundant-index public.narrow',
  ]);
  // A chain ends at the widest, or where that is too large at the next.
  const chain = (bytes: number) => [
    index('a', ['a'], { bytes: 2 ** 20 }),
    index('ab', ['a', 'b'], { bytes: 2 * 2 ** 20 }),
    index('abc', ['a', 'b', 'c'], { bytes }),
  ];
  assert.deepEqual(told([...healthy(), ...chain(3 * 2 ** 20)]), [
    'redundant-index public.ab',
    'redundant-index public.a',
  ]);
  assert.deepEqual(told([...healthy(), ...chain(8 * 2 ** 20)]), ['redundant-index public.ab']);
});

test('statements of the table guard the trial, those of other tables are its controls', () => {
  const facts = [
    workload({ window: 3600 }),
    statement('often'),
    statement('rarely', { calls: 59 }),
    statement('logged', { calls: 1, samples: 2, sources: ['log:/l'] }),
    statement('elsewhere', { tables: ['products'] }),
    statement('strange', { notUnderstood: 'no grammar' }),
  ];
  const finding = only(run(redundantIndex, [...healthy(), index('narrow', ['a']), WIDE, ...facts]));
  const [change] = finding.changes!;
  assert.deepEqual(
    change!.meter!.map((item) => Object.values(item as object).join(' ')),
    [
      'postgresql.index.size public.narrow',
      'postgresql.statement.mean often',
      'postgresql.statement.mean logged',
      'postgresql.statement.mean elsewhere',
      'postgresql.statement.duration logged',
    ],
  );
  assert.deepEqual(change!.controls, [{ indicator: 'postgresql.statement.mean', labels: { statement: 'elsewhere' } }]);
  assert.match(change!.reason, /2 statements of its table must not become slower, or it is built again\. Not known: /);
});

test('statements name the table that a partition is of', () => {
  const partition = { table: 'public.events_1', tableName: 'events_1' };
  const facts = [
    table('events_1', { parent: 'public.events' }),
    table('events', { kind: 'partitioned' }),
    workload({ window: 60 }),
    statement('often', { tables: ['events'] }),
  ];
  const indexes = [index('narrow', ['a'], partition), index('wide', ['a', 'b'], partition)];
  assert.match(only(run(redundantIndex, [...healthy(), ...indexes, ...facts])).changes![0]!.reason, /One statement/);
});

test('without traffic a redundant one is advice, unless nothing has used it for 35 days; a duplicate is not in doubt', () => {
  const of = (scans: number, age: number) => {
    const counters = { counters: { age } };
    return only(run(redundantIndex, [...healthy(counters), index('narrow', ['a'], { scans }), WIDE]));
  };
  const advice = of(1, 100 * DAY);
  assert.equal(advice.changes, undefined);
  assert.match(advice.advice!.text, /nothing would show that the index was needed/);
  assert.equal(advice.advice!.code, 'DROP INDEX CONCURRENTLY "public"."narrow";');
  assert.equal(of(0, 34 * DAY).changes, undefined);
  assert.match(of(0, 35 * DAY).changes![0]!.reason, /none guards the trial/);
  const same = [...healthy({ counters: { age: DAY } }), index('one', ['a']), index('two', ['a'])];
  assert.match(only(run(duplicateIndex, same)).changes![0]!.reason, /none guards the trial\. Not known: /);
});

test('an index of a table that nothing reads is not called needless by its counters', () => {
  const unused = index('orders_note', ['note'], { scans: 0 });
  const idle = table('orders', { seqScans: 0, indexScans: 0 });
  assert.equal(only(run(unusedIndex, [...healthy(), unused, idle])).changes, undefined);
  const [change] = only(run(unusedIndex, [...healthy(), unused, table('orders')])).changes!;
  assert.match(change!.reason, /Not known: whether a standby that is not connected now uses it/);
});

test('that of a partitioned table is advice: it cannot be dropped without stopping those who use the table', () => {
  const whole = index('whole', ['a'], { kind: 'partitioned', parts: 1, scans: 0, bytes: 0 });
  const part = index('p1', ['a'], { parent: 'public.whole', scans: 0, table: 'public.p1' });
  const finding = only(run(unusedIndex, [...healthy(), whole, part, table('orders')]));
  assert.equal(finding.changes, undefined);
  assert.equal(finding.advice!.code, 'DROP INDEX "public"."whole";');
});

test('none of the three ever proposes what is unique or stands for a constraint', () => {
  const bound = [
    { unique: true },
    { unique: true, primary: true, constraint: 'pk' },
    { unique: true, constraint: 'key' },
    { exclusion: true, constraint: 'x' },
    { constraint: 'c' },
    { referenced: true },
    { replicaIdentity: true },
  ];
  for (const more of bound) {
    for (const columns of [['a'], ['a', 'b'], ['z']]) {
      const facts = [...healthy(), index('bound', columns, { scans: 0, ...more }), WIDE, table('orders')];
      for (const rule of RULES) {
        const result = run(rule, facts);
        const changed = 'found' in result ? result.found.filter(({ changes }) => changes !== undefined) : [];
        assert.deepEqual(
          changed.map(({ subject }) => subject).filter((subject) => subject === 'public.bound'),
          [],
          `${rule.id} ${JSON.stringify(more)}`,
        );
      }
    }
  }
  clear(run(redundantIndex, [...healthy(), index('bound', ['a'], { unique: true }), WIDE]));
  assert.equal(found(run(duplicateIndex, [...healthy(), index('twin', ['a', 'b']), WIDE])).length, 1);
});
