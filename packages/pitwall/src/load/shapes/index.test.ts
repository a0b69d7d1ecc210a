import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShapeOptions } from '../../model/shape.ts';
import {
  createDriver,
  isOpen,
  measuredWindow,
  mostUsers,
  ownDuration,
  peakUsersOf,
  plannedIterations,
  rateAt,
  SHAPES,
  shapeProblem,
  usersAt,
  usersOf,
} from './index.ts';
import { FakeLane } from './testing.ts';

const TRACE = { at: Float64Array.of(0, 0.4, 0.41, 0.42, 1.5, 1.9, 3.2), flow: Uint16Array.of(0, 1, 0, 1, 2, 0, 1) };

/** One of each kind, a second or two long. */
const OPEN: Record<string, ShapeOptions> = {
  'constant-rate': { shape: 'constant-rate', rate: 97, users: 20, warmup: 0.33, duration: 1.01 },
  poisson: { shape: 'poisson', rate: 97, users: 30, warmup: 0.33, duration: 1.01 },
  'ramping-rate': {
    shape: 'ramping-rate',
    rate: 30,
    stages: [
      { rate: 200, over: 1, hold: 0.5 },
      { rate: 20, over: 0.5, hold: 0 },
    ],
    users: 20,
    warmup: 0.5,
    duration: 2.2,
  },
  'ramping-rate at random': {
    shape: 'ramping-rate',
    arrivals: 'poisson',
    stages: [{ rate: 300, over: 1, hold: 0.5 }],
    users: 40,
    warmup: 0.2,
    duration: 2,
  },
  steps: {
    shape: 'steps',
    stages: [50, 100, 150].map((rate) => ({ rate, over: 0, hold: 0.5 })),
    users: 20,
    warmup: 0.1,
    duration: 1.5,
  },
  spike: { shape: 'spike', rate: 20, peak: 300, users: 30, warmup: 0.2, duration: 1 },
  soak: { shape: 'soak', rate: 41, users: 20, warmup: 0, duration: 1 },
  trace: { shape: 'trace', trace: TRACE, users: 10, warmup: 0.2, duration: 1.2, speed: 2 },
};

const CLOSED: Record<string, ShapeOptions> = {
  closed: { shape: 'closed', users: 5, rampUp: 0.4, warmup: 0.3, duration: 1 },
  steps: {
    shape: 'steps',
    stages: [2, 6, 4].map((users) => ({ users, over: 0.1, hold: 0.4 })),
    users: 1,
    warmup: 0.2,
    duration: 1.5,
  },
  spike: { shape: 'spike', users: 2, peak: 9, peakAt: 0.3, peakFor: 0.2, warmup: 0.2, duration: 1 },
  soak: { shape: 'soak', users: 3, warmup: 0, duration: 1, thinkTime: { distribution: 'uniform', min: 0, max: 0.02 } },
};

const T0 = 1000;

/** All workers of a run, one after the other. */
function runAll(options: ShapeOptions, workers: number, cutAt?: number) {
  const { start, end } = measuredWindow(options, 0);
  const all = {
    started: [] as { intended: number; counted: boolean; flow: number; at: number; user: number }[],
    unsent: 0,
  };
  for (let worker = 0; worker < workers; worker++) {
    const lane = new FakeLane(usersOf(options, worker, workers), { serve: () => 7 });
    const driver = createDriver(options, { worker, workers }, { t0: 0, start, end }, 5, lane);
    lane.run(driver, cutAt ?? end);
    all.unsent += driver.unsent;
    assert.equal(driver.started, lane.started.filter(({ counted }) => counted).length + lane.unconnected.length);
    all.started.push(...lane.started.map((each) => ({ ...each, user: worker + each.channel * workers })));
  }
  all.started.sort((a, b) => a.intended - b.intended || a.flow - b.flow);
  return all;
}

