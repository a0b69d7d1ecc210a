import assert from 'node:assert/strict';
import test from 'node:test';
import { sqliteOptions } from './options.ts';

const messages = (options: Record<string, unknown>) =>
  sqliteOptions.safeParse({ path: 'a.db', ...options }).error?.issues.map(({ message }) => message);

test('times and sizes take units, and nothing is no time and no size', () => {
  const { queryTimeout, copyLimit, busyTimeout } = sqliteOptions.parse({
    path: 'a.db',
    queryTimeout: '500ms',
    copyLimit: '1KiB',
    busyTimeout: 3,
  });
  assert.deepEqual([queryTimeout, copyLimit, busyTimeout], [0.5, 1024, 3]);
  for (const nothing of [0, '0s', '0ms'])
    assert.deepEqual(messages({ busyTimeout: nothing }), ['expected a duration above 0 such as 500ms or 2s']);
  assert.deepEqual(messages({ copyLimit: 0 }), ['expected a size above 0 such as 500MB or 4GiB']);
});
