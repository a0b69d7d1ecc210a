import assert from 'node:assert/strict';
import test from 'node:test';
import { keep, likeTimes, trialOf } from './bench-times.ts';
import { effortFor, inTurn, roundsOf } from './rounds.ts';

const times = (...samples: number[]) => ({ samples, capped: false });

test('short statements are repeated within a round, long ones get fewer rounds', () => {
  assert.deepEqual(effortFor(10, 20e-6, 6), { rounds: 10, repeats: 15 });
  assert.deepEqual(effortFor(10, 0.05, 2), { rounds: 4, repeats: 1 });
  assert.deepEqual(effortFor(10, 30, 2), { rounds: 1, repeats: 1 });
});

test('a round is the mean over the sets of parameters of the median of their repeats', () => {
  // Two sets, three repeats: 1, 3, 2 and 10, 30, 500 µs; one round more.
  const durations = [1, 10, 3, 30, 2, 500, 4, 40, 4, 40, 4, 40].map((micro) => micro * 1000);
  assert.deepEqual(
    roundsOf(durations, 2, 3).map((seconds) => Math.round(seconds * 1e6)),
    [16, 22],
  );
  assert.deepEqual(inTurn([1, 2, 3], 2, 4), [3, 1, 2, 3]);
});

test('a write with indexes that it was not timed with, from those that it was', () => {
  const known = [
    { keys: [], times: times(1, 1, 1) },
    { keys: ['a', 'b'], times: times(5, 5, 5) },
  ];
  assert.deepEqual(likeTimes(['a'], known)?.samples, [3, 3, 3], 'one of the two less');
  assert.deepEqual(likeTimes(['a', 'b', 'c'], known)?.samples, [7, 7, 7]);
  assert.deepEqual(likeTimes(['a', 'c'], known)?.samples, [5, 5, 5], 'one for one');
  assert.equal(likeTimes(['a'], known.slice(1)), undefined, 'nothing to compare with');
});

test('what was timed once for two sets of indexes is no effect', () => {
  const one = times(1, 2, 3);
  assert.deepEqual([trialOf(one, one).rounds, trialOf(one, one).planChanged], [0, false]);
  const { ratio, rounds, planChanged } = trialOf(one, times(0.5, 1, 1.5));
  assert.ok(Math.abs(ratio - 0.5) < 1e-12 && rounds === 3 && planChanged);
  const seconds = new Map<string, number | null>();
  const samples = new Map<string, readonly number[]>();
  keep('failed', null, seconds, samples);
  keep('ran', [3, 1, 2], seconds, samples);
  assert.deepEqual(
    [...seconds],
    [
      ['failed', null],
      ['ran', 2],
    ],
  );
  assert.deepEqual([...samples.keys()], ['ran']);
});
