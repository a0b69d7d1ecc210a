import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LoadTick } from '../../model/load.ts';
import { seededRandom } from '../../stats/random.ts';
import { restOf } from './steadiness.ts';
import { exponential, normal, queueing } from './testing.ts';

const ticks = (
  seconds: number,
  at: (second: number) => { p50?: number; inFlight?: number; completed?: number },
): LoadTick[] =>
  Array.from({ length: seconds }, (_, i) => ({
    at: i + 1,
    completed: 100,
    errors: 0,
    p50: 0.02,
    p90: 0.03,
    p99: 0.04,
    bytes: 0,
    inFlight: 2,
    heat: [],
    ...at(i + 1),
  }));

it('calls a service at rest steady, through the noise of its seconds', () => {
  const random = seededRandom(1);
  for (let run = 0; run < 50; run++) {
    const rest = restOf(
      ticks(12, () => ({
        p50: 0.02 * Math.exp(0.1 * normal(random)),
        inFlight: Math.round(exponential(3, random)),
        completed: 100 + Math.round(3 * normal(random)),
      })),
    );
    assert.equal(rest.steadiness, 'steady', JSON.stringify(rest));
  }
});

it('sees a queue that grows by 3 % of the work, and says how fast', () => {
  const rest = restOf(ticks(12, (second) => ({ inFlight: 3 * second })));
  assert.equal(rest.steadiness, 'growing');
  assert.ok(Math.abs(rest.growth - 3) < 0.01);
  assert.equal(restOf(ticks(12, (second) => ({ inFlight: second }))).steadiness, 'steady');
  assert.equal(restOf(ticks(12, (second) => ({ inFlight: 100 - 3 * second }))).steadiness, 'steady');
});

it('one odd second makes no trend, and the first third is left to settle in', () => {
  assert.equal(restOf(ticks(12, (second) => ({ inFlight: second === 12 ? 500 : 2 }))).steadiness, 'steady');
  assert.equal(restOf(ticks(12, (second) => ({ inFlight: Math.min(4, second) * 50 }))).steadiness, 'steady');
  assert.equal(restOf(ticks(12, (second) => ({ p50: second <= 4 ? 0.5 : 0.02 }))).steadiness, 'steady');
});

it('sees drift, and which way; not below the grain of a timer', () => {
  const slower = restOf(ticks(9, (second) => ({ p50: 0.01 * second })));
  assert.equal(slower.steadiness, 'drifting');
  assert.ok(slower.drift > 1.25);
  const faster = restOf(ticks(9, (second) => ({ p50: 0.1 / second })));
  assert.equal(faster.steadiness, 'drifting');
  assert.ok(faster.drift < 0.8);
  assert.equal(restOf(ticks(9, (second) => ({ p50: 0.0001 * second }))).steadiness, 'steady');
});

it('cannot tell from two seconds, and does not take silence for rest', () => {
  assert.equal(restOf(ticks(2, () => ({}))).steadiness, 'unknown');
  assert.equal(restOf([]).steadiness, 'unknown');
  const unknown = restOf(ticks(9, () => ({ inFlight: Number.NaN })));
  assert.equal(unknown.steadiness, 'unknown');
  const silent = restOf(ticks(9, (second) => ({ completed: 0, p50: Number.NaN, inFlight: 100 * second })));
  assert.equal(silent.steadiness, 'growing');
});

it('a queue near its limit wanders, and that is seldom taken for growth; 10 % over the limit always is', () => {
  const service = queueing(1, (random) => exponential(0.0025, random), 1);
  const grown = (rate: number) =>
    Array.from({ length: 40 }, (_, seed) => restOf(service(rate, 10, seededRandom(seed)).ticks)).filter(
      ({ steadiness }) => steadiness === 'growing',
    ).length;
  assert.ok(grown(360) <= 2, `${grown(360)} of 40 at 90 %`);
  assert.ok(grown(440) >= 38, `${grown(440)} of 40 at 110 %`);
});
