import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Indicator } from '../../model/indicator.ts';
import type { SearchStep } from '../../model/search.ts';
import { seededRandom } from '../../stats/random.ts';
import { throughputAt } from '../../stats/usl.ts';
import { searchPlan } from './plan.ts';
import { type StepRecord, searchResult } from './result.ts';
import { scalabilityOf } from './scalability.ts';
import { check, normal } from './testing.ts';

const indicator = (name: string, value: number, labels: Indicator['labels'] = {}): Indicator => ({
  target: 'host',
  name,
  labels,
  unit: '1',
  direction: 'lower-is-better',
  value,
  count: 1,
});

type Step = Partial<Omit<SearchStep, 'resources'>>;
const record = (
  step: Step & { readonly rate: number },
  indicators: readonly Indicator[] = [],
  more: Partial<StepRecord> = {},
): StepRecord => ({
  step: {
    at: 0,
    why: 'bisect',
    verdict: 'pass',
    because: '',
    steadiness: 'steady',
    users: 1000,
    planned: 1000,
    sent: 1000,
    throughput: step.rate,
    errorRatio: 0,
    errors: {},
    p50: 0.01,
    p99: 0.02,
    concurrency: step.rate / 100,
    checks: [],
    ...step,
  },
  indicators,
  connectionsTaken: false,
  broke: [],
  ...more,
});

const result = (records: readonly StepRecord[]) =>
  searchResult({ plan: searchPlan({}), objectives: [], records, end: 'found', seed: 1, warnings: [] });

/** Host with 4 CPUs; `cores` of the only process of the service; 0.1 of the rest are busy with other things. */
const cpu = (cores: number, busiest = cores): Indicator[] => [
  indicator('process.cpu.cores.mean', cores),
  indicator('process.cpu.busiest.cores.mean', busiest),
  indicator('process.cpu.utilization.mean', cores / 4),
  indicator('host.cpu.utilization.mean', cores / 4 + 0.1),
];

