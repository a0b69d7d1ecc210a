import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksIn } from '../../load/protocol.ts';
import type { Counter } from '../../model/ledger.ts';
import type { Session } from '../session.ts';
import { Edges } from './edges.ts';
import { readingTimes, recordCounters } from './record.ts';

test('readings are about a second apart, and fall on ends of blocks', () => {
  for (const duration of [0.1, 1, 7, 10, 20, 30, 60, 61.5, 100, 299, 600, 3600, 86_400]) {
    const times = readingTimes(duration);
    const block = duration / blocksIn(duration);
    assert.equal(times[0], 0);
    assert.equal(times.at(-1), duration);
    assert.ok(times.length <= 302, `${duration}: ${times.length}`);
    const gaps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(gaps.every((gap) => gap > 0));
    const step = gaps[0]!;
    // As multiples of a block, or as parts of one: an end of a block is then always a reading, or the other way round.
    const ratio = step >= block ? step / block : block / step;
    assert.ok(Math.abs(ratio - Math.round(ratio)) < 1e-6, `${duration}: ${step} s and blocks of ${block} s`);
    if (duration >= 1 && duration <= 300) assert.ok(step >= 0.75 && step <= 2, `${duration}: ${step}`);
  }
});

/** A session of one target a list of answers, on a clock that only `sleep` moves. */
function session(targets: Record<string, (at: number, signal: AbortSignal) => Promise<Counter[]>>) {
  let clock = 1000;
  return {
    environment: {
      proc: '',
      sys: '',
      now: () => clock,
      async sleep(seconds: number, signal: AbortSignal) {
        signal.throwIfAborted();
        clock += seconds;
      },
    },
    targets: Object.entries(targets).map(([id, counters]) => ({
      target: { id, integration: 'x', title: id },
      failure: null,
      connection: null,
      integration: { counters: (_: unknown, __: unknown, signal: AbortSignal) => counters(clock - 1000, signal) },
    })),
  } as unknown as Session;
}

const counter = (value: number): Counter => ({ name: 'n', title: 'n', unit: 's', labels: {}, value });
const never = new AbortController().signal;

test('all targets are read at the beginning, in between, and at the end', async () => {
  const readings = await recordCounters(
    session({ app: async (at) => [counter(at)], db: async (at) => [counter(2 * at)] }),
    {
      measuredAt: 1000,
      duration: 2,
      signal: never,
    },
  );
  assert.deepEqual(
    readings.filter(({ target }) => target === 'app').map(({ at, counters }) => [at, counters[0]!.value]),
    [0, 1, 2].map((at) => [at, at]),
  );
  assert.equal(readings.filter(({ target }) => target === 'db').length, 3);
});

test('a target that fails, or says nothing, has no reading then; the others have theirs', async () => {
  const readings = await recordCounters(
    session({
      app: async (at) => [counter(at)],
      broken: async () => Promise.reject(new Error('no')),
      away: async (at) => (at === 1 ? [] : [counter(at)]),
    }),
    { measuredAt: 1000, duration: 2, signal: never },
  );
  assert.deepEqual(
    readings.map(({ target, at }) => `${target} ${at}`),
    ['app 0', 'away 0', 'app 1', 'app 2', 'away 2'],
  );
});

test('a target that hangs holds up neither the others nor the end', { timeout: 10_000 }, async () => {
  const end = new AbortController();
  const recording = recordCounters(session({ app: async (at) => [counter(at)], hung: () => new Promise(() => {}) }), {
    measuredAt: 1000,
    duration: 60,
    signal: end.signal,
  });
  setTimeout(() => end.abort(), 50);
  assert.deepEqual(
    (await recording).map(({ target }) => target),
    ['app'],
  );
});

test('ended early: what was read until then', async () => {
  const end = new AbortController();
  const readings = await recordCounters(
    session({
      async app(at) {
        if (at === 2) end.abort();
        return [counter(at)];
      },
    }),
    { measuredAt: 1000, duration: 10, signal: end.signal },
  );
  assert.deepEqual(
    readings.map(({ at }) => at),
    [0, 1],
  );
});

test('where there is time, every target is asked once before: for what it has to prepare', async () => {
  const asked: number[] = [];
  const readings = await recordCounters(
    session({
      async app(at) {
        asked.push(at);
        return [counter(at)];
      },
    }),
    { measuredAt: 1002, duration: 1, signal: never },
  );
  assert.deepEqual(asked, [0, 2, 3]);
  assert.deepEqual(
    readings.map(({ at }) => at),
    [0, 1],
  );
});

test('at edges it is read besides, those that are known and those that come; an edge after the end is none', async () => {
  const edges = new Edges();
  void edges.add(1000.4);
  void edges.add(1099);
  let clock = 1000;
  const sleepers: { readonly until: number; resolve(): void }[] = [];
  const environment = {
    now: () => clock,
    sleep: (seconds: number, stop: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        stop.addEventListener('abort', () => reject(stop.reason));
        sleepers.push({ until: clock + seconds, resolve });
      }),
  };
  const target = { id: 'app', integration: 'x', title: 'app' };
  const integration = { counters: async () => [counter(clock)] };
  const session = { environment, targets: [{ target, failure: null, connection: null, integration }] };
  let over = false;
  const load = Promise.withResolvers<void>();
  const recording = recordCounters(session as unknown as Session, {
    measuredAt: 1000,
    duration: 1,
    parts: { edges, over: load.promise },
    signal: never,
  });
  void recording.then(() => {
    over = true;
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
  let added = false;
  while (!over) {
    await settle();
    const next = sleepers.sort((a, b) => a.until - b.until).shift();
    if (!next) break;
    clock = next.until;
    // It takes longer than planned.
    if (clock > 1002.5) load.resolve();
    else next.resolve();
    if (added || clock < 1000.4) continue;
    added = true;
    await settle();
    void edges.add(clock);
  }
  assert.deepEqual(
    (await recording).map(({ at }) => Math.round(at * 10) / 10),
    [0, 0.4, 0.4, 1, 2],
  );
});
