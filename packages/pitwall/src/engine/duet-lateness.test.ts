import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LatencySummary } from '../model/load.ts';
import { Histogram } from '../stats/histogram.ts';
import { seededRandom } from '../stats/random.ts';
import { type LateBlock, latenessOf } from './duet-lateness.ts';

function histogramOf(seconds: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of seconds) histogram.record(value * 1e9);
  return histogram;
}

/** Blocks of so many requests that each left so late (s), of a service with this median (s). */
function blockOf(lateness: readonly number[], median: number, shape: LateBlock['shape'] = 'constant-rate'): LateBlock {
  const [response, late] = [histogramOf(lateness.map(() => median)), histogramOf(lateness)];
  const at = (percent: number) => late.percentile(percent) / 1e9;
  const [p50, p90, p95, p99] = [at(50), at(90), at(95), at(99)];
  const summary: LatencySummary = { p50, p90, p95, p99, p999: at(99.9), p9999: at(99.99), max: at(100), mean: 0 };
  const distribution = response.toDistribution();
  return {
    shape,
    rate: shape === 'closed' ? null : 100,
    sent: lateness.length,
    steps: [{ distributions: { response: distribution, service: distribution, slip: distribution } }],
    generator: { late: lateness.filter((value) => value > 0.002).length, lateness: summary },
  };
}

const inTime = (count: number) => new Array<number>(count).fill(0.0002);

test('one request in a hundred may be late, whichever block it is in; one more spoils the duet', () => {
  const blocks = (late: number) =>
    Array.from({ length: 20 }, (_, i) => blockOf([...inTime(49), i < late ? 0.005 : 0.0002], 0.004));
  assert.equal(latenessOf(blocks(10)), null, 'each of the ten would have been invalid alone');
  assert.match(
    latenessOf(blocks(11))!,
    /^11 of 1,000 requests left more than 2\.0 ms after they could have \(1 % allowed\)/,
  );
});

test('of fewer than a hundred requests one late one spoils nothing; one in twenty and more does', () => {
  const blocks = (late: number) =>
    Array.from({ length: 12 }, (_, i) => blockOf([...inTime(3), i < late ? 0.005 : 0.0002], 0.004));
  assert.equal(latenessOf(blocks(2)), null);
  assert.match(latenessOf(blocks(3))!, /^3 of 48 requests left more than 2\.0 ms .* \(5 % allowed\)/);
});

test('a third of the blocks may not be late either', () => {
  const blocks = Array.from({ length: 21 }, (_, i) =>
    blockOf([...inTime(45), ...new Array(5).fill(i < 6 ? 0.01 : 0)], 0.004),
  );
  assert.match(latenessOf(blocks)!, /^30 of 1,050/);
});

test('of a slow service a tenth of the median is allowed, over all blocks', () => {
  const blocks = (late: number, median: number) =>
    Array.from({ length: 20 }, () => blockOf([...inTime(40), ...new Array<number>(10).fill(late)], median));
  assert.equal(latenessOf(blocks(0.009, 0.1)), null, '9 ms of 100');
  assert.match(latenessOf(blocks(0.012, 0.1))!, /^Up to 200 of 1,000 requests left more than 10\.0 ms/);
  assert.match(latenessOf(blocks(0.009, 0.05))!, /5\.0 ms/);
});

test('by percentiles never fewer are counted than were late, and not many more', () => {
  const random = seededRandom(1);
  for (let i = 0; i < 200; i++) {
    const lateness = Array.from({ length: 200 }, () => 0.004 * -Math.log(1 - random()) * 1.5);
    const truth = lateness.filter((value) => value > 0.0101).length;
    const said = latenessOf([blockOf(lateness, 0.1)]);
    const found = said === null ? 2 : Number(/^Up to (\d+)/.exec(said)![1]);
    assert.ok(found >= truth || truth <= 2, `${found} for ${truth}`);
    assert.ok(found <= 100, String(found));
  }
});

test('a closed load has no schedule; nothing is not late', () => {
  assert.equal(latenessOf([blockOf(new Array(50).fill(1), 0.004, 'closed')]), null);
  assert.equal(latenessOf([]), null);
});
