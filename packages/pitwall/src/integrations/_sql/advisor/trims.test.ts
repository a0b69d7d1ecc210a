import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOn } from './key-of.ts';
import { trimsOf } from './trims.ts';

test('trims keep the first key and the predicate, and lose what is carried along', () => {
  const spec = { table: 't', keys: ['a', 'b', 'c'].map(keyOn), include: ['d'], where: 'e IS NULL' };
  assert.deepEqual(
    trimsOf(spec).map(({ keys, include, where }) => [keys.map(({ column }) => column).join(), include.join(), where]),
    [
      ['a,b,c', '', 'e IS NULL'],
      ['a,b', 'd', 'e IS NULL'],
      ['a,b', '', 'e IS NULL'],
      ['a', 'd', 'e IS NULL'],
      ['a', '', 'e IS NULL'],
    ],
  );
  assert.deepEqual(trimsOf({ table: 't', keys: [keyOn('a')], include: [], where: null }), []);
});
