import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notKnownYet } from './plan.ts';

test('what a plan does not have because a rule still waits is said with the reason, and nothing of other rules is', () => {
  const because = 'statements have been counted for 5 minutes, and it takes 10 minutes (minimumWindow)';
  const rule = (status: 'not-yet' | 'not-applicable' | 'clear' | 'no-data', more = {}) => ({
    rule: 'postgresql/missing-index',
    target: 'db',
    status,
    because,
    ...more,
  });
  assert.deepEqual(notKnownYet([rule('clear'), rule('not-yet'), rule('not-applicable'), rule('no-data')]), [
    { what: 'postgresql/missing-index on db', because: `not known yet: ${because}` },
  ]);
  const several = [
    rule('not-yet', { rule: 'postgresql/a' }),
    rule('not-yet', { target: 'other' }),
    rule('not-yet', { because: 'too few' }),
    rule('not-yet', { rule: 'postgresql/b' }),
  ];
  assert.deepEqual(
    notKnownYet(several).map(({ what }) => what),
    ['postgresql/a, postgresql/b on db', 'postgresql/missing-index on other', 'postgresql/missing-index on db'],
    'what waits for the same is said once',
  );
});
