/**
 * How often a growth of failures is called worse where there is none, and how often one is found. Seeds are fixed, so a rate is a fact
 * about the code and not a matter of luck.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LatencySummary, LoadBlock } from '../model/load.ts';
import { type Random, seededRandom } from '../stats/random.ts';
import { compareBlocks } from './compare.ts';
import { compareRuns } from './compare-runs.ts';
import { failureGrowth } from './failures.ts';
import { blockSeries, indicatorSeries } from './run-series.ts';
import { blocksOf, normal } from './testing.ts';

const BLOCKS = 20;
const EIGHT = Array.from({ length: 8 });

/** Blocks of a run: `failed` says how many of so many requests. */
function made(
  requests: number,
  cv: number,
  failed: (count: number, block: number) => number,
  random: Random,
): LoadBlock[] {
  const count = Math.round(requests / BLOCKS);
  return Array.from({ length: BLOCKS }, (_, block) => {
    const level = 0.01 * Math.exp(cv * normal(random));
    const at = (times: number) => level * times * Math.exp(cv * normal(random));
    const [p90, p95, p99, max] = [at(1.3), at(1.5), at(2), at(4)];
    const response: LatencySummary = { p50: level, p90, p95, p99, p999: max, p9999: max, max, mean: at(1.1) };
    const errors = failed(count, block);
    const step = { endpoint: 'GET /', completed: count, errors, response, service: response };
    return { at: block / 2, duration: 0.5, steps: [step] };
  });
}

const alone = (share: number, random: Random) => (count: number) =>
  Array.from({ length: count }).filter(() => random() < share).length;

const seriesOf = (blocks: readonly LoadBlock[]) => blockSeries(blocks, { target: 'web', closed: false });
const compare = (a: readonly LoadBlock[], b: readonly LoadBlock[], design: 'sequential' | 'pairs' = 'sequential') =>
  compareRuns({ design, a: seriesOf(a), b: seriesOf(b), noise: null, tolerance: 0.05, shapes: [] });

test('the same share of failures: at most 5 % of whole comparisons are wrong, at any share, number and noise', (t) => {
  const random = seededRandom(1);
  for (const requests of [500, 2000]) {
    for (const [share, cv] of [
      [0.0005, 0.03],
      [0.001, 0.03],
      [0.003, 0.01],
      [0.01, 0.08],
    ] as const) {
      const pairs = 100;
      let wrong = 0;
      for (let i = 0; i < pairs; i++) {
        const draw = () => made(requests, cv, alone(share, random), random);
        const { comparisons } = compare(draw(), draw(), i % 4 === 0 ? 'pairs' : 'sequential');
        if (comparisons.some(({ verdict }) => verdict === 'worse' || verdict === 'better')) wrong++;
      }
      t.diagnostic(`${requests} requests, ${100 * share} %: ${wrong} of ${pairs} wrong`);
      assert.ok(wrong <= 0.05 * pairs, `${requests}, ${share}: ${wrong}`);
    }
  }
});

test('the exact test alone errs at its level, also where failures come in bursts', (t) => {
  const random = seededRandom(2);
  const level = 0.05;
  for (const [name, burst] of [
    ['alone', 1],
    ['bursts of ten', 10],
  ] as const) {
    let wrong = 0;
    const pairs = 4000;
    for (let i = 0; i < pairs; i++) {
      // One burst in two blocks of a thousand requests: shares of about half of `burst` in a thousand.
      const draw = () => {
        const events = Array.from({ length: BLOCKS }, () => (random() < 0.5 ? burst : 0));
        return { shares: events.map((count) => count / 1000), requests: events.map(() => 1000) };
      };
      if (failureGrowth(draw(), draw()).pValue < level) wrong++;
    }
    t.diagnostic(`${name}: ${((100 * wrong) / pairs).toFixed(1)} %`);
    assert.ok(wrong <= level * pairs, `${name}: ${wrong}`);
  }
});

test('an outage is found: 0.1 % that become 2 %, also where each fails alone', (t) => {
  const random = seededRandom(3);
  for (const [requests, least] of [
    [500, 0.65],
    [1000, 0.9],
    [2000, 0.98],
  ] as const) {
    const pairs = 100;
    let found = 0;
    for (let i = 0; i < pairs; i++) {
      const [a, b] = [0.001, 0.02].map((share) => made(requests, 0.03, alone(share, random), random));
      if (compare(a!, b!).verdict === 'worse') found++;
    }
    t.diagnostic(`${requests} requests: ${found} of ${pairs}`);
    assert.ok(found >= least * pairs, `${requests}: ${found}`);
  }
});

