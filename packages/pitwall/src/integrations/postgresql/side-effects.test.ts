import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calledIn } from './side-effects.ts';

test('every name before a parenthesis, quoted or not', () => {
  assert.deepEqual(calledIn('SELECT now(), Lower (x), a.b(1) FROM t WHERE x IN (1)'), ['now', 'lower', 'b', 'in']);
  assert.deepEqual(calledIn('SELECT "Harm"(1), "a""b" (2), "no" + 1'), ['Harm', 'a"b']);
  assert.deepEqual(calledIn("SELECT 'told('"), ['told']);
});

test('a megabyte of anything takes no longer than its length', () => {
  const from = performance.now();
  for (const one of ['x', '"', ' ', '(', '""(', 'a (', '"a" ', '$', 'é']) calledIn(one.repeat(2 ** 20 / one.length));
  assert.ok(performance.now() - from < 5000, `${performance.now() - from} ms`);
});
