import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Report } from '../../model/report.ts';
import { hostileReport } from '../fixtures/hostile-report.ts';
import { sampleLoadReport, sampleOpenLoad } from '../fixtures/sample-load-report.ts';
import { sampleReport } from '../fixtures/sample-report.ts';
import { type ExpositionFormat, expose, labelName } from './exposition.ts';
import { renderMetrics } from './metrics.ts';

const load = sampleOpenLoad(10);
const report = sampleLoadReport(load);
const REPORTS: readonly Report[] = [report, sampleReport(), hostileReport(report), { ...report, load: null }];

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.e+-]+|[+-]Inf)$/;

/** A strict reader of both formats: what it does not understand is an error. */
function read(text: string, format: ExpositionFormat): readonly Sample[] {
  assert.ok(text.endsWith('\n'));
  const lines = text.trimEnd().split('\n');
  if (format === 'openmetrics') assert.equal(lines.pop(), '# EOF');
  const seen = new Set<string>();
  const families = new Map<string, string>();
  let family = '';
  const samples: Sample[] = [];
  for (const line of lines) {
    const [, kind, name, rest] = /^# (HELP|TYPE|UNIT) ([a-z_]+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      assert.ok(!families.has(name!), `${name} comes twice`);
      families.set(name!, '');
      family = name!;
    } else if (kind === 'TYPE') {
      assert.equal(name, family);
      assert.match(
        rest!,
        format === 'openmetrics' ? /^(counter|gauge|summary|histogram|info)$/ : /^(counter|gauge|summary|histogram)$/,
      );
      families.set(family, rest!);
    } else if (kind === 'UNIT') {
      assert.equal(format, 'openmetrics');
      assert.ok(name!.endsWith(`_${rest}`), line);
    } else {
      const [, sample, labels = '', value] = LINE.exec(line) ?? assert.fail(`not a sample: ${line}`);
      const type = families.get(family)!;
      const open = format === 'openmetrics';
      const suffixes = {
        counter: [open ? '_total' : ''],
        info: ['_info'],
        gauge: [''],
        summary: ['', '_sum', '_count'],
        histogram: ['_bucket', '_sum', '_count'],
      }[type]!;
      assert.ok(suffixes.includes(sample!.slice(family.length)) && sample!.startsWith(family), line);
      if (type === 'counter' && !open) assert.ok(family.endsWith('_total'), family);
      const series = line.slice(0, line.lastIndexOf(' '));
      assert.ok(!seen.has(series), `${series} comes twice`);
      seen.add(series);
      const pairs = [...labels.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, key, text]) => [key!, text!.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))] as const,
      );
      assert.equal(new Set(pairs.map(([key]) => key)).size, pairs.length);
      samples.push({
        name: sample!,
        labels: Object.fromEntries(pairs),
        value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
      });
    }
  }
  return samples;
}

function sampleValue(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samples.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  assert.ok(found.length <= 1, `${name}: ${found.length}`);
  return found[0]?.value;
}

