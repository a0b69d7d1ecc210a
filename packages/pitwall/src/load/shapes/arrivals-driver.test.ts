import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOWN, IDLE } from '../channel.ts';
import { Arrivals } from './arrivals.ts';
import { ArrivalsDriver } from './arrivals-driver.ts';
import { type Curve, flat } from './curve.ts';
import { EvenPlan } from './plan.ts';
import { FakeLane } from './testing.ts';
import { TracePlan } from './trace-plan.ts';

/** At `rate`/s for `seconds`, after a warm-up of `warmup` seconds at the same rate. */
function arrivalsAt(rate: number, seconds: number, warmup = 0): Arrivals {
  const part = (begin: number, curve: Curve) => ({ begin, plan: () => new EvenPlan(curve) });
  const parts = [part(0, flat(rate, warmup)), part(warmup * 1000, flat(rate, seconds))] as const;
  return new Arrivals(...parts, { worker: 0, workers: 1 });
}

const intendedOf = (lane: FakeLane): number[] => lane.started.map(({ intended }) => Math.round(intended * 1000) / 1000);
const every = (ms: number, count: number): number[] => Array.from({ length: count }, (_, i) => i * ms);

test('each iteration starts at its time, on the connection that was used last', () => {
  const lane = new FakeLane(20, { serve: () => 5 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 1, 0.1));
  lane.run(driver, 1100);
  assert.deepEqual(intendedOf(lane), every(10, 110));
  assert.deepEqual(
    lane.started.map(({ counted }) => counted),
    every(1, 110).map((i) => i >= 10),
  );
  // Only the first had to wait: for its connection.
  assert.ok(lane.started.every(({ at, intended }, i) => at - intended < (i === 0 ? 1.1 : 1)));
  assert.deepEqual([driver.unsent, driver.queued], [0, 0]);
  assert.equal(lane.channels.filter(({ state }) => state === IDLE).length, 1);
  assert.equal(new Set(lane.started.map(({ channel }) => channel)).size, 1);
});

test('a stall makes iterations wait, and none is left out: as many connections are opened as there are waiting', () => {
  // Everything stands still from 200 to 400 ms.
  const lane = new FakeLane(12, { serve: (now) => (now >= 200 && now < 400 ? 400 - now + 5 : 5) });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 1));
  lane.run(driver, 1000);
  assert.deepEqual(intendedOf(lane), every(10, 100));
  assert.equal(lane.mostBusy, 12);
  const late = lane.started.filter(({ at, intended }) => at - intended > 10);
  assert.ok(late.length >= 8 && late.length < 20, `${late.length} late ones`);
  // They were late for want of a connection, which is not the generator's doing.
  assert.ok(late.every(({ at, readyAt }) => at - readyAt < 1e-9));
  assert.ok(driver.queued >= late.length);
  assert.equal(driver.unsent, 0);
});

test('late timers make iterations late but never fewer, and the lateness is seen', () => {
  const lane = new FakeLane(300, { timerDelay: 35, serve: () => 200 });
  for (const channel of lane.channels) channel.state = IDLE;
  const driver = new ArrivalsDriver(lane, arrivalsAt(1000, 1));
  lane.run(driver, 1000);
  assert.deepEqual(intendedOf(lane), every(1, 1000));
  assert.equal(driver.unsent, 0);
  const own = lane.started.map(({ at, readyAt }) => at - readyAt);
  assert.ok(Math.max(...own) > 20, 'nothing was late');
  for (const { at, intended, readyAt } of lane.started) assert.ok(readyAt >= intended && readyAt <= at);
});

test('what was due and not started at the end is counted, with its waiting', () => {
  const lane = new FakeLane(1, { serve: () => 100 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 1));
  lane.run(driver, 1000);
  assert.equal(lane.started.length, 10);
  assert.deepEqual([driver.started, driver.unsent], [10, 90]);
  assert.equal(driver.queued, 9);
  const waits = lane.unsentCalls.map(({ waited }) => Math.round(waited));
  assert.deepEqual(
    waits,
    every(10, 90).map((ms) => 900 - ms),
  );
  assert.ok(lane.unsentCalls.every(({ times, flow }) => times === 1 && flow === -1));
});

test('millions of unsent ones are recorded in strides that add up', () => {
  const lane = new FakeLane(1, { serve: () => 1e9 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(1_000_000, 1, 0.01));
  lane.run(driver, 1010);
  assert.equal(driver.unsent, 1_000_000);
  assert.ok(lane.unsentCalls.length <= 100_000);
  assert.equal(
    lane.unsentCalls.reduce((sum, { times }) => sum + times, 0),
    1_000_000,
  );
});

test('a run that is cut short counts only what was due by then', () => {
  const lane = new FakeLane(1, { serve: () => 100 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 10, 0.2));
  lane.run(driver, 705);
  // Due in the measured part by 705 ms: 200, 210, …, 700.
  const counted = lane.started.filter((each) => each.counted).length;
  assert.equal(driver.unsent + counted, 51);
  assert.equal(driver.started, counted);
  assert.equal(lane.started.filter(({ intended }) => intended > 705).length, 0);
});

test('cut short inside the warm-up, nothing that counts is missing', () => {
  const lane = new FakeLane(1, { serve: () => 100 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 10, 2));
  lane.run(driver, 500);
  assert.equal(driver.unsent, 0);
  assert.deepEqual(lane.unsentCalls, []);
});

test('a refused connection costs the iteration that waits for it, and the channel rests for the back-off', () => {
  let refusals = 0;
  const lane = new FakeLane(1, {
    connect: (now) => {
      if (now >= 200) return 1;
      refusals++;
      return null;
    },
    backoff: 50,
  });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 1));
  lane.run(driver, 1000);
  // At 0, 51, 102, 153 ms; the next attempt is taken.
  assert.equal(refusals, 4);
  assert.deepEqual(
    lane.unconnected.map(({ intended }) => intended),
    [0, 10, 20, 30],
  );
  assert.equal(lane.started.length + lane.unconnected.length, 100);
  assert.deepEqual([driver.started, driver.unsent, driver.done], [100, 0, false]);
});

