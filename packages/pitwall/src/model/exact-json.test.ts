import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExactly, parsesExactly } from './exact-json.ts';

test('whole numbers beyond 2^53 stay as they are written', () => {
  const text =
    '{"a":[12345678901234567890,-9007199254740993],"b":9007199254740991,"c":1.00000000000000001,"d":"1234567890123456"}';
  assert.deepEqual(parseExactly(text), {
    a: ['12345678901234567890', '-9007199254740993'],
    b: 9007199254740991,
    c: 1,
    d: '1234567890123456',
  });
  assert.equal(parseExactly('99999999999999999999'), '99999999999999999999');
});

test('everything else is as JSON.parse has it', () => {
  for (const text of ['1', '[1e30]', '{"__proto__":{"a":1}}', 'null', '"x"'])
    assert.deepEqual(parseExactly(text), JSON.parse(text));
  assert.equal(parsesExactly('[123456789012345]'), true);
  assert.equal(parsesExactly('[1234567890123456]'), false);
  for (const text of ['', '{', '1234567890123456x']) assert.throws(() => parseExactly(text), SyntaxError);
});