describe('the report as metrics', () => {
  it('is what the formats allow, whatever the names are', () => {
    for (const one of REPORTS) {
      for (const format of ['prometheus', 'openmetrics'] as const)
        assert.ok(read(renderMetrics(one, format), format).length > 3);
    }
  });

  it('has the numbers of the report', () => {
    const samples = read(renderMetrics(report, 'openmetrics'), 'openmetrics');
    const step = load.steps[2]!;
    const labels = { endpoint: 'place order', method: 'POST', flow: 'buy' };
    assert.equal(sampleValue(samples, 'pitwall_load_requests_total', labels), step.sent);
    assert.equal(sampleValue(samples, 'pitwall_load_failed_requests_total', { ...labels, kind: 'check' }), 12);
    assert.equal(sampleValue(samples, 'pitwall_load_checks_total', { check: 'status is 201', result: 'failed' }), 12);
    const response = 'pitwall_load_response_duration_seconds';
    assert.equal(sampleValue(samples, response, { ...labels, quantile: '0.99' }), step.latency.response.p99);
    assert.equal(sampleValue(samples, response, { ...labels, quantile: '1.0' }), step.latency.response.max);
    assert.equal(sampleValue(samples, `${response}_count`, labels), step.distributions.response.count);
    assert.equal(sampleValue(samples, `${response}_sum`, labels), step.distributions.response.sum);
    assert.equal(sampleValue(samples, 'pitwall_load_generator_gc_pause_seconds_total', { worker: '2' }), 0.0061);
    assert.equal(sampleValue(samples, 'pitwall_load_valid'), 1);
    assert.equal(sampleValue(samples, 'pitwall_load_saturated'), 1);
    assert.equal(sampleValue(samples, 'pitwall_load_throughput'), load.requestsPerSecond);
    assert.equal(sampleValue(samples, 'pitwall_indicator', { indicator: 'host.cpu.utilization' }), 0.62);
    assert.equal(
      sampleValue(samples, 'pitwall_objective_status', { indicator: 'load.requests.rate', status: 'warning' }),
      1,
    );
    assert.equal(
      sampleValue(samples, 'pitwall_objective_status', { indicator: 'load.requests.rate', status: 'pass' }),
      0,
    );
    assert.equal(
      sampleValue(samples, 'pitwall_objective_limit', { indicator: 'load.requests.rate', limit: 'target' }),
      500,
    );
  });

  it('has no quantile of too few requests, and tags as labels that hide none of ours', () => {
    const step = load.steps[0]!;
    const few = { ...step.distributions.response, count: 99 };
    const steps = [
      {
        ...step,
        distributions: { ...step.distributions, response: few },
        tags: { endpoint: 'mine', 'a-b': '1', a_b: '2' },
      },
    ];
    const samples = read(renderMetrics({ ...report, load: { ...load, steps } }, 'openmetrics'), 'openmetrics');
    const quantiles = (name: string) => samples.filter((one) => one.name === name).map(({ labels }) => labels.quantile);
    assert.deepEqual(quantiles('pitwall_load_response_duration_seconds'), ['0.5', '0.9', '0.95', '1.0']);
    const p95 = { ...report.indicators[0]!, name: 'http.client.request.duration.p95', value: 1 };
    for (const [count, values] of [
      [19, []],
      [20, [1]],
    ] as const) {
      const judged = read(renderMetrics({ ...report, indicators: [{ ...p95, count }] }, 'openmetrics'), 'openmetrics');
      assert.deepEqual(
        judged.filter(({ name }) => name === 'pitwall_indicator').map(({ value }) => value),
        values,
      );
    }
    const connected = { ...load.connections, opened: 9 };
    const text = renderMetrics({ ...report, load: { ...load, connections: connected } }, 'openmetrics');
    assert.doesNotMatch(text, /connect_duration_seconds\{quantile="0.9/);
    assert.match(text, /connect_duration_seconds\{quantile="0.5"/);
    const [one] = samples.filter(({ name }) => name === 'pitwall_load_requests_total');
    assert.deepEqual(one!.labels, {
      endpoint: step.endpoint,
      method: step.method,
      flow: step.flow,
      tag_endpoint: 'mine',
      tag_a_b: '1',
      tag_a_b_2: '2',
    });
  });

  it('counts the buckets of the histogram up to and with their bounds', () => {
    const samples = read(renderMetrics(report, 'prometheus'), 'prometheus');
    for (const { endpoint, distributions, latency } of load.steps) {
      const buckets = samples.filter(
        ({ name, labels }) =>
          name === 'pitwall_load_response_duration_distribution_seconds_bucket' && labels.endpoint === endpoint,
      );
      assert.deepEqual(
        buckets.slice(0, 4).map(({ labels }) => labels.le),
        ['0.0001', '0.0002', '0.0005', '0.001'],
      );
      assert.equal(buckets.at(-2)?.labels.le, '100.0');
      assert.equal(buckets.at(-1)?.value, distributions.response.count);
      const counts = buckets.map(({ value }) => value);
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
      const bound = buckets.find(({ labels }) => Number(labels.le) >= latency.response.p50);
      assert.ok(bound!.value >= distributions.response.count / 2);
    }
  });

  it('leaves out what is not known, and names no series twice', () => {
    const text = expose(
      [
        { name: 'a', type: 'gauge', help: 'A.', samples: [{ labels: {}, value: Number.NaN }] },
        { name: 'b', type: 'gauge', help: 'B.', samples: [1, 2, 3].map((value) => ({ labels: { of: 'x' }, value })) },
      ],
      'openmetrics',
    );
    assert.equal(text, '# HELP b B.\n# TYPE b gauge\nb{of="x"} 1\nb{of="x",nth="2"} 2\nb{of="x",nth="3"} 3\n# EOF\n');
  });

  it('escapes labels and makes names of what is none', () => {
    const samples = [{ labels: { path: 'a"b\\c\nd' }, value: Number.POSITIVE_INFINITY }];
    assert.match(
      expose([{ name: 'a', type: 'gauge', help: 'A.', samples }], 'prometheus'),
      /^a\{path="a\\"b\\\\c\\nd"\} \+Inf$/m,
    );
    assert.deepEqual(['endpoint', 'http.method', '9lives', '__name__', ''].map(labelName), [
      'endpoint',
      'http_method',
      '_9lives',
      'label__name__',
      'label',
    ]);
    const odd = { ...report.indicators[0]!, labels: { target: 'mine', 'a.b': '1', a_b: '2' } };
    const [one] = read(renderMetrics({ ...report, indicators: [odd] }, 'openmetrics'), 'openmetrics').filter(
      ({ name }) => name === 'pitwall_indicator',
    );
    assert.deepEqual(one?.labels, {
      target: 'web',
      indicator: 'load.requests.rate',
      unit: '1/s',
      label_target: 'mine',
      a_b: '1',
      label_a_b: '2',
    });
  });

  it('does not claim more than a load of an earlier version says', () => {
    const unknown = { ...load.generator, late: Number.NaN, queued: Number.NaN, eachWorker: [], stealRatio: null };
    const text = renderMetrics(sampleLoadReport({ ...load, generator: unknown }), 'openmetrics');
    assert.doesNotMatch(text, /late_requests|queued_requests|steal|NaN/);
  });

  const PROMTOOL = '/usr/bin/promtool';
  it('passes promtool', {
    skip: existsSync(PROMTOOL) || process.env.CI ? false : `${PROMTOOL} is not installed`,
  }, () => {
    for (const one of REPORTS) {
      const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
        input: renderMetrics(one, 'prometheus'),
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout, stderr], [0, '', '']);
    }
  });

  const PARSER = '/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py';
  it('is read by the reference parser of OpenMetrics', {
    skip: existsSync(PARSER) ? false : 'python3-prometheus-client is not installed',
  }, () => {
    const script =
      'import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as read\nprint(sum(len(family.samples) for family in read(sys.stdin.read())))';
    for (const one of REPORTS) {
      const input = renderMetrics(one, 'openmetrics');
      const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script], { input, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.equal(Number(stdout), read(input, 'openmetrics').length);
    }
  });
});