test('a server that closes after each answer is connected to again, and nothing is lost', () => {
  const lane = new FakeLane(5, { keepAlive: false, serve: () => 3 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(200, 1));
  lane.run(driver, 1000);
  assert.deepEqual(intendedOf(lane), every(5, 200));
  // Each waits for its connection to be made, and none because all were taken.
  assert.deepEqual([driver.unsent, driver.queued], [0, 0]);
});

test('a dropped idle connection is opened again when it is needed, not before', () => {
  const lane = new FakeLane(3, { serve: (now) => (now < 30 ? 25 : 1) });
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 1));
  lane.at(105, () => {
    for (const { index, state } of lane.channels) if (state === IDLE) lane.drop(index);
  });
  let downAfterwards = 0;
  lane.at(500, () => {
    downAfterwards = lane.channels.filter(({ state }) => state === DOWN).length;
  });
  lane.run(driver, 1000);
  assert.deepEqual(intendedOf(lane), every(10, 100));
  assert.equal(downAfterwards, 2);
});

test('connections that are there before the begin are used', () => {
  const lane = new FakeLane(3, { serve: () => 1 });
  lane.channels[1]!.state = IDLE;
  const driver = new ArrivalsDriver(lane, arrivalsAt(100, 0.5));
  lane.run(driver, 500);
  assert.ok(lane.started.every(({ channel }) => channel === 1));
  assert.equal(lane.started[0]!.at, 0);
  assert.equal(driver.queued, 0);
});

test('iterations that are over at once do not pile up on the stack', () => {
  const lane = new FakeLane(1, { serve: () => 0, timerDelay: 100 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(1_000_000, 0.2));
  lane.run(driver, 200);
  assert.equal(lane.started.length, 200_000);
});

test('a trace says which flow is started, not connected, or unsent', () => {
  const trace = { at: Float64Array.of(0, 0.01, 0.02, 0.03), flow: Uint16Array.of(4, 5, 6, 7) };
  const lane = new FakeLane(1, { connect: (now) => (now === 0 ? null : 1), backoff: 5, serve: () => 1000 });
  const part = (end: number) => ({ begin: 0, plan: () => new TracePlan(trace, 1, 0, end) });
  const driver = new ArrivalsDriver(lane, new Arrivals(part(0), part(1), { worker: 0, workers: 1 }));
  lane.run(driver, 500);
  assert.deepEqual(lane.unconnected, [{ intended: 0, counted: true, flow: 4 }]);
  assert.deepEqual(
    lane.started.map(({ flow }) => flow),
    [5],
  );
  assert.deepEqual(
    lane.unsentCalls.map(({ flow }) => flow),
    [6, 7],
  );
});

test('a failed connection that nothing waits for costs nothing', () => {
  const lane = new FakeLane(1);
  const driver = new ArrivalsDriver(lane, arrivalsAt(10, 1));
  driver.begin(0);
  assert.deepEqual(driver.takeUnconnected(lane.channels[0]!, 1), { intended: 0, counted: true, flow: -1 });
  assert.equal(driver.takeUnconnected(lane.channels[0]!, 99), null);
  assert.equal(driver.takeUnconnected(lane.channels[0]!, 100)?.intended, 100);
});

test('the plan is never asked for times that go back', () => {
  const lane = new FakeLane(300, { connect: () => 3, serve: (now) => 2.3 + 0.37 * (now % 40) });
  const arrivals = arrivalsAt(3000, 0.2);
  let latest = 0;
  const check = (now: number): number => {
    assert.ok(now >= latest, `${now} after ${latest}`);
    latest = now;
    return now;
  };
  const { dueBy, following } = arrivals;
  arrivals.dueBy = (now) => dueBy.call(arrivals, check(now));
  arrivals.following = (now) => following.call(arrivals, check(now));
  const driver = new ArrivalsDriver(lane, arrivals);
  let events = 0;
  const { free } = driver;
  driver.free = (channel, now) => free.call(driver, channel, now - (events++ % 2) * 0.9);
  lane.run(driver, 200);
  assert.ok(latest >= 199 && events > 100);
});

test('events that tell their times out of order delay nothing', () => {
  const lane = new FakeLane(4, { serve: () => 2 });
  const driver = new ArrivalsDriver(lane, arrivalsAt(1000, 0.5));
  const free = driver.free.bind(driver);
  driver.free = (channel, now) => free(channel, now - 0.4);
  lane.run(driver, 500);
  assert.deepEqual(intendedOf(lane), every(1, 500));
  assert.ok(lane.started.slice(10).every(({ at, intended }) => at - intended < 1.01));
});
