import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsInclude, seriesKey, seriesTitle } from './labels.ts';

test('a selector with fewer labels matches, with others it does not', () => {
  assert.ok(labelsInclude({ endpoint: '/a', connection: 'fresh' }, { endpoint: '/a' }));
  assert.ok(labelsInclude({ endpoint: '/a' }, undefined));
  assert.ok(!labelsInclude({ endpoint: '/a' }, { endpoint: '/b' }));
  assert.ok(!labelsInclude({}, { endpoint: '/a' }));
});

test('keys do not depend on label order and cannot be forged by odd names', () => {
  assert.equal(seriesKey('web', 'x', { a: '1', b: '2' }), seriesKey('web', 'x', { b: '2', a: '1' }));
  assert.notEqual(seriesKey('web', 'x', { a: '1,b=2' }), seriesKey('web', 'x', { a: '1', b: '2' }));
  assert.equal(seriesTitle('x.p95', { endpoint: '/a' }), 'x.p95 {endpoint=/a}');
  assert.equal(seriesTitle('x.p95', {}), 'x.p95');
});
