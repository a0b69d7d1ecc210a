import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../stats/random.ts';
import { after, type Curve, firstAbove, flat, follow, Integral, peakOf, valueAt } from './curve.ts';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} instead of ${expected}`);

/** 10 → 30 in 4 s, held 2 s, jump to 5 for 1 s, nothing for 2 s, back to 20 within 1 s, held to 12 s. */
const CURVE = follow(
  10,
  [
    { to: 30, over: 4, hold: 2 },
    { to: 5, over: 0, hold: 1 },
    { to: 0, over: 0, hold: 2 },
    { to: 20, over: 1, hold: 0 },
  ],
  12,
);

test('a curve goes through its legs and holds the last value', () => {
  const values = [0, 2, 4, 5.9, 6, 6.99, 7, 8.99, 9.5, 10, 11.9, 100].map((s) => valueAt(CURVE, s));
  assert.deepEqual(values, [10, 20, 30, 30, 5, 5, 0, 0, 10, 20, 20, 20]);
  assert.equal(peakOf(CURVE), 30);
});

test('a curve that is cut short is cut on its way', () => {
  const cut = follow(0, [{ to: 100, over: 10, hold: 5 }], 4);
  assert.deepEqual(cut, [{ begin: 0, end: 4, from: 0, to: 40 }]);
});

test('what comes before a curve holds its first value', () => {
  const later = after(3, CURVE);
  assert.equal(valueAt(later, 0), 10);
  assert.equal(valueAt(later, 2.9), 10);
  assert.equal(valueAt(later, 5), 20);
  assert.equal(after(0, CURVE), CURVE);
});

test('the integral is the sum of the areas, and stands still where the rate is 0', () => {
  const integral = new Integral(CURVE);
  assert.equal(integral.total, 80 + 60 + 5 + 0 + 10 + 40);
  assert.equal(integral.until(0), 0);
  near(integral.until(2), 30);
  assert.equal(integral.until(7), 145);
  assert.equal(integral.until(8), 145);
  assert.equal(integral.until(99), 195);
  near(integral.until(2), 30);
});

test('when an amount is reached inverts the integral, and at a standstill is its end', () => {
  const integral = new Integral(CURVE);
  for (let i = 0; i < 1950; i++) near(integral.until(integral.when(i / 10)), i / 10, 1e-9);
  assert.equal(integral.when(145), 9);
  assert.equal(integral.when(0), 0);
  // Backwards too.
  near(integral.when(30), 2);
  assert.equal(
    new Integral(
      follow(
        0,
        [
          { to: 0, over: 0, hold: 5 },
          { to: 8, over: 0, hold: 1 },
        ],
        6,
      ),
    ).when(0),
    5,
  );
});

test('sums of floats put nothing on the wrong side of a gap', () => {
  const threeTenths = [0, 1, 2].map(() => ({ to: 10, over: 0, hold: 0.1 }));
  const curve = follow(10, [...threeTenths, { to: 0, over: 0, hold: 1 }, { to: 10, over: 0, hold: 1 }], 2.3);
  // The fourth arrival is the first after the gap, though 3 × 0.1 × 10 is a little more than 3.
  near(new Integral(curve).when(3), 1.3);
});

test('random curves are inverted, whatever their slopes', () => {
  const random = seededRandom(5);
  for (let run = 0; run < 200; run++) {
    const legs = Array.from({ length: 1 + Math.floor(random() * 6) }, () => ({
      to: random() < 0.2 ? 0 : random() * 10 ** (random() * 6 - 2),
      over: random() < 0.3 ? 0 : random() * 50,
      hold: random() < 0.3 ? 0 : random() * 50,
    }));
    const integral = new Integral(follow(random() * 100, legs, 400));
    let previous = -1;
    for (let part = 0; part < 1; part += 0.01) {
      const amount = integral.total * part;
      const time = integral.when(amount);
      assert.ok(time >= previous && time <= 400);
      near(integral.until(time), amount, 1e-9 * Math.max(1, integral.total));
      previous = time;
    }
  }
});

test('an almost flat ramp loses no digits', () => {
  const integral = new Integral(follow(1000, [{ to: 1000 + 1e-9, over: 86_400, hold: 0 }], 86_400));
  near(integral.when(43_200_000), 43_200, 1e-6);
});

test('the first time above a level', () => {
  assert.equal(firstAbove(CURVE, 5, 0), 0);
  near(firstAbove(CURVE, 20, 0), 2);
  near(firstAbove(CURVE, 20, 3), 3);
  assert.equal(firstAbove(CURVE, 30, 0), Number.POSITIVE_INFINITY);
  near(firstAbove(CURVE, 10, 6), 9.5);
  assert.equal(firstAbove(CURVE, 19, 11), 11);
  assert.equal(firstAbove(CURVE, 20, 11), Number.POSITIVE_INFINITY);
  const ramp: Curve = follow(0, [{ to: 4, over: 8, hold: 0 }], 10);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((level) => firstAbove(ramp, level, 0)),
    [0, 2, 4, 6, Number.POSITIVE_INFINITY],
  );
});

test('a flat curve of no length is empty', () => {
  assert.deepEqual(flat(5, 0), []);
  assert.equal(new Integral([]).total, 0);
  assert.equal(valueAt([], 1), 0);
});