for (const [name, options] of Object.entries(OPEN)) {
  test(`${name}: whatever the number of workers, what is started is the plan`, () => {
    assert.equal(shapeProblem(options), null);
    assert.ok(isOpen(options));
    const planned = plannedIterations(options, 5);
    const { start, end } = measuredWindow(options, 0);
    const one = runAll(options, 1);
    const counted = one.started.filter((each) => each.counted);
    assert.ok(planned !== null && planned > 0);
    assert.equal(counted.length, planned);
    assert.ok(counted.every(({ intended }) => intended >= start && intended < end));
    assert.ok(one.started.every((each) => each.counted || each.intended < start));
    for (let workers = 2; workers <= 7; workers++) {
      const split = runAll(options, workers);
      assert.equal(split.unsent, 0);
      assert.deepEqual(
        split.started.map(({ intended, counted, flow }) => [intended, counted, flow]),
        one.started.map(({ intended, counted, flow }) => [intended, counted, flow]),
      );
    }
  });

  test(`${name}: cut short, started and unsent are what was due`, () => {
    const starved = { ...options, users: 1 };
    const { start, end } = measuredWindow(options, 0);
    const cutAt = (start + end) / 2 + 0.123;
    const due = runAll(options, 1).started.filter((each) => each.counted && each.intended <= cutAt).length;
    const cut = runAll(starved, 1, cutAt);
    assert.equal(cut.started.filter(({ counted }) => counted).length + cut.unsent, due);
  });
}

for (const [name, options] of Object.entries(CLOSED)) {
  test(`${name} of users: each user is there when the plan says so, whatever the number of workers`, () => {
    assert.equal(shapeProblem(options), null);
    assert.ok(!isOpen(options));
    assert.equal(plannedIterations(options, 5), null);
    assert.equal(rateAt(options, 0), null);
    const { start, end } = measuredWindow(options, 0);
    const firsts = (workers: number): number[] => {
      const { started } = runAll(options, workers);
      for (const { intended, at, counted, user } of started) {
        assert.equal(counted, intended >= start);
        // Whoever starts is wanted then (connecting takes 1 ms, and who is busy with connecting is not sent away).
        assert.ok(
          user < Math.max(usersAt(options, (intended - start) / 1000)!, usersAt(options, (at - start) / 1000)!),
        );
      }
      return Array.from({ length: mostUsers(options) }, (_, user) =>
        Math.round(started.find((s) => s.user === user)!.at),
      );
    };
    const one = firsts(1);
    assert.ok(one.every((time) => time < end));
    for (let workers = 2; workers <= 7; workers++) {
      for (const [user, time] of firsts(workers).entries()) assert.ok(Math.abs(time - one[user]!) <= 1);
    }
  });
}

test('every shape is tried here', () => {
  assert.deepEqual(
    new Set([...Object.values(OPEN), ...Object.values(CLOSED)].map(({ shape }) => shape)),
    new Set(Object.keys(SHAPES)),
  );
});

test('after a warm-up at an even rate the measured part begins at its first arrival', () => {
  const { start, end } = measuredWindow({ shape: 'constant-rate', rate: 3, users: 1, warmup: 0.5, duration: 2 }, T0);
  // 1.5 requests are rounded to 2.
  assert.ok(Math.abs(start - (T0 + 2000 / 3)) < 1e-9);
  assert.ok(Math.abs(end - start - 2000) < 1e-9);
  for (const options of [
    CLOSED.closed!,
    { ...OPEN.poisson!, warmup: 0.3 },
    { ...OPEN['ramping-rate']!, rate: 0, warmup: 0.3 },
    { ...OPEN.trace!, warmup: 0.3 },
  ]) {
    const window = measuredWindow(options, T0);
    assert.deepEqual([window.start, window.end], [T0 + 300, T0 + 300 + options.duration * 1000]);
  }
});

