import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ThinkTime } from '../../model/scenario.ts';
import { DOWN, IDLE } from '../channel.ts';
import { type Curve, flat, follow } from './curve.ts';
import { FakeLane, type Started } from './testing.ts';
import { UsersDriver, type UsersPlan } from './users-driver.ts';

/** For a run of `end` ms whose measured part begins at `start`. */
function usersOf(
  lane: FakeLane,
  users: Curve,
  end: number,
  more: Partial<UsersPlan> & { start?: number } = {},
): UsersDriver {
  const window = { t0: 0, start: more.start ?? 0, end };
  return new UsersDriver(lane, {
    users,
    thinkTime: null,
    iterations: null,
    window,
    slice: { worker: 0, workers: 1 },
    seed: 1,
    ...more,
  });
}

const of = (lane: FakeLane, channel: number): Started[] => lane.started.filter((each) => each.channel === channel);
const firsts = (lane: FakeLane): number[] => lane.channels.map(({ index }) => of(lane, index)[0]!.intended);

test('each user goes on as soon as the iteration is over', () => {
  const lane = new FakeLane(3, { serve: () => 10, connect: () => 2 });
  lane.run(usersOf(lane, flat(3, 0.1), 100, { start: 50 }), 100);
  assert.deepEqual(firsts(lane), [0, 0, 0]);
  // Connecting belongs to the first; then every 10 ms from 12 on, up to 92.
  assert.deepEqual(
    of(lane, 0).map(({ intended }) => intended),
    [0, 12, 22, 32, 42, 52, 62, 72, 82, 92],
  );
  assert.deepEqual(
    of(lane, 0)
      .map(({ at, readyAt }) => [at, readyAt])
      .slice(0, 2),
    [
      [2, 2],
      [12, 12],
    ],
  );
  assert.equal(of(lane, 0).filter(({ counted }) => counted).length, 5);
});

test('thousands of users do not connect all at once', () => {
  const lane = new FakeLane(2000, { connect: () => 5, serve: () => 1000 });
  lane.run(usersOf(lane, flat(2000, 1), 1000), 1000);
  assert.equal(lane.mostConnecting, 128);
  assert.equal(lane.started.length, 2000);
  // Those who have to wait for their turn are not kept waiting by the service.
  assert.ok(lane.started.every(({ at, intended }) => at - intended === 5));
});

test('refused users do not hold up the others, and come back after the back-off, which is not waiting', () => {
  const lane = new FakeLane(300, { connect: (now) => (now < 20 ? null : 1), backoff: 40, serve: () => 1000 });
  lane.run(usersOf(lane, flat(300, 1), 1000), 1000);
  assert.equal(lane.unconnected.length, 300);
  assert.ok(lane.started.every(({ at, intended }) => at - intended < 2.001));
  assert.equal(lane.started.length, 300);
});

test('a ramp-up starts users evenly spread', () => {
  const lane = new FakeLane(5, { serve: () => 10 });
  lane.run(usersOf(lane, follow(0, [{ to: 5, over: 1, hold: 0 }], 2), 2000), 2000);
  assert.deepEqual(firsts(lane).map(Math.round), [0, 200, 400, 600, 800]);
});

test('a ramp-up over several workers is that of one', () => {
  const times = [0, 1, 2].flatMap((worker) => {
    const lane = new FakeLane(worker === 0 ? 3 : 2, { serve: () => 10 });
    lane.run(
      usersOf(lane, follow(0, [{ to: 7, over: 0.7, hold: 0 }], 1), 1000, { slice: { worker, workers: 3 } }),
      1000,
    );
    return firsts(lane);
  });
  assert.deepEqual(
    times.map(Math.round).sort((a, b) => a - b),
    [0, 100, 200, 300, 400, 500, 600],
  );
});

