import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { RateMeter } from './rates.ts';

const START = 1_795_229_040; // a whole minute

function measured(times: Iterable<number>) {
  const meter = new RateMeter();
  for (const time of times) meter.add(time);
  return meter.finish();
}

function* poisson(rate: number, seconds: number, seed: number): Generator<number> {
  const random = seededRandom(seed);
  for (let at = 0; ; ) {
    at -= Math.log(1 - random()) / rate;
    if (at >= seconds) return;
    yield START + at;
  }
}

test('evenly spaced requests have no bursts, Poisson arrivals the dispersion 1, bursts more', () => {
  const even = measured(Array.from({ length: 6000 }, (_, i) => START + i / 10))!;
  assert.equal(even.mean, 10);
  assert.deepEqual([even.p95, even.peak, even.busiestMinute], [10, 10, 10]);
  assert.equal(even.dispersion['1s'], 0);
  const random = measured(poisson(20, 3600, 1))!;
  assert.ok(Math.abs(random.mean - 20) < 0.4, String(random.mean));
  for (const window of ['1s', '10s'] as const) {
    assert.ok(Math.abs(random.dispersion[window]! - 1) < 0.25, `${window}: ${random.dispersion[window]}`);
  }
  const bursts = measured(Array.from({ length: 3600 }, (_, i) => START + 10 * Math.floor(i / 10)))!;
  assert.equal(bursts.peak, 10);
  // Ten at once every ten seconds: mean 1, variance 9.
  assert.ok(Math.abs(bursts.dispersion['1s']! - 9) < 0.1);
});

test('quiet seconds count: the rate is that of the whole time', () => {
  const summary = measured([...Array.from({ length: 100 }, () => START), START + 999])!;
  assert.equal(summary.mean, 101 / 1000);
  assert.deepEqual([summary.p95, summary.peak], [0, 100]);
});

test('lines that are a little out of order change nothing; those of another file are told', () => {
  const times = [...poisson(50, 600, 2)];
  const late = times
    .map((time, i) => ({ time, logged: time + (i % 7 === 0 ? 30 : 0) }))
    .sort((a, b) => a.logged - b.logged);
  const sorted = measured(times)!;
  const shuffled = measured(late.map(({ time }) => time))!;
  assert.deepEqual(shuffled, sorted);
  assert.equal(measured([START + 7200, START, START + 7201])!.outOfOrder, 1);
});

test('years of silence cost nothing, and nothing gives nothing', () => {
  const started = performance.now();
  const summary = measured([0, START, START + 1])!;
  assert.equal(summary.peak, 1);
  assert.ok(performance.now() - started < 2000);
  assert.equal(measured([]), null);
});
