import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counter } from '../../model/ledger.ts';
import type { LoadResult } from '../../model/load.ts';
import { seededRandom } from '../../stats/random.ts';
import { readingTimes } from './record.ts';
import { ledgerRows, tracksOf } from './rows.ts';
import { sharesOf } from './shares.ts';

interface Run {
  /** CPU seconds of one request of each step. */
  readonly costs: readonly number[];
  readonly seconds?: number;
  /** Requests a second. */
  readonly rate?: number;
  /** Whether each second has the same mix. */
  readonly fixed?: boolean;
  readonly counter?: Partial<Counter>;
  readonly p95?: number;
}

/** A run of blocks of a second each, as the engine and the readings would have it. */
function shares({ costs, seconds = 30, rate = 40, fixed = false, counter = {}, p95 = 0.01 }: Run) {
  const random = seededRandom(7);
  const mixes = Array.from({ length: seconds }, () => {
    const counts = costs.map(() => (fixed ? rate / costs.length : 0));
    for (let i = 0; !fixed && i < rate; i++) counts[Math.floor(random() * costs.length)]!++;
    return counts;
  });
  let used = 0;
  const values = [
    0,
    ...mixes.map((counts) => (used += counts.reduce((sum, n, i) => sum + n * costs[i]! * (0.95 + 0.1 * random()), 0))),
  ];
  const readings = readingTimes(seconds).map((at) => ({
    target: 'app',
    at: at + 0.003,
    counters: [
      {
        name: 'process.cpu.time',
        title: 'CPU time',
        unit: 's' as const,
        labels: {},
        value: values[Math.round(at)]!,
        ...counter,
      },
    ],
  }));
  const result = {
    duration: seconds,
    latency: { service: { p95 } },
    steps: costs.map((_, i) => ({ endpoint: `step ${i}`, sent: 1 })),
    timeline: mixes.map((counts, i) => ({ at: i + 1, completed: counts.reduce((sum, n) => sum + n, 0) })),
    blocks: mixes.map((counts, at) => ({ at, duration: 1, steps: counts.map((completed) => ({ completed })) })),
  } as unknown as LoadResult;
  const tracks = tracksOf(readings, seconds);
  return sharesOf(result, tracks, ledgerRows(tracks, result.timeline));
}

test('where the mix of steps differs from second to second, their costs are told apart, with intervals', () => {
  const costs = [0.02, 0.004];
  const { bySteps, because } = shares({ costs });
  assert.equal(because, null);
  for (const [i, [share]] of bySteps.entries()) {
    assert.equal(share!.name, 'process.cpu.time');
    assert.ok(share!.interval[0] <= costs[i]! && costs[i]! <= share!.interval[1], JSON.stringify(share));
    assert.ok(share!.interval[1] - share!.interval[0] < 0.008, JSON.stringify(share));
  }
});

test('a mix that is always the same cannot be told apart, and that is said', () => {
  const { bySteps, because } = shares({ costs: [0.02, 0.004], fixed: true });
  assert.deepEqual(bySteps, [[], []]);
  assert.match(because!, /mix was so much the same/);
});

test('too short a run, or answers too slow for a second, say so', () => {
  assert.match(
    shares({ costs: [0.02, 0.004], seconds: 8 }).because!,
    /2 steps need 10 stretches of the run, and it has 8/,
  );
  assert.match(shares({ costs: [0.02, 0.004], p95: 0.5 }).because!, /and it has 3/);
});

test('one step has nothing to share with; the host and what lags are left out', () => {
  assert.deepEqual(shares({ costs: [0.02] }), { bySteps: [[]], because: null });
  assert.deepEqual(shares({ costs: [0.02, 0.004], counter: { name: 'host.cpu.time' } }).bySteps, [[], []]);
  assert.deepEqual(shares({ costs: [0.02, 0.004], counter: { lag: 1 } }).bySteps, [[], []]);
});
