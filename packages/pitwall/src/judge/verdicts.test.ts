import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Indicator, IndicatorDefinition, Objective } from '../model/indicator.ts';
import type { Observation } from '../model/observation.ts';
import { judge } from './verdicts.ts';

const definition = (name: string, rest: Partial<IndicatorDefinition> = {}): IndicatorDefinition => ({
  name,
  title: name,
  unit: 's',
  direction: 'lower-is-better',
  description: '',
  from: { sample: name, statistic: name.endsWith('.p99') ? 'p99' : name.endsWith('.p95') ? 'p95' : 'mean' },
  ...rest,
});

const definitions = new Map([
  [
    'http',
    [
      definition('d.p95', { defaultObjective: { target: 0.3, warning: 0.5, critical: 1, source: 'the handbook' } }),
      definition('d.p99'),
      definition('rate', { direction: 'higher-is-better', unit: '1/s' }),
      definition('size', { direction: 'neutral', unit: 'By' }),
    ],
  ],
]);

const observation = (rest: Partial<Observation> = {}): Observation => ({
  target: { id: 'web', integration: 'http', title: 'web' },
  collector: 'http/endpoints',
  startedAt: 0,
  finishedAt: 1,
  samples: [],
  facts: [],
  gaps: [],
  cost: { wallSeconds: 0, cpuSeconds: 0 },
  ...rest,
});

const indicator = (name: string, value: number | null, rest: Partial<Indicator> = {}): Indicator => ({
  target: 'web',
  name,
  labels: {},
  unit: 's',
  direction: name === 'rate' ? 'higher-is-better' : name === 'size' ? 'neutral' : 'lower-is-better',
  value,
  count: 1000,
  ...rest,
});

const objective = (name: string, rest: Partial<Objective> = {}): Objective => ({
  indicator: name,
  source: 'config',
  ...rest,
});

const run = (indicators: Indicator[], objectives: Objective[], observations = [observation()]) =>
  judge(indicators, objectives, definitions, observations);

test('the four limits, either way round; a limit that is just met is kept', () => {
  const status = (value: number, rest: Partial<Objective>, name = 'd.p99') =>
    run([indicator(name, value)], [objective(name, rest)])[0]!.status;
  const lower = { target: 1, warning: 2, critical: 3 };
  assert.deepEqual(
    [1, 1.01, 2.01, 3, 3.01].map((value) => status(value, lower)),
    ['pass', 'off-target', 'warning', 'warning', 'critical'],
  );
  const higher = { target: 3, warning: 2, critical: 1 };
  assert.deepEqual(
    [3, 2.9, 1.9, 0.9].map((value) => status(value, higher, 'rate')),
    ['pass', 'off-target', 'warning', 'critical'],
  );
  assert.equal(status(5, { warning: 6 }), 'pass');
});

test('a neutral indicator is judged the way its limits run, and says so', () => {
  const [falling] = run([indicator('size', 5)], [objective('size', { target: 10, critical: 6 })]);
  assert.equal(falling?.status, 'critical');
  assert.match(falling?.because ?? '', /as if higher were better/);
  const [rising] = run([indicator('size', 5)], [objective('size', { critical: 6 })]);
  assert.equal(rising?.status, 'pass');
});

test('the configuration overrides the default; the more specific objective overrides the general one', () => {
  const labelled = [
    indicator('d.p95', 0.4, { labels: { endpoint: '/a' } }),
    indicator('d.p95', 0.4, { labels: { endpoint: '/b' } }),
  ];
  assert.deepEqual(
    run(labelled, []).map(({ status, source }) => [status, source]),
    [
      ['off-target', 'the handbook'],
      ['off-target', 'the handbook'],
    ],
  );
  const verdicts = run(labelled, [
    objective('d.p95', { critical: 0.2 }),
    objective('d.p95', { critical: 0.9, labels: { endpoint: '/b' } }),
  ]);
  assert.deepEqual(
    verdicts.map(({ labels, status, limits }) => [labels.endpoint, status, limits]),
    [
      ['/a', 'critical', { critical: 0.2 }],
      ['/b', 'pass', { critical: 0.9 }],
    ],
  );
});