test('users beyond a shrinking number stop after their iteration, the last to come first, and come back when it grows', () => {
  // 4 users for 1 s, down to 1 within 1 s, 1 for 1 s, up to 4 at once.
  const legs = [
    { to: 4, over: 0, hold: 1 },
    { to: 1, over: 1, hold: 1 },
    { to: 4, over: 0, hold: 1 },
  ];
  const lane = new FakeLane(4, { serve: () => 30 });
  lane.run(usersOf(lane, follow(4, legs, 4), 4000), 4000);
  const gone = (channel: number) => {
    const between = of(lane, channel).filter(({ at }) => at >= 1000 && at < 3000);
    return Math.max(...between.map(({ at }) => at));
  };
  assert.ok(gone(3) <= 1334 && gone(3) > 1290);
  assert.ok(gone(2) <= 1667 && gone(2) > 1620);
  assert.ok(gone(1) <= 2000 && gone(1) > 1960);
  assert.ok(gone(0) > 2960);
  for (const channel of [1, 2, 3]) {
    const back = of(lane, channel).find(({ at }) => at >= 3000)!;
    assert.ok(back.at < 3002);
    // The connection was kept.
    assert.equal(back.at, back.intended);
  }
});

test('thousands who leave and come back share a timer', () => {
  const legs = [3000, 1, 3000].map((to) => ({ to, over: 0, hold: 0.1 }));
  const lane = new FakeLane(3000, { serve: () => 20 });
  lane.run(usersOf(lane, follow(3000, legs, 0.3), 300), 300);
  assert.equal(new Set(lane.started.filter(({ at }) => at >= 200).map(({ channel }) => channel)).size, 3000);
  assert.ok(lane.timers < 10, `${lane.timers} timers`);
});

test('the number of users at work follows the curve', () => {
  const lane = new FakeLane(100, { serve: () => 20 });
  const curve = follow(
    0,
    [
      { to: 100, over: 2, hold: 1 },
      { to: 20, over: 1, hold: 1 },
      { to: 60, over: 1, hold: 0 },
    ],
    6,
  );
  lane.run(usersOf(lane, curve, 6000), 6000);
  const at = (ms: number) =>
    new Set(lane.started.filter((s) => s.at > ms - 20 && s.at <= ms).map((s) => s.channel)).size;
  for (const [ms, users] of [
    [1000, 50],
    [2500, 100],
    [3500, 60],
    [4500, 20],
    [5500, 40],
  ] as const) {
    assert.ok(Math.abs(at(ms) - users) <= 2, `${at(ms)} users at ${ms} ms`);
  }
});

test('a user who left while the connection was dropped connects again', () => {
  const legs = [
    { to: 2, over: 0, hold: 0.5 },
    { to: 1, over: 0, hold: 0.5 },
    { to: 2, over: 0, hold: 0.5 },
  ];
  const lane = new FakeLane(2, { serve: () => 10, connect: () => 4 });
  lane.at(700, () => lane.drop(1));
  lane.run(usersOf(lane, follow(2, legs, 1.5), 1500), 1500);
  const back = of(lane, 1).find(({ at }) => at > 700)!;
  assert.equal(back.at - back.intended, 4);
  assert.ok(back.intended >= 1000 && back.intended < 1002);
});

const THINK: ThinkTime = { distribution: 'exponential', mean: 0.05 };

test('think time passes between the end of an iteration and the next, and a late timer is the lateness of the generator', () => {
  const lane = new FakeLane(1, { serve: () => 10, timerDelay: 3 });
  lane.run(usersOf(lane, flat(1, 1), 1000, { thinkTime: { distribution: 'constant', mean: 0.05 } }), 1000);
  const [first, second, third] = lane.started;
  assert.deepEqual([first!.intended, first!.at], [0, 1]);
  assert.deepEqual([second!.intended, second!.readyAt, second!.at], [61, 61, 64]);
  assert.equal(third!.intended, 64 + 10 + 50);
});

test('think times of a seed repeat, whatever the number of workers', () => {
  const pauses = (workers: number, seed: number): Map<number, number[]> => {
    const all = new Map<number, number[]>();
    for (let worker = 0; worker < workers; worker++) {
      const lane = new FakeLane(Math.ceil((6 - worker) / workers), { serve: () => 5 });
      lane.run(usersOf(lane, flat(6, 2), 2000, { thinkTime: THINK, seed, slice: { worker, workers } }), 2000);
      for (const { index } of lane.channels) {
        const own = of(lane, index);
        all.set(
          worker + index * workers,
          own.slice(1, 10).map((s, i) => Math.round((s.intended - own[i]!.at - 5) * 1e6)),
        );
      }
    }
    return all;
  };
  const one = pauses(1, 4);
  for (const workers of [2, 3, 5]) {
    const split = pauses(workers, 4);
    for (let user = 0; user < 6; user++) assert.deepEqual(split.get(user), one.get(user));
  }
  assert.notDeepEqual(one.get(0), one.get(1));
  assert.notDeepEqual(pauses(1, 5).get(0), one.get(0));
});

