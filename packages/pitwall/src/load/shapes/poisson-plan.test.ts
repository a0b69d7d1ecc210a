import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Curve, flat, follow, Integral } from './curve.ts';
import { STREAM } from './draw.ts';
import { PoissonPlan } from './poisson-plan.ts';

function timesOf(rate: Curve, seed: number, purpose: number = STREAM.arrivals): number[] {
  const plan = new PoissonPlan(rate, seed, purpose);
  const times: number[] = [];
  for (let i = 0; plan.at(i) < Number.POSITIVE_INFINITY; i++) times.push(plan.at(i));
  return times;
}

/** Kolmogorov–Smirnov distance between a sample and a distribution. */
function distance(sample: readonly number[], cumulative: (value: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted.reduce((most, value, i) => {
    const expected = cumulative(value);
    return Math.max(most, Math.abs(expected - i / sorted.length), Math.abs(expected - (i + 1) / sorted.length));
  }, 0);
}

/** The distance that 1 % of samples from the distribution itself exceed (large n). */
const critical = (n: number): number => 1.628 / Math.sqrt(n);

const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((time, i) => time - times[i]!);

test('gaps at a constant rate are exponential', () => {
  for (const seed of [1, 2, 3]) {
    const gaps = gapsOf(timesOf(flat(500, 100), seed));
    assert.ok(Math.abs(gaps.length - 50_000) < 4 * Math.sqrt(50_000), `${gaps.length} arrivals`);
    assert.ok(distance(gaps, (gap) => 1 - Math.exp(-gap / 2)) < critical(gaps.length));
    // The test would see a rate that is 3 % off, and even arrivals at once.
    assert.ok(distance(gaps, (gap) => 1 - Math.exp(-gap / 2.06)) > critical(gaps.length));
  }
});

test('on the clock of its integral a varying rate is a process of rate 1', () => {
  const rate = follow(
    20,
    [
      { to: 2000, over: 20, hold: 5 },
      { to: 0, over: 0, hold: 5 },
      { to: 50, over: 10, hold: 0 },
    ],
    40,
  );
  const times = timesOf(rate, 4);
  const integral = new Integral(rate);
  const gaps = gapsOf(times.map((time) => integral.until(time / 1000)));
  assert.ok(distance(gaps, (gap) => 1 - Math.exp(-gap)) < critical(gaps.length));
  assert.equal(times.filter((time) => time > 25_000.001 && time < 30_000).length, 0);
});

test('counts in equal windows scatter as Poisson counts do, also over the ends of cells', () => {
  const counts = (times: readonly number[], width: number): number[] => {
    const all = Array.from({ length: Math.floor(2_000_000 / width) }, () => 0);
    for (const time of times) if (time < all.length * width) all[Math.floor(time / width)]!++;
    return all;
  };
  const times = timesOf(flat(1000, 2000), 9);
  // Variance ÷ mean of n counts: mean 1, standard error √(2/n). Windows of half a cell, and of three.
  for (const width of [20, 2048, 12_288]) {
    const all = counts(times, width);
    const mean = all.reduce((sum, n) => sum + n, 0) / all.length;
    const dispersion = all.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (all.length - 1) / mean;
    assert.ok(Math.abs(dispersion - 1) < 3 * Math.sqrt(2 / all.length), `${dispersion} in windows of ${width} ms`);
  }
});

test('gaps do not depend on the gaps before them', () => {
  const gaps = gapsOf(timesOf(flat(1000, 100), 6));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  let together = 0;
  let own = 0;
  for (let i = 1; i < gaps.length; i++) {
    together += (gaps[i]! - mean) * (gaps[i - 1]! - mean);
    own += (gaps[i]! - mean) ** 2;
  }
  assert.ok(Math.abs(together / own) < 3 / Math.sqrt(gaps.length));
});

test('a seed repeats; another seed or purpose does not', () => {
  const rate = flat(800, 10);
  assert.deepEqual(timesOf(rate, 7), timesOf(rate, 7));
  for (const other of [timesOf(rate, 8), timesOf(rate, 7, STREAM.warmupArrivals)]) {
    assert.ok(timesOf(rate, 7).filter((time) => other.includes(time)).length < 5);
  }
});

test('a longer run begins like a shorter one: the count does not shape what is before it', () => {
  const short = timesOf(flat(800, 10), 7);
  const long = timesOf(flat(800, 30), 7);
  assert.deepEqual(long.slice(0, short.length), short);
  assert.ok(long[short.length]! >= 10_000);
});

test('the count is that of the arrivals, also when the plan ends with a cell', () => {
  for (const seconds of [0.001, 1, 4.096, 8.192, 30]) {
    assert.equal(
      new PoissonPlan(flat(1000, seconds), 3, STREAM.arrivals).count,
      timesOf(flat(1000, seconds), 3).length,
    );
  }
  assert.equal(new PoissonPlan([], 3, STREAM.arrivals).count, 0);
});

test('counting a day at 2,000/s makes no arrivals', () => {
  const { count } = new PoissonPlan(flat(2000, 86_400), 3, STREAM.arrivals);
  assert.ok(Math.abs(count - 172_800_000) < 4 * Math.sqrt(172_800_000), `${count}`);
});