test('no value is no-data with the reason; because of a failed collector it is an error; neither is a pass', () => {
  const [none] = run([indicator('d.p95', null, { because: 'http.tls: plain HTTP', count: 0 })], []);
  assert.deepEqual([none?.status, none?.value, none?.because], ['no-data', null, 'http.tls: plain HTTP']);
  const failed = observation({ failure: { code: 'X', message: 'connection refused.' } });
  const because = 'http/endpoints failed: connection refused';
  const [error] = run([indicator('d.p95', null, { because, count: 0 })], [], [failed]);
  assert.deepEqual([error?.status, error?.because], ['error', because]);
  const [gap] = run([indicator('d.p95', null, { because: 'http.tls: plain HTTP', count: 0 })], [], [failed]);
  assert.equal(gap?.status, 'no-data', 'a gap is not put down to a failure elsewhere');
});

test('an objective that matches nothing is shown, with the reason', () => {
  const reason = (wanted: Objective, indicators: Indicator[]) => {
    const verdict = run(indicators, [wanted]).find(({ source }) => source === 'config');
    assert.equal(verdict?.status, 'no-data');
    return verdict?.because;
  };
  assert.equal(reason(objective('nonsense'), []), 'nothing in this run is called nonsense');
  assert.equal(reason(objective('d.p95', { on: 'web' }), []), 'no target of this run has d.p95');
  const there = [indicator('d.p95', 0.1, { labels: { endpoint: '/a' } })];
  assert.equal(
    reason(objective('d.p95', { labels: { endpoint: '/z' } }), there),
    'd.p95 was measured, but not endpoint=/z',
  );
  assert.equal(reason(objective('d.p95', { on: 'other' }), there), 'd.p95 was measured, but not on other');
});

test('an absent indicator answers for an objective on one of its labels, once', () => {
  const failed = observation({ failure: { code: 'X', message: 'refused' } });
  const absent = indicator('d.p95', null, { because: 'http/endpoints failed: refused', count: 0 });
  const verdicts = run([absent], [objective('d.p95', { labels: { endpoint: '/a' }, critical: 1 })], [failed]);
  assert.deepEqual(
    verdicts.map(({ status, labels, target }) => [status, labels, target]),
    [['error', { endpoint: '/a' }, 'web']],
  );
});

test('a percentile of few measurements is judged and says so', () => {
  const [few] = run([indicator('d.p95', 0.1, { count: 19 })], []);
  assert.equal(few?.status, 'pass');
  assert.equal(few?.because, 'rests on 19 measurements; a p95 needs 20 to mean much');
  assert.equal(run([indicator('d.p95', 0.1, { count: 20 })], [])[0]?.because, undefined);
  assert.match(
    run([indicator('d.p99', 0.1, { count: 99 })], [objective('d.p99', { target: 1 })])[0]!.because!,
    /99 .* 100/,
  );
  assert.equal(run([indicator('rate', 9, { count: 1 })], [objective('rate', { target: 1 })])[0]?.because, undefined);
});

test('worst first, then in a fixed order whatever the input order', () => {
  const indicators = [
    indicator('d.p95', 0.1, { labels: { endpoint: '/pass' } }),
    indicator('d.p95', 2, { labels: { endpoint: '/b' } }),
    indicator('d.p95', 2, { labels: { endpoint: '/a' } }),
    indicator('d.p95', 0.6, { labels: { endpoint: '/warn' } }),
  ];
  const order = (list: Indicator[]) =>
    run(list, [objective('gone')]).map(({ labels, status }) => labels.endpoint ?? status);
  assert.deepEqual(order(indicators), ['/a', '/b', '/warn', 'no-data', '/pass']);
  assert.deepEqual(order([...indicators].reverse()), order(indicators));
});

test('indicators without any objective get no verdict', () => {
  assert.deepEqual(run([indicator('d.p99', 5)], []), []);
});
