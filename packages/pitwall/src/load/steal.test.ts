import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCpuTicks, stealRatio } from './steal.ts';

const STAT = (steal: number) =>
  `cpu  100 5 20 800 10 0 5 ${steal} 40 0\ncpu0 50 2 10 400 5 0 2 ${steal} 20 0\nintr 12345\n`;

test('guest time is not counted twice, and the host line is taken, not a core', () => {
  assert.deepEqual(parseCpuTicks(STAT(60)), { total: 1000, steal: 60 });
  assert.equal(parseCpuTicks('cpu 1 2 3\n'), null);
  assert.equal(parseCpuTicks(''), null);
});

test('the ratio is of the time between the two readings', () => {
  const before = { total: 1000, steal: 60 };
  assert.equal(stealRatio(before, { total: 1200, steal: 80 }), 0.1);
  assert.equal(stealRatio(before, before), null, 'no time has passed');
  assert.equal(stealRatio(null, before), null);
  // Some hypervisors take steal time back (proc_stat(5) warns of it).
  assert.equal(stealRatio(before, { total: 1200, steal: 50 }), 0);
});
