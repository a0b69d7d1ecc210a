import assert from 'node:assert/strict';
import test from 'node:test';
import { parameterProblem } from './parameters.ts';

test('values that fit', () => {
  assert.equal(parameterProblem('SELECT 1', []), null);
  assert.equal(parameterProblem("SELECT ?, ? -- ?\n, '?'", [1, 2]), null);
  assert.equal(parameterProblem('SELECT ?2, ?1, ?', [1, 2, 3]), null);
  assert.equal(parameterProblem('SELECT :a, :a, @b', [1, 2]), null);
  assert.equal(parameterProblem('SELECT :a, @b, $c', { a: 1, '@b': 2, $c: null }), null);
});

test('values that do not', () => {
  assert.equal(parameterProblem('SELECT ?', []), 'it has 1 parameter, and a set has 0 values');
  assert.equal(parameterProblem('SELECT ?3', [1]), 'it has 3 parameters, and a set has 1 value');
  assert.equal(parameterProblem('SELECT 1', [1]), 'it has 0 parameters, and a set has 1 value');
  assert.equal(parameterProblem('SELECT :a, :b', { a: 1 }), 'a set has no value for b');
  assert.equal(parameterProblem('SELECT :a', { a: 1, typo: 2 }), 'it has no parameter typo');
  assert.match(parameterProblem('SELECT ?, :a', { a: 1 }) ?? '', /by position/);
});
