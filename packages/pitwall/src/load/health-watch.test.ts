import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HealthWatch } from './health-watch.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Lives long enough that a collection has something to do. */
const garbage = () => Array.from({ length: 200_000 }, (_, i) => ({ i }));

test('garbage collections are counted, with how long they took', async () => {
  const watch = new HealthWatch(performance.now());
  for (let i = 0; i < 5; i++) {
    garbage();
    collect();
  }
  // The runtime reports them when the loop turns.
  await setTimeout(20);
  const { gc } = watch.end(performance.now());
  assert.ok(gc.pauses >= 5, `${gc.pauses} pauses`);
  assert.ok(gc.longest > 0 && gc.longest <= gc.seconds, `${gc.longest} of ${gc.seconds} s`);
  assert.ok(gc.longest >= gc.seconds / gc.pauses, 'the longest is no shorter than the mean');
  assert.ok(gc.seconds < 60, `${gc.seconds} s`);
});

test('only those of its own time are counted', async () => {
  collect();
  await setTimeout(20);
  const watch = new HealthWatch(performance.now());
  const before = watch.end(performance.now());
  assert.deepEqual(before.gc, { pauses: 0, seconds: 0, longest: 0 });
  collect();
  await setTimeout(20);
  // What it has returned stays as it was.
  assert.deepEqual(before.gc, { pauses: 0, seconds: 0, longest: 0 });
});

test('a thread that works is busy, one that waits is not', async () => {
  const waiting = new HealthWatch(performance.now());
  await setTimeout(200);
  const idle = waiting.end(performance.now());
  const working = new HealthWatch(performance.now());
  const until = process.threadCpuUsage().user + 100_000;
  while (process.threadCpuUsage().user < until);
  // The loop's own time is counted when it turns.
  await setTimeout(0);
  const busy = working.end(performance.now());
  for (const { loopUtilisation, cpuUtilisation } of [idle, busy]) {
    assert.ok(loopUtilisation >= 0 && loopUtilisation <= 1, `loop ${loopUtilisation}`);
    assert.ok(cpuUtilisation >= 0 && cpuUtilisation <= 1.1, `CPU ${cpuUtilisation}`);
  }
  assert.ok(busy.loopUtilisation > idle.loopUtilisation, `${busy.loopUtilisation}, ${idle.loopUtilisation}`);
  assert.ok(busy.cpuUtilisation > 0);
});
