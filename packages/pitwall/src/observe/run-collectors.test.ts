import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../model/integration.ts';
import { type CollectTask, type ObserveOptions, runCollectors } from './run-collectors.ts';

const target = { id: 'x', integration: 'x', title: 'x' };
const environment: Environment = {
  proc: '/proc',
  sys: '/sys',
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) => delay(seconds * 1000, undefined, { signal }),
};

function options(signal = new AbortController().signal): ObserveOptions {
  return { environment, signal, window: 0.05, cpuSeconds: () => process.cpuUsage().user / 1e6 };
}

function task(id: string, run: CollectTask['run'], more: Partial<CollectTask> = {}): CollectTask {
  return { target, id, probe: false, timeLimit: 5, run, ...more };
}

test('one that throws and one that never ends become failures; the others are not disturbed', async () => {
  const observations = await runCollectors(
    [
      task('good', async () => ({ samples: [{ name: 'n', labels: {}, at: 1, value: 2 }] })),
      task('throws', async () => {
        throw new Error('odd\u001b[31m thing');
      }),
      task('hangs', () => new Promise(() => {}), { timeLimit: 0.1 }),
      task('late', async () => ({ facts: [{ kind: 'k', key: 'a', value: 1 }] })),
    ],
    options(),
  );
  assert.deepEqual(
    observations.map((o) => [o.collector, o.failure?.code ?? 'ok']),
    [
      ['good', 'ok'],
      ['throws', 'COLLECTOR_FAILED'],
      ['hangs', 'COLLECTOR_TIMEOUT'],
      ['late', 'ok'],
    ],
  );
  assert.equal(observations[1]!.failure!.message, 'throws failed: odd [31m thing.');
  assert.match(observations[2]!.failure!.message, /^hangs gave no answer within 0\.1 s\.$/);
});

test('only one is active at a time, windows overlap, probes come last', async () => {
  const log: string[] = [];
  let active = 0;
  const windowed = (id: string) =>
    task(id, async ({ environment: own, window, signal }) => {
      assert.equal(++active, 1);
      log.push(`${id} first`);
      active--;
      await own.sleep(window, signal);
      assert.equal(++active, 1);
      await delay(5);
      active--;
      log.push(`${id} second`);
      return {};
    });
  const probe = task(
    'probe',
    async () => {
      assert.equal(++active, 1);
      await delay(5);
      active--;
      log.push('probe');
      return {};
    },
    { probe: true },
  );
  await runCollectors([probe, windowed('a'), windowed('b')], options());
  assert.deepEqual(log.slice(0, 3), ['a first', 'b first', 'probe']);
});

test('the CPU a collector burns is booked on it and on no other', async () => {
  const burn = task('burns', async () => {
    const until = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < until);
    return {};
  });
  const idle = task('idle', async ({ environment: own, signal }) => {
    await own.sleep(0.01, signal);
    return {};
  });
  const [idleSeen, burnSeen] = await runCollectors([idle, burn], options());
  assert.ok(burnSeen!.cost.cpuSeconds >= 0.06, String(burnSeen!.cost.cpuSeconds));
  assert.ok(idleSeen!.cost.cpuSeconds < burnSeen!.cost.cpuSeconds / 2, String(idleSeen!.cost.cpuSeconds));
});

test('a collector that was given up on and wakes up late holds up nobody', async () => {
  let woke = false;
  const sleeper = task(
    'sleeper',
    async ({ environment: own }) => {
      await delay(200); // longer than its limit, and deaf to the signal
      await own.sleep(0.01, new AbortController().signal).catch(() => {
        woke = true;
      });
      return {};
    },
    { timeLimit: 0.05 },
  );
  const slow = task('slow', () => delay(600).then(() => ({})), { probe: true });
  const after = task('after', async () => ({}), { probe: true });
  const [first, ...others] = await runCollectors([sleeper, slow, after], options());
  assert.equal(first!.failure?.code, 'COLLECTOR_TIMEOUT');
  assert.ok(woke);
  assert.ok(others.every((o) => !o.failure));
});

test('an abort from outside ends everything with its reason', async () => {
  const controller = new AbortController();
  const running = runCollectors([task('hangs', () => new Promise(() => {}))], options(controller.signal));
  controller.abort(new Error('interrupted by the user'));
  await assert.rejects(running, /interrupted by the user/);
});
