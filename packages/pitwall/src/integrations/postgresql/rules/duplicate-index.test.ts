import assert from 'node:assert/strict';
import test from 'node:test';
import { duplicateIndex } from './duplicate-index.ts';
import { clear, found, healthy, index, key, notApplicable, only, run } from './structure-testing.ts';

test('the less used of two that are the same goes', () => {
  const facts = [index('a', ['x', 'y'], { scans: 5 }), index('b', ['x', 'y'], { scans: 500 })];
  const finding = only(run(duplicateIndex, [...healthy(), ...facts]));
  assert.equal(finding.subject, 'public.a');
  assert.deepEqual(
    finding.changes?.map(({ subject, to }) => [subject, to]),
    [['public.a', null]],
  );
});

test('of three one stays', () => {
  const facts = ['a', 'b', 'c'].map((name) => index(name, ['x']));
  const subjects = found(run(duplicateIndex, [...healthy(), ...facts])).map(({ subject }) => subject);
  assert.deepEqual(subjects.toSorted(), ['public.b', 'public.c']);
});

test('the unique one stays, however little it is used', () => {
  const facts = [
    index('plain', ['x'], { scans: 9999 }),
    index('pk', ['x'], { unique: true, primary: true, scans: 0, constraint: 'pk' }),
  ];
  const finding = only(run(duplicateIndex, [...healthy(), ...facts]));
  assert.equal(finding.subject, 'public.plain');
  assert.match(finding.summary, /the primary key/);
});

test('a second unique index goes, unless the other guards less', () => {
  const second = index('second', ['x'], { unique: true });
  const pk = { unique: true, primary: true, constraint: 'pk' };
  const finding = only(run(duplicateIndex, [...healthy(), second, index('pk', ['x'], pk)]));
  assert.equal(finding.subject, 'public.second');
  // Something may name it, and it makes values unique: that is for a person.
  assert.equal(finding.changes, undefined);
  assert.equal(finding.advice!.code, 'DROP INDEX CONCURRENTLY "public"."second";');
  clear(run(duplicateIndex, [...healthy(), second, index('pk', ['x'], { ...pk, immediate: false })]));
  clear(run(duplicateIndex, [...healthy(), second, index('pk', ['x'], { ...pk, nullsNotDistinct: true })]));
});

test('a difference in anything makes them two', () => {
  const differences: Parameters<typeof index>[2][] = [
    { keys: [key('y')] },
    { keys: [key('x', { desc: true })] },
    { keys: [key('x', { nullsFirst: true })] },
    { keys: [key('x', { opclass: 'pg_catalog.text_pattern_ops' })] },
    { keys: [key('x', { collation: 'pg_catalog.C' })] },
    { keys: [key(null, { expression: 'lower(x)' })] },
    { include: ['z'] },
    { where: '(x > 0)' },
    { method: 'hash' },
    { table: 'public.customers' },
    { valid: false },
  ];
  for (const more of differences) {
    const facts = [index('a', ['x'], { scans: 1, constraint: 'kept' }), index('b', ['x'], more)];
    clear(run(duplicateIndex, [...healthy(), ...facts]));
  }
  assert.match(notApplicable(run(duplicateIndex, healthy({ unread: ['indexes'] }))), /could not be read/);
});

test('parts of a partitioned index go with the whole only', () => {
  const part = { parent: 'public.whole' };
  clear(run(duplicateIndex, [...healthy(), index('a', ['x'], part), index('b', ['x'], { parent: 'public.other' })]));
});
