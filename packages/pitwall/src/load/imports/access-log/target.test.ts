import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentKind } from '../segment.ts';
import { type CleanTarget, cleanTarget } from './target.ts';

test('ids are told from names', () => {
  const ids = [
    '1',
    '42',
    '00412',
    'b80dbeb8-ff9c-4089-83b0-f75990691214',
    '507f1f77bcf86cd799439011',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'ORD-10293',
    'aB3xY9kLmN0pQrSt',
  ];
  const names = [
    'users',
    'v1',
    'api',
    'app.3f2a1b9c.js',
    'deadbeef',
    'index.html',
    'how-to-brew-coffee',
    'HelloWorldExample',
    'größe',
    '',
  ];
  for (const id of ids) assert.equal(segmentKind(id, 'x'), 'id', id);
  for (const name of names) assert.equal(segmentKind(name, 'x'), 'name', name);
});

test('secrets in paths are seen: tokens, addresses, and what follows a word such as reset', () => {
  assert.equal(segmentKind('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln', ''), 'secret');
  assert.equal(segmentKind('ann@example.org', 'users'), 'secret');
  assert.equal(segmentKind('b80dbeb8-ff9c-4089-83b0-f75990691214', 'reset'), 'secret');
  assert.equal(segmentKind('b80dbeb8-ff9c-4089-83b0-f75990691214', 'orders'), 'id');
  assert.equal(segmentKind('confirm', 'reset'), 'name');
  assert.equal(cleanTarget('/reset/aB3xY9kLmN0pQrSt'), 'secret');
});

test('values of secret keys go with their keys, and their names are told', () => {
  const target = cleanTarget(
    '/a?page=2&token=abc&Password=x&q=caf%C3%A9+au+lait&mail=ann%40example.org&sid=1',
  ) as CleanTarget;
  assert.deepEqual(target.query, [
    ['page', '2'],
    ['q', 'café au lait'],
  ]);
  assert.equal(target.text, '/a?page=2&q=caf%C3%A9+au+lait');
  assert.deepEqual(target.dropped, ['token', 'Password', 'mail', 'sid']);
  assert.doesNotMatch(JSON.stringify(target), /abc|ann/);
});

test('what cannot be a template is refused', () => {
  assert.equal(cleanTarget(`/${'a'.repeat(3000)}`), 'too-long');
  assert.equal(cleanTarget('/a'.repeat(40)), 'too-deep');
  assert.equal(cleanTarget('/%zz'), 'malformed');
  assert.equal(cleanTarget('/a?b=%ff'), 'malformed');
  assert.equal(cleanTarget(`/a?${'b=1&'.repeat(50)}`), 'malformed');
  assert.equal((cleanTarget('/a#b?c') as CleanTarget).text, '/a');
});
