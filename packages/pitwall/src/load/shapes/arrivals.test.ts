import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../stats/random.ts';
import { Arrivals, type Part } from './arrivals.ts';
import { type Curve, flat, follow } from './curve.ts';
import { STREAM } from './draw.ts';
import { EvenPlan, type Plan } from './plan.ts';
import { PoissonPlan } from './poisson-plan.ts';
import { TracePlan } from './trace-plan.ts';

interface Arrival {
  at: number;
  counted: boolean;
  flow: number;
}

function drain(arrivals: Arrivals): Arrival[] {
  const all: Arrival[] = [];
  for (; arrivals.next < Number.POSITIVE_INFINITY; arrivals.take()) {
    all.push({ at: arrivals.next, counted: arrivals.counted, flow: arrivals.flow });
  }
  return all;
}

const nothing = (begin: number): Part => ({ begin, plan: () => new EvenPlan([]) });
const even = (begin: number, rate: Curve): Part => ({ begin, plan: () => new EvenPlan(rate) });

test('even arrivals: the slices of all workers are the whole plan, each at t0 + i / rate', () => {
  const rate = 300;
  for (let workers = 1; workers <= 7; workers++) {
    for (const [warmups, total] of [
      [0, 0],
      [0, 1],
      [2, 2],
      [5, 20],
      [6, 101],
    ] as const) {
      const begin = 1000 + (warmups / rate) * 1000;
      const times: number[] = [];
      let counted = 0;
      for (let worker = 0; worker < workers; worker++) {
        const warm = even(1000, flat(rate, warmups / rate));
        const slice = new Arrivals(warm, even(begin, flat(rate, (total - warmups) / rate)), { worker, workers });
        const { remaining } = slice;
        const own = drain(slice);
        assert.equal(own.length, remaining);
        counted += own.filter((arrival) => arrival.counted).length;
        times.push(...own.map(({ at }) => at));
      }
      times.sort((a, b) => a - b);
      assert.equal(times.length, total);
      assert.equal(counted, total - warmups);
      for (const [i, time] of times.entries()) assert.ok(Math.abs(time - (1000 + (i / rate) * 1000)) < 1e-6);
    }
  }
});

test('the millionth arrival is where the rate puts it: nothing adds up', () => {
  const slice = new Arrivals(nothing(5), even(5, flat(1000 / 3, 6000)), { worker: 0, workers: 1 });
  slice.take(1_000_000);
  assert.ok(Math.abs(slice.next - 3_000_005) < 1e-3);
  assert.equal(slice.remaining, 1_000_000);
});

test('dueBy counts what is intended by a time, and is bounded by the plan', () => {
  const slice = new Arrivals(nothing(100), even(100, flat(100, 0.1)), { worker: 1, workers: 2 });
  assert.equal(slice.remaining, 5);
  assert.deepEqual(
    [0, 109.9, 110, 129.9, 130, 1e9].map((time) => slice.dueBy(time)),
    [0, 0, 1, 1, 2, 5],
  );
});

test('dueBy and following look from the cursor on, over the end of the warm-up', () => {
  // Warm-up at 0, 10, 20 ms; measured at 30, 40, …, 70 ms.
  const slice = new Arrivals(even(0, flat(100, 0.03)), even(30, flat(100, 0.05)), { worker: 0, workers: 2 });
  assert.equal(slice.next, 0);
  assert.equal(slice.dueBy(25), 2);
  assert.equal(slice.following(25), 40);
  slice.take();
  assert.deepEqual([slice.next, slice.counted, slice.dueBy(45)], [20, false, 2]);
  assert.equal(slice.following(45), 60);
  slice.skipWarmup();
  assert.deepEqual([slice.next, slice.counted, slice.remaining], [40, true, 2]);
  slice.skipWarmup();
  assert.equal(slice.next, 40);
  assert.equal(slice.following(60), Number.POSITIVE_INFINITY);
  slice.take(2);
  assert.deepEqual([slice.next, slice.remaining, slice.dueBy(1e9)], [Number.POSITIVE_INFINITY, 0, 0]);
});

test('a ramp has as many arrivals as its integral says, rounded, and none where the rate is 0', () => {
  const random = seededRandom(11);
  for (let run = 0; run < 60; run++) {
    const from = random() * 50;
    const to = random() * 50;
    const curve = follow(
      from,
      [
        { to, over: 3, hold: 1 },
        { to: 0, over: 0, hold: 2 },
        { to, over: 0, hold: 1 },
      ],
      7,
    );
    const expected = Math.round(((from + to) / 2) * 3 + 2 * to);
    const times = drain(new Arrivals(nothing(0), even(0, curve), { worker: 0, workers: 1 })).map(({ at }) => at);
    assert.equal(times.length, expected);
    assert.equal(times.filter((time) => time > 4000 && time < 6000).length, 0);
    for (const [i, time] of times.entries()) assert.ok(i === 0 || time > times[i - 1]!);
  }
});

test('a ramp from 0 to 100/s within 10 s: the i-th arrival is at √(i / 5) s', () => {
  const curve = follow(0, [{ to: 100, over: 10, hold: 0 }], 10);
  const times = drain(new Arrivals(nothing(0), even(0, curve), { worker: 0, workers: 1 })).map(({ at }) => at);
  assert.equal(times.length, 500);
  for (const [i, time] of times.entries()) assert.ok(Math.abs(time - Math.sqrt(i / 5) * 1000) < 1e-6);
});

