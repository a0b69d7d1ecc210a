import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from './constant-rate.ts';

test('the slices of all workers are the whole plan, each request at t0 + i / rate', () => {
  for (const workers of [1, 2, 3, 7]) {
    for (const total of [0, 1, 2, 20, 101]) {
      const perMs = 0.3;
      const times: number[] = [];
      let warmups = 0;
      for (let worker = 0; worker < workers; worker++) {
        const schedule = new Schedule(1000, perMs, Math.min(5, total), total, worker, workers);
        warmups += schedule.warmups;
        for (let k = 0; k < schedule.count; k++) times.push(schedule.at(k));
      }
      times.sort((a, b) => a - b);
      assert.equal(times.length, total);
      assert.equal(warmups, Math.min(5, total));
      for (const [i, time] of times.entries()) assert.ok(Math.abs(time - (1000 + i / perMs)) < 1e-6);
    }
  }
});

test('the millionth request is where the rate puts it: nothing adds up', () => {
  const schedule = new Schedule(5, 1 / 3, 0, 2_000_000, 0, 1);
  assert.ok(Math.abs(schedule.at(1_000_000) - 3_000_005) < 1e-3);
});

test('dueBy counts what is intended by a time, and is bounded by the plan', () => {
  const schedule = new Schedule(100, 0.1, 0, 10, 1, 2);
  assert.equal(schedule.count, 5);
  assert.equal(schedule.dueBy(0), 0);
  assert.equal(schedule.dueBy(109.9), 0);
  assert.equal(schedule.dueBy(110), 1);
  assert.equal(schedule.dueBy(129.9), 1);
  assert.equal(schedule.dueBy(130), 2);
  assert.equal(schedule.dueBy(1e9), 5);
});
