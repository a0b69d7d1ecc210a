import assert from 'node:assert/strict';
import test from 'node:test';
import { equal, statement, use } from './testing.ts';
import { weigh } from './weigh.ts';

const uses = [use('t', { equality: [equal('a')] })];

test('weight × cost is the time that was measured; what was not timed takes the others’ rate', () => {
  const { of } = weigh(
    [statement('timed', uses, { calls: 10, seconds: 4 }), statement('untimed', uses, { calls: 5 })],
    new Map([
      ['timed', 200],
      ['untimed', 100],
    ]),
  );
  assert.equal(of.get('timed')! * 200, 4);
  // 4 s for 10 × 200 units.
  assert.equal(of.get('untimed')! * 100, (5 * 100 * 4) / 2000);
});

test('without any times calls × cost decides, and is still set in seconds', () => {
  const { of, kept } = weigh(
    [statement('a', uses, { calls: 1 }), statement('b', uses, { calls: 3 })],
    new Map([
      ['a', 10],
      ['b', 10],
    ]),
  );
  assert.ok(Math.abs(of.get('b')! / of.get('a')! - 3) < 1e-12);
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['b', 'a'],
  );
});

test('keeps what has 95 % of the time, and all of a small workload; the rest is told with its share', () => {
  const many = Array.from({ length: 200 }, (_, i) => statement(`s${i}`, uses, { seconds: 0.9 ** i }));
  const costs = new Map(many.map(({ id }) => [id, 10]));
  const { kept, notConsidered } = weigh(many, costs);
  assert.equal(kept.length, 50);
  assert.deepEqual(
    kept.map(({ id }) => id),
    many.slice(0, 50).map(({ id }) => id),
  );
  assert.equal(notConsidered.length, 150);
  assert.match(notConsidered[0]!.because, /95 % of the time .*0\.05 %/);
  const flat = many.map((one) => ({ ...one, seconds: 1 }));
  assert.equal(weigh(flat, costs).kept.length, 190);
  assert.equal(weigh(many.slice(0, 40), costs).kept.length, 40);
});

test('why a statement is not considered; pure writes are not reported', () => {
  const { kept, notConsidered } = weigh(
    [
      statement('insert', [], { writes: [{ table: 't', kind: 'insert', columns: [] }] }),
      statement('odd', []),
      statement('all rows', [use('t')]),
      statement('unplannable', uses),
      statement('never', uses, { calls: 0 }),
    ],
    new Map<string, number | null>([
      ['all rows', 5],
      ['unplannable', null],
      ['never', 5],
    ]),
  );
  assert.deepEqual(kept, []);
  assert.deepEqual(
    notConsidered.map(({ statement: id, because }) => [id, because.slice(0, 24)]),
    [
      ['odd', 'It reads no table that w'],
      ['all rows', 'It tests, joins and sort'],
      ['unplannable', 'The planner could not pl'],
      ['never', 'It took no time in this '],
    ],
  );
});
