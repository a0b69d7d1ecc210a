import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isQuick, Pattern } from './pattern.ts';
import { costOf } from './pattern-cost.ts';
import { inTimeBox } from './time-box.ts';

test('the first match, with its groups', () => {
  const match = new Pattern('name="csrf" value="([^"]+)"').exec(
    '<input name="csrf" value="x1"><b name="csrf" value="x2">',
  );
  assert.equal(match?.[1], 'x1');
  assert.equal(new Pattern('id=(\\d+)').exec('id=x'), null);
  assert.equal(new Pattern('(?<=id=)\\d+').exec('id=17')?.[0], '17');
  assert.equal(new Pattern('(a|b)\\1').exec('abb')?.[0], 'bb');
});

test('what would take for ever is given up', () => {
  const started = performance.now();
  assert.equal(new Pattern('(a+)+b').exec('a'.repeat(5000)), null);
  assert.equal(new Pattern('.*foo').exec('a'.repeat(2 ** 20)), null);
  assert.equal(new Pattern('(?=a)(a|a)*$').exec(`${'a'.repeat(5000)}!`), null);
  assert.ok(performance.now() - started < 10_000);
});

test('a time box gives results and errors on', () => {
  assert.equal(
    inTimeBox(() => 7),
    7,
  );
  assert.throws(
    () =>
      inTimeBox(() => {
        throw new RangeError('mine');
      }),
    /mine/,
  );
  assert.equal(
    inTimeBox(() => {
      for (;;);
    }, 20),
    undefined,
  );
});

test('the cost counts the ways to split, and knows where there is only one', () => {
  const cost = (source: string) => {
    const { prefix, factor, exponent } = costOf(source);
    return [prefix, factor, exponent];
  };
  assert.deepEqual(cost('abc'), ['abc', 1, 0]);
  assert.deepEqual(cost('a\\.b\\d'), ['a.b', 1, 0]);
  assert.deepEqual(cost('"token":"([^"]+)"'), ['"token":"', 1, 1]);
  assert.deepEqual(cost('"id":\\s*(\\d+)'), ['"id":', 1, 1]);
  assert.deepEqual(cost('"a":"([^"]*)","b":"([^"]*)"'), ['"a":"', 1, 1]);
  assert.deepEqual(cost('<title>(.*?)</title>'), ['<title>', 1, 1]);
  assert.deepEqual(cost('.*.*x'), ['', 1, 2]);
  assert.deepEqual(cost('a*b*a*c'), ['', 1, 2]);
  assert.deepEqual(cost('ab|cd*'), ['', 2, 1]);
  assert.deepEqual(cost('x(a*|b)a*'), ['', 2, 2]);
  assert.deepEqual(cost('a?b{2,3}'), ['', 6, 0]);
  for (const source of ['(ab)+', '(a)\\1', '(?=a)b', '(?<!a)b', '\\p', '(a|b)*', '(?i:a)'])
    assert.equal(cost(source)[2], Number.POSITIVE_INFINITY, source);
});

test('what is called quick is quick, on texts made to be slow', () => {
  const patterns = [
    '.*foo',
    '\\s*\\s*x',
    '\\s*(\\d+)x',
    'a*b*c*d',
    'a*b*a*!',
    '[^"]*"[^"]*"x',
    '(a*)(b*)x',
    'a{1,50}a{1,50}x',
    'a?a?a?a?aaaax',
    '"k":\\s*"([^"]+)"',
    '"k".*"',
    'a\\d*\\.?\\d*x',
    '(a*|b)a*x',
    'x(?:a*)$',
    '[a-z]+[0-9]+[a-z]+!',
    'é*é*x',
    '^a*a*$',
    'k(.*?)k(.*?)z',
  ];
  const seeds = ['a', '"k":', 'ab', ' ', '1', '"', 'a1', 'é', 'k'];
  let tried = 0;
  for (const source of patterns) {
    for (const seed of seeds) {
      for (const length of [300, 3000, 100_000]) {
        const text = `${seed.repeat(Math.floor(length / seed.length))}\n`;
        if (!isQuick(costOf(source), text)) continue;
        tried++;
        const started = performance.now();
        new RegExp(source).exec(text);
        const took = performance.now() - started;
        assert.ok(took < 1000, `${source} on ${length} × ${seed}: ${took} ms`);
      }
    }
  }
  assert.ok(tried > 100, `${tried} tried`);
});