test('while the rate is 0 nothing is due, and the next is at its end', () => {
  const curve = follow(
    10,
    [
      { to: 10, over: 0, hold: 1 },
      { to: 0, over: 0, hold: 1 },
      { to: 10, over: 0, hold: 1 },
    ],
    3,
  );
  const slice = new Arrivals(nothing(0), even(0, curve), { worker: 0, workers: 1 });
  assert.equal(slice.dueBy(1500), 10);
  assert.equal(slice.following(1500), 2000);
  const paused = follow(
    0,
    [
      { to: 0, over: 0, hold: 1 },
      { to: 10, over: 0, hold: 1 },
    ],
    2,
  );
  const later = new Arrivals(nothing(0), even(0, paused), { worker: 0, workers: 1 });
  assert.deepEqual([later.next, later.dueBy(999), later.dueBy(1000)], [1000, 0, 1]);
});

test('rounding hides nothing: what is due at a time is due at exactly that time', () => {
  const random = seededRandom(31);
  for (let run = 0; run < 300; run++) {
    const rate = 10 ** (random() * 5);
    const plan = new EvenPlan(
      run % 2 === 0 ? flat(rate, 10) : follow(rate, [{ to: random() * rate, over: 10, hold: 0 }], 10),
    );
    for (let i = 0; i < plan.count; i += 1 + Math.floor(random() * plan.count * 0.1)) {
      assert.equal(plan.dueBy(plan.at(i)), i + 1);
      assert.equal(plan.dueBy(plan.at(i) - 1e-6), i);
    }
    const begin = random() * 1e7;
    const slice = new Arrivals(nothing(begin), even(begin, flat(rate, 10)), { worker: 0, workers: 1 });
    for (; slice.next < begin + 100; slice.take()) assert.ok(slice.dueBy(slice.next) >= 1);
  }
});

const KINDS: Record<string, (part: 'warm' | 'measured') => Plan> = {
  ramp: (part) => new EvenPlan(part === 'warm' ? flat(20, 1) : follow(20, [{ to: 333, over: 5, hold: 1 }], 6)),
  poisson: (part) =>
    part === 'warm'
      ? new PoissonPlan(flat(900, 1), 3, STREAM.warmupArrivals)
      : new PoissonPlan(
          follow(
            900,
            [
              { to: 5000, over: 2, hold: 1 },
              { to: 0, over: 0, hold: 1 },
            ],
            6,
          ),
          3,
          STREAM.arrivals,
        ),
  trace: (part) => {
    const random = seededRandom(8);
    const at = Float64Array.from({ length: 777 }, () => random() * 14).sort();
    const flow = Uint16Array.from(at, (_, i) => i % 5);
    return part === 'warm' ? new TracePlan({ at, flow }, 2, 0, 1) : new TracePlan({ at, flow }, 2, 1, 7);
  },
};

for (const [kind, plan] of Object.entries(KINDS)) {
  const warm: Part = { begin: 50, plan: () => plan('warm') };
  const measured: Part = { begin: 1050, plan: () => plan('measured') };
  const slicesOf = (workers: number) =>
    Array.from({ length: workers }, (_, worker) => new Arrivals(warm, measured, { worker, workers }));

  test(`${kind}: the plan is the same for any number of workers`, () => {
    const whole = drain(slicesOf(1)[0]!);
    const warmups = whole.filter(({ counted }) => !counted).length;
    assert.ok(warmups > 0);
    assert.equal(warmups, plan('warm').count);
    assert.equal(whole.length - warmups, plan('measured').count);
    assert.ok(whole.every(({ at, counted }) => (counted ? at >= 1050 && at < 7050 : at >= 50 && at < 1050)));
    for (let workers = 2; workers <= 7; workers++) {
      const slices = slicesOf(workers).map(drain);
      const dealt = whole.map((_, i) => slices[i % workers]![Math.floor(i / workers)]);
      assert.deepEqual(dealt, whole);
      assert.equal(slices.flat().length, whole.length);
    }
  });

  test(`${kind}: dueBy, following and remaining are those of a count by hand`, () => {
    const random = seededRandom(21);
    for (const slice of slicesOf(3)) {
      const own = drain(slicesOf(3)[slicesOf(3).findIndex((each) => each.next === slice.next)]!);
      let taken = 0;
      let now = 0;
      while (slice.next < Number.POSITIVE_INFINITY) {
        now += random() * 40;
        const due = own.filter(({ at }) => at <= now).length - taken;
        assert.equal(slice.dueBy(now), Math.max(0, due));
        assert.equal(slice.following(now), own.find(({ at }) => at > now)?.at ?? Number.POSITIVE_INFINITY);
        assert.equal(slice.remaining, own.length - taken);
        const times = Math.floor(random() * (Math.max(0, due) + 1));
        slice.take(times);
        taken += times;
        if (now > 8000) break;
      }
      assert.ok(taken > own.length / 2 && now > 1050);
    }
  });
}

test('a trace keeps its times and flows', () => {
  const trace = { at: Float64Array.of(0, 0.5, 0.5, 2, 3.9, 4), flow: Uint16Array.of(1, 0, 3, 2, 1, 0) };
  const part: Part = { begin: 1000, plan: () => new TracePlan(trace, 2, 0.25, 2) };
  const slice = new Arrivals(nothing(1000), part, { worker: 0, workers: 1 });
  assert.deepEqual(
    drain(slice).map(({ at, flow }) => [Math.round(at), flow]),
    [
      [1000, 0],
      [1000, 3],
      [1750, 2],
      [2700, 1],
    ],
  );
});
