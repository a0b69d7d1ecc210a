import assert from 'node:assert/strict';
import test from 'node:test';
import type { Times } from './bench-times.ts';
import { pairsNeeded, planPairs, saysEnough } from './pairs.ts';

const times = (...samples: number[]): Times => ({ samples, capped: false });

test('what is far apart or given up on needs no runs in turns', () => {
  assert.equal(pairsNeeded(times(0.1), times(0.2), 1), true);
  assert.equal(pairsNeeded(times(0.1), times(0.4), 1), false);
  assert.equal(pairsNeeded(times(0.001), times(0.004), 1), true, 'short ones cost nothing');
  assert.equal(pairsNeeded(times(0.1), { samples: [0.15], capped: true }, 1), false);
  const same = times(0.1);
  assert.equal(pairsNeeded(same, same, 1), false);
});

test('one that takes long gets as many pairs as an interval needs, within the time', () => {
  const short = planPairs(10, times(0.001), times(0.0008), { sets: 2, allowed: 60 });
  assert.equal(short.rounds, 10);
  assert.equal(short.sets, 2);
  const long = planPairs(10, times(0.5), times(0.4), { sets: 3, allowed: 60 });
  assert.deepEqual([long.rounds, long.repeats, long.sets], [6, 1, 1]);
  assert.ok(long.limit > 6 * 0.9 && long.limit < 60);
  assert.equal(planPairs(10, times(0.5), times(0.4), { sets: 3, allowed: 2 }).rounds, 2);
  assert.equal(planPairs(10, times(5), times(4), { sets: 1, allowed: 0 }).rounds, 1);
});

test('few pairs say something only where all differ plainly', () => {
  assert.equal(saysEnough([1], [0.9]), false);
  assert.equal(saysEnough([1, 1], [0.5, 0.6]), true);
  assert.equal(saysEnough([1, 1], [0.5, 1.9]), false);
  assert.equal(saysEnough([1, 1], [2, 1.9]), true);
  assert.equal(saysEnough([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]), true, 'the test judges');
});
