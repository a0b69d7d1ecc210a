import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultGroup, patternProblem } from './pattern.ts';

test('patternProblem', () => {
  assert.equal(patternProblem('id=(\\d+)', 1), null);
  assert.equal(patternProblem('^[^"]*$'), null);
  assert.equal(patternProblem('(?i:token)'), null);
  assert.equal(patternProblem(''), 'it is empty, and would match everything');
  assert.equal(patternProblem('a(b'), 'it is not a regular expression: unterminated group');
  assert.equal(patternProblem('a/[b'), 'it is not a regular expression: unterminated character class');
  // Valid only together with the alternative that counts the groups.
  assert.equal(patternProblem('a\\'), 'it is not a regular expression: \\ at end of pattern');
  assert.equal(patternProblem('abc', 1), 'it has no group (…), so there is no group 1');
  assert.equal(patternProblem('(a)(?:b)(?<n>c)', 3), 'it has no group 3, only 2');
  assert.equal(patternProblem('a'.repeat(2001)), 'it has more than 2000 characters');
});

test('defaultGroup is the first group, or the whole match', () => {
  assert.deepEqual(['abc', '(?:a)b', 'a(b)(c)'].map(defaultGroup), [0, 0, 1]);
});
