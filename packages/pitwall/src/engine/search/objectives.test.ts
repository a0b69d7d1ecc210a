import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadIntegration } from '../../integrations/registry.ts';
import type { Indicator, Objective } from '../../model/indicator.ts';
import type { LoadResult } from '../../model/load.ts';
import type { SearchObjective } from '../../model/search.ts';
import { Histogram } from '../../stats/histogram.ts';
import type { Session, SessionTarget } from '../session.ts';
import { checks, checksOf, type ObjectiveFlags, searchObjectives } from './objectives.ts';

const integration = await loadIntegration('http');
const loaded = { target: { id: 'web', integration: 'http', title: 'web' }, integration } as unknown as SessionTarget;
const P99 = 'load.response.duration.p99';
const P95 = 'load.response.duration.p95';
const ERRORS = 'load.error.ratio';

const objectives = (configured: readonly Partial<Objective>[], flags: ObjectiveFlags = {}) =>
  searchObjectives(
    { config: { objectives: configured.map((each) => ({ source: 'config', ...each })) } } as unknown as Session,
    loaded,
    flags,
  ).map(({ indicator, limit, source }) => [indicator, limit, source.split(':')[0]]);

it('without any objective on the load: a p99 of 1 s and 1 % of errors, and why', () => {
  assert.deepEqual(objectives([{ indicator: 'host.cpu.utilization.mean', target: 0.5 }]), [
    [P99, 1, 'default'],
    [ERRORS, 0.01, 'default'],
  ]);
});

it('takes the strictest limit of each, never the throughput, and only those of the loaded target', () => {
  assert.deepEqual(
    objectives([
      { indicator: P95, target: 0.1, warning: 0.2, critical: 1 },
      { indicator: P99, critical: 2 },
      { indicator: 'load.requests.rate', critical: 100 },
      { indicator: P99, on: 'other', target: 0.01 },
      { indicator: P99, on: 'web', labels: { endpoint: 'GET /' }, warning: 0.5 },
    ]),
    [
      [P95, 0.1, 'config'],
      [P99, 2, 'config'],
      [P99, 0.5, 'config'],
      [ERRORS, 0.01, 'default'],
    ],
  );
});

it('flags replace what the configuration says of the same indicator', () => {
  assert.deepEqual(
    objectives(
      [
        { indicator: P99, critical: 2 },
        { indicator: ERRORS, target: 0.001 },
        { indicator: P95, target: 0.1 },
      ],
      { p99: 0.25, errors: 0.05 },
    ),
    [
      [P95, 0.1, 'config'],
      [P99, 0.25, '--search-p99'],
      [ERRORS, 0.05, '--search-errors'],
    ],
  );
});

const objective = (limit: number, labels: SearchObjective['labels'] = {}): SearchObjective => ({
  indicator: P99,
  labels,
  unit: 's',
  direction: 'lower-is-better',
  limit,
  source: 'config',
});
const measured = (endpoint: string, value: number | null): Indicator => ({
  target: 'web',
  name: P99,
  labels: { endpoint },
  unit: 's',
  direction: 'lower-is-better',
  value,
  count: 100,
});

it('speaks for every series, the more specific one alone where it has one, and says what was not measured', () => {
  const all = [objective(0.5), objective(0.1, { endpoint: 'GET /b' }), objective(9, { endpoint: 'GET /none' })];
  const made = checks(all, [measured('GET /a', 0.5), measured('GET /b', 0.2), measured('GET /c', null)]);
  assert.deepEqual(
    made.map(({ labels, limit, value, kept }) => [labels.endpoint, limit, value, kept]),
    [
      ['GET /a', 0.5, 0.5, true],
      ['GET /b', 0.1, 0.2, false],
      ['GET /none', 9, null, null],
    ],
  );
  // Nothing is left for the general one: it is not "unmeasured".
  assert.equal(checks([objective(0.5), objective(0.1, { endpoint: 'GET /b' })], [measured('GET /b', 0.2)]).length, 1);
  const [upwards] = checks([{ ...objective(100), direction: 'higher-is-better' }], [measured('GET /a', 90)]);
  assert.equal(upwards!.kept, false);
});

it('a percentile of too few requests is not decided, unless more of them were too slow than can be chance', () => {
  const few = (count: number, value: number, above = 0) => {
    const [made] = checks([objective(0.1)], [{ ...measured('GET /', value), count }], () => above);
    return [made!.kept, made!.count, made!.value];
  };
  assert.deepEqual(few(100, 0.05), [true, 100, 0.05]);
  assert.deepEqual(few(99, 0.05), [null, 99, 0.05]);
  assert.deepEqual(few(100, 0.2, 1), [false, 100, 0.2]);
  // One of ten above a p99: as likely as 1 in 10 where it is kept. Two of ten: 4 in 1,000.
  assert.deepEqual(few(10, 0.2, 1), [null, 10, 0.2]);
  assert.deepEqual(few(10, 0.2, 2), [false, 10, 0.2]);
  assert.deepEqual(few(5, 0.2, 5), [false, 5, 0.2]);
  assert.deepEqual(few(99, 0.2, 3), [null, 99, 0.2]); // 0.08
  assert.deepEqual(few(99, 0.2, 4), [false, 99, 0.2]); // 0.02
  // What is no percentile needs no number.
  const ratio = { ...objective(0.01), indicator: ERRORS, unit: '1' as const };
  const [made] = checks([ratio], [{ ...measured('', 0.5), name: ERRORS, unit: '1', count: 1 }]);
  assert.equal(made!.kept, false);
});

it('counts what was above the limit in the histogram of the endpoint itself', () => {
  const recorded = (slow: number) => {
    const histogram = new Histogram();
    histogram.record(5e6, 20 - slow);
    if (slow > 0) histogram.record(5e8, slow);
    return histogram.toDistribution();
  };
  const step = (endpoint: string, slow: number) => {
    const response = recorded(slow);
    return { endpoint, distributions: { response, service: response, slip: response } };
  };
  const result = { requestsPerSecond: 4, ok: 40, errors: {}, steps: [step('GET /a', 1), step('GET /b', 10)] };
  const made = checksOf([objective(0.1)], loaded, result as unknown as LoadResult, 0);
  assert.deepEqual(
    made.map(({ labels, count, kept }) => [labels.endpoint, count, kept]),
    [
      ['GET /a', 20, null],
      ['GET /b', 20, false],
    ],
  );
});