test('timers that fire early start nothing early', () => {
  const lane = new FakeLane(4, { serve: () => 5, timerDelay: -0.7 });
  lane.run(usersOf(lane, flat(4, 1), 1000, { thinkTime: THINK }), 1000);
  assert.ok(lane.started.length > 40);
  assert.ok(lane.started.every(({ at, intended }) => at >= intended));
});

test('a connection that is dropped while its user thinks is opened when they go on, and that is part of the response', () => {
  const lane = new FakeLane(1, { serve: () => 10, connect: () => 7 });
  lane.at(40, () => lane.drop(0));
  lane.run(usersOf(lane, flat(1, 0.2), 200, { thinkTime: { distribution: 'constant', mean: 0.1 } }), 200);
  const second = lane.started[1]!;
  assert.deepEqual([second.intended, second.at, second.readyAt], [117, 124, 124]);
});

test('a server that closes after each answer is connected to again, as part of the response', () => {
  const lane = new FakeLane(1, { serve: () => 10, connect: () => 3, keepAlive: false });
  lane.run(usersOf(lane, flat(1, 0.1), 100), 100);
  assert.deepEqual(lane.started.map(({ intended, at }) => [intended, at]).slice(0, 3), [
    [0, 3],
    [13, 16],
    [26, 29],
  ]);
});

test('nothing starts that is intended after the end, also when it comes early; who is connecting at the end still may', () => {
  const lane = new FakeLane(2, { serve: () => 10, connect: () => 30, keepAlive: false });
  lane.run(usersOf(lane, flat(2, 10), 10_000), 100);
  assert.ok(lane.started.every(({ intended }) => intended < 100));
  assert.equal(lane.started.filter(({ at }) => at >= 100).length, 2);
  assert.ok(lane.channels.every(({ state }) => state === DOWN || state === IDLE));
});

test('iterations that are over at once go on after a moment instead of for ever', () => {
  const lane = new FakeLane(1, { serve: () => 0 });
  lane.run(usersOf(lane, flat(1, 0.1), 100), 100);
  assert.equal(lane.started.length, 99);
});

test('users who are connected before the begin start at once', () => {
  const lane = new FakeLane(3, { serve: () => 10 });
  for (const channel of lane.channels) channel.state = IDLE;
  lane.run(usersOf(lane, flat(3, 0.1), 100), 100);
  assert.ok(lane.channels.every(({ index }) => of(lane, index)[0]!.at === 0));
});

test('a number of iterations: exactly so many are counted, and then the driver says that it is finished', () => {
  for (const iterations of [1, 2, 7, 50]) {
    const lane = new FakeLane(3, { serve: () => 10 });
    const driver = usersOf(lane, flat(3, 10), 10_000, { iterations, start: 100 });
    lane.at(105, () => assert.equal(driver.done, false, 'while the last one is under way'));
    lane.run(driver, 10_000);
    assert.equal(lane.started.filter(({ counted }) => counted).length, iterations);
    assert.deepEqual([driver.started, driver.done], [iterations, true]);
    assert.ok(
      lane.started.some(({ counted }) => !counted),
      'the warm-up takes none of them',
    );
    assert.equal(lane.finishes, 1, `${iterations}`);
  }
});

test('iterations that come to nothing are used up too; a worker without a share is finished when the measured part begins', () => {
  const refusing = new FakeLane(2, { connect: () => null, backoff: 10 });
  const refused = usersOf(refusing, flat(2, 10), 10_000, { iterations: 5 });
  refusing.run(refused, 10_000);
  assert.equal(refusing.unconnected.length, 5);
  assert.deepEqual([refused.started, refused.done], [5, true]);
  assert.equal(refusing.finishes, 1);
  const idle = new FakeLane(1);
  idle.run(usersOf(idle, flat(1, 1), 1000, { iterations: 0, start: 200 }), 1000);
  assert.equal(idle.started.filter(({ counted }) => counted).length, 0);
  assert.equal(idle.finishes, 1);
});