describe('the resource that holds it back', () => {
  it('one thread that is full: the demand law gives its bound', () => {
    const { limit, demands, highestPassing, lowestFailing, broke } = result([
      record({ rate: 100 }, cpu(0.5)),
      record({ rate: 180 }, cpu(0.9)),
      record({ rate: 200, verdict: 'fail', steadiness: 'growing' }, cpu(0.99), { broke: ['The queue grew.'] }),
    ]);
    assert.deepEqual([highestPassing, lowestFailing], [180, 200]);
    assert.equal(limit.kind, 'resource');
    assert.equal(limit.resource, 'service-cpu');
    assert.match(limit.text, /^The CPU of the service: at 200\/s the busiest process used 99 % of one core/);
    assert.deepEqual(
      demands.map(({ resource, bound }) => [resource, Math.round(bound)]),
      [
        ['service-cpu', 200],
        ['host-cpu', 720],
      ],
    );
    assert.deepEqual(broke, ['The queue grew.']);
  });

  it('the same use of a service with threads is not full', () => {
    const { limit, demands } = result([
      record({ rate: 180 }, cpu(0.9)),
      record({ rate: 360, verdict: 'fail', steadiness: 'growing', throughput: 200 }, cpu(1.3)),
    ]);
    assert.equal(limit.kind, 'waiting');
    assert.match(
      limit.text,
      /^Throughput stopped at 200 requests\/s with no resource used up: a lock, a pool or a queue/,
    );
    assert.match(limit.text, /The busiest resource, the CPU of the service, would allow about 800 requests\/s\./);
    assert.equal(Math.round(demands.at(-1)!.bound), 800);
  });

  it('is looked for above the limit, too, when nothing was full at it', () => {
    const { limit } = result([
      record({ rate: 100 }, cpu(0.5)),
      record({ rate: 110, verdict: 'fail' }, cpu(0.55)),
      record({ rate: 200, verdict: 'fail' }, cpu(0.99)),
    ]);
    assert.match(limit.text, /at 200\/s, above the limit, the busiest/);
  });

  it('a limit far below what every resource allows is a lock, a pool or a queue', () => {
    const { limit } = result([
      record({ rate: 40 }, cpu(0.1)),
      record({ rate: 80, verdict: 'fail', throughput: 50, steadiness: 'growing' }, cpu(0.13), {
        connectionsTaken: true,
      }),
    ]);
    assert.equal(limit.kind, 'waiting');
    assert.match(
      limit.text,
      /Throughput stopped at 50 requests\/s .* a lock, a pool or a queue holds it back, not a resource/,
    );
    assert.match(limit.text, /The busiest resource, the CPU of the service, would allow about 400 requests\/s\./);
  });

  it('a limit near a bound is named although the resource was not seen to be full', () => {
    const { limit } = result([
      record({ rate: 170 }, cpu(0.8)),
      record({ rate: 400, verdict: 'fail', throughput: 180, steadiness: 'growing' }, cpu(0.85)),
    ]);
    assert.equal(limit.kind, 'resource');
    assert.match(limit.text, /near to what the CPU of the service allows \(about 212\/s\)/);
  });

  it('slower than wanted without being full: no resource is blamed', () => {
    const { limit } = result([record({ rate: 50 }, cpu(0.2)), record({ rate: 60, verdict: 'fail' }, cpu(0.25))]);
    assert.equal(limit.kind, 'latency');
    assert.match(limit.text, /kept up with what was sent: it only became slower/);
  });

  it('errors are said with their kinds', () => {
    const { limit } = result([
      record({ rate: 50 }, cpu(0.2)),
      record({ rate: 60, verdict: 'fail', errorRatio: 0.2, errors: { 'status-5xx': 120 } }, cpu(0.2)),
    ]);
    assert.match(limit.text, /Requests failed \(status-5xx 120\): look for what refuses them/);
  });

  it('is not known when nobody looked, and when nothing failed', () => {
    const unseen = result([
      record({ rate: 50 }),
      record({ rate: 60, verdict: 'fail', steadiness: 'growing' }, [], { connectionsTaken: true }),
    ]);
    assert.equal(unseen.limit.kind, 'unknown');
    assert.match(unseen.limit.text, /add a target with the integration host/);
    assert.match(result([record({ rate: 50 }, cpu(0.2))]).limit.text, /^No rate failed/);
  });

  it('CPUs that are full of something else are no limit, as long as the service does not wait for them', () => {
    const neighbours = (waiting: number) => [
      ...cpu(0.1).map((each) => (each.name === 'host.cpu.utilization.mean' ? { ...each, value: 0.98 } : each)),
      indicator('process.run-queue.waiting.mean', waiting),
    ];
    const limitWith = (waiting: number) =>
      result([
        record({ rate: 50 }, cpu(0.1)),
        record({ rate: 90, verdict: 'fail', throughput: 60, steadiness: 'growing' }, neighbours(waiting)),
      ]).limit;
    assert.equal(limitWith(0.02).kind, 'waiting');
    assert.equal(limitWith(0.6).resource, 'host-cpu');
    assert.match(limitWith(0.6).text, /98 % busy; the service itself used 2\.5 % of them/);
  });

  it('what was full in one step of three is not what holds it back', () => {
    const step = (cores: number) => record({ rate: 60, verdict: 'fail' }, cpu(cores));
    assert.equal(result([record({ rate: 50 }, cpu(0.5)), step(0.95), step(0.6), step(0.55)]).limit.kind, 'latency');
    assert.equal(result([record({ rate: 50 }, cpu(0.5)), step(0.95), step(0.93), step(0.55)]).limit.kind, 'resource');
  });

  it('what others use of the host is told apart from what a request costs, and use that does not grow costs nothing', () => {
    const host = (rate: number, use: number) => record({ rate }, [indicator('host.cpu.utilization.mean', use)]);
    const [demand] = result([host(100, 0.4), host(200, 0.5), host(400, 0.7)]).demands;
    assert.ok(Math.abs(demand!.demand - 0.001) < 1e-9);
    assert.ok(Math.abs(demand!.bound - 700) < 1e-6);
    assert.deepEqual(result([host(100, 0.6), host(200, 0.4), host(400, 0.5)]).demands, []);
  });

  const full: readonly (readonly [string, readonly Indicator[], RegExp])[] = [
    [
      'cgroup-cpu',
      [
        indicator('process.cgroup.cpu.utilization.mean', 0.6),
        indicator('process.cgroup.cpu.throttled.ratio.mean', 0.4),
      ],
      /^The CPU quota of the service's cgroup: at 60.*throttled in 40 %/,
    ],
    ['host-cpu', [indicator('host.cpu.utilization.mean', 0.95)], /^The CPUs of the host: at 60/],
    [
      'host-cpu',
      [indicator('host.cpu.utilization.mean', 0.75), indicator('host.cpu.pressure.mean', 0.6)],
      /waited for one 60 %/,
    ],
    ['memory', [indicator('host.memory.pressure.mean', 0.2)], /^Memory: at 60/],
    ['io', [indicator('host.io.pressure.full.mean', 0.3)], /^Storage I\/O: at 60/],
    [
      'disk',
      [
        indicator('host.disk.utilization.mean', 1, { disk: 'vda' }),
        indicator('host.disk.queue.mean', 22, { disk: 'vda' }),
        indicator('host.disk.queue.mean', 0, { disk: 'vdb' }),
      ],
      /^The disk vda: .* 22 operations/,
    ],
    ['open-files', [indicator('process.fd.utilization.max', 0.97)], /^Open files of the service: at 60/],
    ['accept-queue', [indicator('host.tcp.listen.overflows.mean', 12)], /^The accept queue: at 60/],
  ];
  for (const [resource, indicators, says] of full) {
    it(`${resource}: ${indicators.map(({ name }) => name).join()}`, () => {
      const { limit } = result([record({ rate: 50 }), record({ rate: 60, verdict: 'fail' }, indicators)]);
      assert.equal(limit.resource, resource);
      assert.match(limit.text, says);
      const little = indicators.map((each) => ({
        ...each,
        value: Math.max(0, Math.min(each.value! - 12, each.value! / 5)),
      }));
      const below = result([record({ rate: 50 }), record({ rate: 60, verdict: 'fail' }, little)]);
      assert.notEqual(below.limit.kind, 'resource');
    });
  }
});

