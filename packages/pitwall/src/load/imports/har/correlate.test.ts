import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pattern } from '../../scenario/pattern.ts';
import { ImportNotes } from '../notes.ts';
import { Recording } from '../recording.ts';
import { Correlator } from './correlate.ts';
import type { HarEntry } from './read.ts';
import { jsonLeaves, markedValues } from './response-values.ts';

const answer = (text: string, type = 'application/json', headers: HarEntry['responseHeaders'] = []) =>
  ({ responseText: text, responseType: type, responseHeaders: headers }) as unknown as HarEntry;

function correlator() {
  return new Correlator(new Recording(new ImportNotes()));
}

test('a value counts when it is particular, whole, and first seen in a response', () => {
  const each = correlator();
  const before = each.ruleFor(0);
  assert.equal(before('known-before-1', 'id', 'path'), null);
  each.learn(
    0,
    answer(
      JSON.stringify({
        id: 'abc123',
        list: [{ token: 'x9-y8-z7' }],
        n: 123456,
        again: 'known-before-1',
        day: '2026-11-21',
        short: 'a1',
        words: 'default',
        price: 12.345678,
        version: '1.20.3',
      }),
    ),
  );
  const rule = each.ruleFor(1);
  assert.deepEqual(rule('abc123', '', 'path'), { as: 'variable', name: 'id' });
  assert.deepEqual(rule('x9-y8-z7', 'authorization', 'header'), { as: 'variable', name: 'token' });
  assert.deepEqual(rule('123456', 'n', 'json'), { as: 'variable', name: 'n' });
  for (const value of [
    'known-before-1',
    '2026-11-21',
    'a1',
    'default',
    '12.345678',
    '1.20.3',
    'abc1234',
    'never-seen-77',
  ]) {
    assert.equal(rule(value, 'q', 'query'), null, value);
  }
  assert.deepEqual(each.extractionsOf(0), [
    { from: 'jsonpath', path: '$.id', as: 'id' },
    { from: 'jsonpath', path: '$.list[0].token', as: 'token' },
    { from: 'jsonpath', path: '$.n', as: 'n' },
  ]);
  assert.deepEqual(
    each.found.map(({ from, usedBy }) => [from, usedBy]),
    [
      [0, [1]],
      [0, [1]],
      [0, [1]],
    ],
  );
});

test('whole headers count too, but not those that say nothing of the request', () => {
  const each = correlator();
  each.learn(
    0,
    answer('', 'text/plain', [
      ['Location', '/orders/4711-abc'],
      ['ETag', 'W/"123456"'],
      ['Set-Cookie', 'sid=abc123456'],
      ['X-Request-Id', 'req-77-88'],
    ]),
  );
  const rule = each.ruleFor(1);
  assert.deepEqual(rule('req-77-88', 'x-request-id', 'header'), { as: 'variable', name: 'X_Request_Id' });
  assert.equal(rule('W/"123456"', 'x', 'header'), null);
  assert.equal(rule('sid=abc123456', 'x', 'header'), null);
});

test('JSONPaths lead back to what they were made of, whatever the keys are called', () => {
  const data = { 'a b': [{ "it's": 1 }], 'q"uote': 'v', $: { '': 'e' }, order: { id: 'o' } };
  const leaves = jsonLeaves(JSON.stringify(data));
  assert.deepEqual(
    leaves.map(({ path }) => path),
    [`$["a b"][0]["it's"]`, '$["q\\"uote"]', '$["$"][""]', '$.order.id'],
  );
  assert.equal(leaves[3]!.key, 'order_id');
  assert.deepEqual(jsonLeaves('{"a":'), []);
  assert.deepEqual(jsonLeaves('"x"'), [{ value: 'x', path: '$', key: 'value' }]);
});

test('patterns find the value that a page marks, in either order and with any quotes', () => {
  for (const html of [
    '<form><input type="hidden" name="csrf" value="VALUE"></form>',
    "<input value='VALUE' name='csrf'>",
    '<meta name="csrf-token" content="VALUE"/>',
    '<meta content="VALUE" name="a.b[c]">',
  ]) {
    const [marked] = markedValues(`<input name="other" value="no"><p>${html}</p>`).filter(
      ({ value }) => value === 'VALUE',
    );
    assert.ok(marked, html);
    const changed = `<input name="other" value="no"><p>${html.replace('VALUE', 'new one')}</p>`;
    assert.equal(new Pattern(marked.pattern).exec(changed)?.[1], 'new one', html);
  }
  assert.deepEqual(markedValues('<input name="a" value="x&amp;y"><input value="b"><input name="" value="c">'), []);
});

test('hostile pages cost no time', () => {
  const started = performance.now();
  markedValues('<input '.repeat(100_000));
  markedValues(`<input ${'a="b" '.repeat(100_000)}>`);
  markedValues(`<input ${'a'.repeat(1_000_000)}`);
  jsonLeaves('['.repeat(100_000));
  jsonLeaves(JSON.stringify(Array.from({ length: 200_000 }, (_, i) => `value-${i}`)));
  assert.ok(performance.now() - started < 3000);
});
