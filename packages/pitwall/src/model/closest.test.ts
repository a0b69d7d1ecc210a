import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from './closest.ts';

test('finds what was meant: a swap, a missing and an extra letter, another case', () => {
  const known = ['endpoints', 'objectives', 'targets', 'url'];
  assert.equal(closest('endponits', known), 'endpoints');
  assert.equal(closest('objective', known), 'objectives');
  assert.equal(closest('Targetss', known), 'targets');
  assert.equal(closest('ulr', known), 'url');
});

test('says nothing when nothing is near', () => {
  assert.equal(closest('banana', ['endpoints', 'url']), null);
  assert.equal(closest('x', ['endpoints']), null);
  assert.equal(closest('', []), null);
});