test('one failed request of 5,000 where there was none: not worse, and no growth', () => {
  const random = seededRandom(4);
  const [a, b] = [0, 1].map((failed) => made(5000, 0.01, (_, block) => (block === 11 ? failed : 0), random));
  assert.notEqual(compare(a!, b!).verdict, 'worse');
  const shares = (failed: number) => ({
    shares: Array.from({ length: BLOCKS }, (_, i) => (i === 11 ? failed / 250 : 0)),
    requests: new Array<number>(BLOCKS).fill(250),
  });
  const { grew, pValue } = failureGrowth(shares(0), shares(1));
  assert.ok(!grew && Math.abs(pValue - 0.5) < 1e-3, String(pValue));
  assert.ok(Number.isNaN(failureGrowth(shares(0), shares(0)).pValue));
});

test('blocks weigh by their requests: one failure in a block of two is not half of all', () => {
  const requests = [2, ...new Array<number>(9).fill(1000)];
  const growth = failureGrowth(
    { shares: requests.map(() => 0), requests },
    { shares: requests.map((_, i) => (i === 0 ? 0.5 : 0)), requests },
  );
  assert.ok(Math.abs(growth.after - 1 / 9002) < 1e-12 && !growth.grew, String(growth.after));
});

test('where nothing answered any more, as many requests are taken for asked as before', () => {
  const before = { shares: [0, 0, 0], requests: [40, 40, 40] };
  const { pValue, grew } = failureGrowth(before, { shares: [1, 1, 1] });
  assert.ok(grew && pValue < 1e-30, String(pValue));
});

test('a check knows its requests from their times: all failing is worse, one of twenty is not', () => {
  const about = { target: 'web', direction: 'lower-is-better', labels: { endpoint: '/' } } as const;
  const times = { ...about, name: 'http.client.request.duration.p50', unit: 's', value: 0.01, count: 20 } as const;
  const check = (failed: number) => {
    const share = { ...about, name: 'http.client.error.ratio', unit: '1', countsFailures: true, count: 1 } as const;
    return indicatorSeries([...(failed < 20 ? [times] : []), { ...share, value: failed / 20 }], []);
  };
  const verdict = (failed: number) =>
    compareRuns({ design: 'sequential', a: check(0), b: check(failed), noise: null, tolerance: 0.05, shapes: [] })
      .verdict;
  assert.deepEqual([verdict(1), verdict(20)], ['inconclusive', 'worse']);
});

test('one value a run: a burst cannot be told from many failures, so only an outage counts', () => {
  const one = (share: number) => ({ shares: [share], requests: [2000] });
  assert.ok(failureGrowth(one(0), one(0.008)).pValue > 0.2);
  assert.ok(failureGrowth(one(0), one(0.02)).pValue < 1e-6);
});

test('trials: of two arms with the same share of failures at most 5 % get a verdict, and an outage does', (t) => {
  const random = seededRandom(5);
  const arm = (share: number) =>
    blocksOf([
      { name: 'load.response.duration.p50', values: EIGHT.map(() => Math.exp(0.03 * normal(random))), count: 250 },
      {
        name: 'load.error.ratio',
        values: EIGHT.map(() => alone(share, random)(250) / 250),
        unit: '1',
        countsFailures: true,
        count: 1,
      },
    ]);
  const verdicts = (after: number) =>
    Array.from({ length: 100 }, (_, seed) =>
      compareBlocks({
        design: seed % 2 === 0 ? 'interleaved' : 'repeated',
        before: arm(0.001),
        after: arm(after),
        affects: [{ indicator: 'load.response.duration.p50' }],
        tolerance: 0.05,
        seed,
      }),
    );
  const wrong = verdicts(0.001).filter(({ comparisons }) =>
    comparisons.some(({ verdict }) => verdict === 'regressed' || verdict === 'improved'),
  ).length;
  const found = verdicts(0.02).filter(({ verdict }) => verdict === 'regressed').length;
  t.diagnostic(`${wrong} of 100 wrong, ${found} of 100 found`);
  assert.ok(wrong <= 5 && found >= 90, `${wrong}, ${found}`);
});