test('planned: the rounded integral of the rate', () => {
  const planned = (options: ShapeOptions) => plannedIterations(options, 1);
  assert.equal(planned({ ...OPEN['constant-rate']!, rate: 33.3, duration: 10 }), 333);
  assert.equal(planned(OPEN['ramping-rate']!), Math.round(115 + 100 + 55 + 20 * 0.2));
  assert.equal(planned(OPEN.steps!), 150);
  assert.equal(planned(OPEN.spike!), 20 * 0.8 + 300 * 0.2);
  // Replayed twice as fast, from 0.2 s on: those recorded at 0.4 to 2.8 s.
  assert.equal(planned(OPEN.trace!), 5);
});

test('channels are shared out exactly', () => {
  for (const options of [...Object.values(OPEN), ...Object.values(CLOSED)]) {
    for (let workers = 1; workers <= 7; workers++) {
      let sum = 0;
      for (let worker = 0; worker < workers; worker++) sum += usersOf(options, worker, workers);
      assert.equal(sum, mostUsers(options));
    }
  }
  assert.equal(mostUsers(OPEN.spike!), 30);
  assert.equal(mostUsers(CLOSED.steps!), 6);
  assert.equal(mostUsers(CLOSED.spike!), 9);
});

test('rates and users over time, for charts', () => {
  const ramp = OPEN['ramping-rate']!;
  assert.deepEqual(
    [0, 0.5, 1.2, 1.75, 2.1].map((s) => rateAt(ramp, s)),
    [30, 115, 200, 110, 20],
  );
  assert.deepEqual(
    [0, 0.39, 0.4, 0.59, 0.61].map((s) => rateAt(OPEN.spike!, s)),
    [20, 20, 300, 300, 20],
  );
  assert.equal(usersAt(ramp, 0), null);
  // From the beginning of the warm-up, 0.3 s before.
  assert.deepEqual(
    [-0.3, -0.2, -0.1, 0.09, 0.1, 0.9].map((s) => usersAt(CLOSED.closed!, s)),
    [0, 2, 3, 5, 5, 5],
  );
  assert.deepEqual(
    [-0.1, 0.2, 0.4, 0.6].map((s) => usersAt(CLOSED.spike!, s)),
    [2, 2, 9, 2],
  );
  const replay: ShapeOptions = { shape: 'trace', trace: TRACE, users: 1, warmup: 0, duration: 4 };
  assert.deepEqual(
    [0, 0.9, 1, 2, 3, 4].map((s) => rateAt(replay, s)),
    [4, 4, 2, 0, 1, 0],
  );
});

test('shapes with stages or a trace know how long they take', () => {
  assert.equal(ownDuration(OPEN['ramping-rate']!), 2);
  assert.equal(ownDuration(OPEN.steps!), 1.5);
  assert.equal(ownDuration(OPEN.soak!), null);
  const replay = { shape: 'trace', trace: TRACE, speed: 2, warmup: 0.1 } as const;
  const duration = ownDuration(replay)!;
  assert.equal(plannedIterations({ ...replay, users: 1, duration }, 1), 6);
});

test('the most users at a time are told where their number changes', () => {
  const base = { users: 10, duration: 60, warmup: 0 };
  const held = (users: number) => ({ users, over: 0, hold: 1 });
  assert.equal(peakUsersOf({ ...base, shape: 'steps', stages: [held(40), held(50), held(5)] }), 50);
  assert.equal(peakUsersOf({ ...base, shape: 'spike', users: 2, peak: 6 }), 6);
  assert.equal(peakUsersOf({ ...base, shape: 'spike', peak: 6 }), 10, 'a dip');
  assert.equal(peakUsersOf({ ...base, shape: 'closed' }), null);
  assert.equal(peakUsersOf({ ...base, shape: 'spike', rate: 5, peak: 60 }), null, 'connections, not users');
  assert.equal(peakUsersOf({ ...base, shape: 'steps', stages: [{ rate: 40, over: 0, hold: 1 }] }), null);
});
