import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { CollectContext } from '../model/integration.ts';
import { watchLoad } from './load-watch.ts';
import type { Session } from './session.ts';

/** A clock that goes on to whatever is waited for next as soon as nobody has anything else to do. */
class Clock {
  now = 1_000_000;
  readonly #timers = new Set<{ readonly at: number; wake(): void }>();

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = { at: this.now + seconds, wake: resolve };
      this.#timers.add(timer);
      const give = () => {
        this.#timers.delete(timer);
        reject(signal!.reason);
      };
      if (signal?.aborted) give();
      else signal?.addEventListener('abort', give, { once: true });
    });
  }

  /** Until `work` has settled. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    work.then(
      () => (settled = true),
      () => (settled = true),
    );
    for (;;) {
      for (let i = 0; i < 5; i++) await turn();
      if (settled) return work;
      const next = [...this.#timers].sort((one, other) => one.at - other.at)[0];
      assert.ok(next, 'somebody waits for nothing');
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.wake();
    }
  }
}

/** A session of one target with a counter that takes a moment to be read, and a collector that takes its window. */
function sessionOn(clock: Clock): Session {
  const environment = {
    proc: '',
    sys: '',
    now: () => clock.now,
    sleep: (seconds: number, signal?: AbortSignal) => clock.sleep(seconds, signal),
  };
  const collector = {
    id: 'window',
    kind: 'passive',
    watchesLoad: true,
    timeLimit: 10,
    async collect(_: unknown, { environment: own, window, signal }: CollectContext) {
      await own.sleep(window, signal);
      return { facts: [], samples: [], gaps: [] };
    },
  };
  const target = {
    target: { id: 'app', integration: 'x', title: 'app' },
    failure: null,
    connection: null,
    integration: {
      id: 'x',
      collectors: [collector],
      async counters(_: unknown, __: unknown, signal: AbortSignal) {
        await clock.sleep(0.05, signal);
        return [{ name: 'n', title: 'n', unit: 's', labels: {}, value: clock.now }];
      },
    },
  };
  return { environment, targets: [target] } as unknown as Session;
}

/** Watches a load of `duration` s that is over after `after` s. Seconds that the watching took after that, and of the last reading. */
async function watched(duration: number, after: number) {
  const clock = new Clock();
  const measuredAt = clock.now;
  const signal = new AbortController().signal;
  const over = clock.sleep(after);
  const watching = watchLoad(sessionOn(clock), { measuredAt, duration, over, signal });
  const { observations, readings } = await clock.run(watching);
  const whole = observations.filter(({ failure }) => failure === undefined).length;
  return { whole, last: readings.at(-1)!.at, waited: clock.now - measuredAt - after };
}

test('a load that ends as planned is seen to its end: the last reading is whole, although it ends after the load', async () => {
  for (const drained of [0, 0.02, 1]) {
    const { whole, last } = await watched(40, 40 + drained);
    assert.equal(whole, 1);
    assert.ok(Math.abs(last - 40.025) < 0.001, `${last}`);
  }
});

test('a load that is stopped ends the watching at once, whatever part of it is over', async () => {
  for (const share of [0.4, 0.92, 0.99]) {
    const { last, whole, waited } = await watched(4000, share * 4000);
    assert.ok(waited <= 3, `stopped after ${share}: waited ${waited} s of ${4000 * (1 - share)}`);
    assert.ok(last > share * 4000 - 80 && last <= share * 4000, `${last}`);
    // A window that was cut short describes nothing; at 99 % it was over already.
    assert.equal(whole, share === 0.99 ? 1 : 0);
  }
});

test('a load that is stopped just before its end is seen whole by the collectors: they wait for a few seconds at the most', async () => {
  const { whole, waited } = await watched(40, 0.91 * 40);
  assert.equal(whole, 1);
  assert.ok(waited <= 3, `${waited} s`);
});

test('a load that fails ends the watching at once', async () => {
  const clock = new Clock();
  const began = clock.now;
  const over = clock.sleep(20).then(() => {
    throw new Error('gone');
  });
  const signal = new AbortController().signal;
  const { observations } = await clock.run(
    watchLoad(sessionOn(clock), { measuredAt: began, duration: 2000, over, signal }),
  );
  assert.deepEqual([observations, clock.now - began], [[], 20]);
});

test('who is aborted gets the reason', async () => {
  const clock = new Clock();
  const controller = new AbortController();
  clock.sleep(20).then(() => controller.abort(new Error('enough')));
  const watching = watchLoad(sessionOn(clock), {
    measuredAt: clock.now,
    duration: 2000,
    over: clock.sleep(2000),
    signal: controller.signal,
  });
  await assert.rejects(clock.run(watching), /enough/);
});