it('warnings: an unsharp limit, uneven services, passes without rest, objectives that were never measured', () => {
  const never = { ...check('load.service.duration.p50', 's', 0, 1), value: null, kept: null };
  const records = [
    record({ rate: 50, steadiness: 'drifting', checks: [never] }),
    record({ rate: 60, verdict: 'fail' }),
    record({ rate: 60, verdict: 'fail' }),
    record({ rate: 60 }),
    record({ rate: 80 }),
  ];
  const { warnings } = searchResult({
    plan: searchPlan({}),
    objectives: [never],
    records,
    end: 'found',
    seed: 1,
    warnings: ['Cores are shared.'],
  });
  assert.deepEqual(warnings, [
    'Cores are shared.',
    'It passed at 80/s although 60/s failed: the service does not become worse evenly, and the lower limit counts.',
    'At 60/s it passed 1 of 3 times: the limit is not sharp.',
    'At 50/s it passed without having come to rest: a longer step could fail.',
    'load.service.duration.p50 ≤ 1 s was never measured, so it decided nothing.',
  ]);
});

describe('the scalability law', () => {
  const model = { lambda: 200, sigma: 0.1, kappa: 0.001 };
  const random = seededRandom(4);
  const steps = (concurrencies: readonly number[]) =>
    result(
      concurrencies.map((concurrency) =>
        record({
          rate: 1,
          concurrency: concurrency * Math.exp(0.03 * normal(random)),
          throughput: throughputAt(model, concurrency),
        }),
      ),
    ).steps;

  it('is fitted to the steps, with bands to twice the largest concurrency', () => {
    const measured = steps([0.3, 0.8, 2, 5, 12, 12, 20, 20, 28]);
    const fitted = scalabilityOf(measured, 1);
    assert.ok(typeof fitted !== 'string', String(fitted));
    assert.ok(Math.abs(fitted.lambda / 200 - 1) < 0.1, `${fitted.lambda}`);
    assert.ok(fitted.intervals.sigma[0] <= 0.1 && 0.1 <= fitted.intervals.sigma[1]);
    assert.ok(Math.abs(fitted.curve.at(-1)!.concurrency - 2 * fitted.largest) < 1e-9);
    assert.ok(fitted.curve.every(({ low, high, throughput }) => low <= throughput && throughput <= high));
    assert.ok(Math.abs(fitted.peak!.concurrency - 30) < 6);
    assert.deepEqual(scalabilityOf(measured, 1), fitted, 'the same seed draws the same bands');
    assert.notDeepEqual(scalabilityOf(measured, 2), fitted);
  });

  it('is not fitted to few steps, to too equal ones, to errors, or against what was measured; and says so', () => {
    assert.match(String(scalabilityOf(steps([1, 2, 3, 4, 5, 6, 7]), 1)), /^only 7 steps can be used, and it takes 8/);
    const equal = result(Array.from({ length: 8 }, (_, i) => record({ rate: 10 + (i % 3) }))).steps;
    assert.match(String(scalabilityOf(equal, 1)), /too few different/);
    const failing = steps([1, 2, 3, 4, 5, 6, 7]).map((step) => ({ ...step, errorRatio: 0.5 }));
    assert.match(String(scalabilityOf(failing, 1)), /^only 0 steps/);
    const wild = result(
      [1, 2, 4, 8, 16, 32, 64, 128].map((concurrency, i) =>
        record({ rate: 1, concurrency, throughput: i % 2 ? 10 : 1000 + i }),
      ),
    ).steps;
    assert.match(String(scalabilityOf(wild, 1)), /does not follow the scalability law/);
  });
});

describe('objectives that too few requests decided', () => {
  const p99 = check('load.response.duration.p99', 's', 0.1, 0.25);
  const few = { ...p99, count: 30, kept: null };
  const warnings = (records: readonly StepRecord[]) =>
    searchResult({ plan: searchPlan({}), objectives: [p99], records, end: 'found', seed: 1, warnings: [] }).warnings;

  it('are named where the answer rests on them', () => {
    const steps = [
      record({ rate: 1, checks: [few] }),
      record({ rate: 8, verdict: 'fail', checks: [{ ...p99, kept: false }] }),
    ];
    assert.ok(
      warnings(steps).includes(
        'At 1/s not all objectives were decided: load.response.duration.p99 rests on 30 requests, and a p99 needs 100.',
      ),
    );
    // Another step at the rate decided it.
    const twice = [...steps, record({ rate: 1, checks: [{ ...p99, count: 120 }] })];
    assert.doesNotMatch(warnings(twice).join(' '), /not all objectives were decided/);
    assert.match(
      warnings([record({ rate: 1, checks: [few] })]).join(' '),
      /never had enough requests \(.* rests on 30 requests, and a p99 needs 100\), so it decided nothing\./,
    );
    assert.match(
      warnings([record({ rate: 1, checks: [{ ...p99, value: null, kept: null }] })]).join(' '),
      /was never measured/,
    );
  });
});
