import type { LatencySummary, LoadResult, StepResult } from '../../model/load.ts';
import type { Distribution } from '../../model/observation.ts';
import { knownOf } from '../../stats/enough.ts';
import { Histogram } from '../../stats/histogram.ts';
import { knownLatency } from '../content/load/known.ts';
import { clean } from '../text.ts';
import { canonical, type Family, labelName, type Sample } from './exposition.ts';

type Labels = Readonly<Record<string, string>>;

const QUANTILES = [
  [0.5, 'p50'],
  [0.9, 'p90'],
  [0.95, 'p95'],
  [0.99, 'p99'],
  [0.999, 'p999'],
  [0.9999, 'p9999'],
  [1, 'max'],
] as const satisfies readonly (readonly [number, keyof LatencySummary])[];

/** Upper bounds of histogram buckets in seconds: 1, 2 and 5 of every decade from 100 µs to 100 s. */
const BOUNDS: readonly number[] = Array.from({ length: 19 }, (_, i) =>
  Number((([1, 2, 5][i % 3] ?? 1) * 10 ** (Math.floor(i / 3) - 4)).toPrecision(1)),
);

/** Tags are `tag_NAME`, so that none hides a label of ours. Names that look alike once cleaned are numbered. */
function labelsOf({ endpoint, method, flow, tags = {} }: StepResult): Labels {
  const labels: Record<string, string> = {
    endpoint: clean(endpoint),
    method: clean(method),
    ...(flow === undefined ? {} : { flow: clean(flow) }),
  };
  for (const [key, value] of Object.entries(tags)) {
    const name = labelName(`tag_${key}`);
    let unique = name;
    for (let nth = 2; unique in labels; nth++) unique = `${name}_${nth}`;
    labels[unique] = clean(value);
  }
  return labels;
}

/** Those that the requests can bear (stats/enough.ts): what is not a number is left out of the text. */
function quantiles(summary: LatencySummary, labels: Labels): readonly Sample[] {
  return QUANTILES.map(([quantile, key]) => ({
    labels: { ...labels, quantile: canonical(quantile) },
    value: summary[key],
  }));
}

function summaryOf(summary: LatencySummary, { count, sum }: Distribution, labels: Labels): readonly Sample[] {
  return [
    ...quantiles(summary, labels),
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}

/** A bucket of ours is counted where its highest value fits: bounds are off by 0.05 % at most. */
function buckets(distribution: Distribution, labels: Labels): readonly Sample[] {
  if (!distribution.histogram || distribution.count === 0) return [];
  const within = BOUNDS.map(() => 0);
  let total = 0;
  Histogram.fromDistributions([distribution]).forEach((nanoseconds, times) => {
    total += times;
    for (const [i, bound] of BOUNDS.entries()) if (nanoseconds <= bound * 1e9) within[i]! += times;
  });
  return [
    ...BOUNDS.map(
      (bound, i): Sample => ({
        suffix: '_bucket',
        labels: { ...labels, le: canonical(bound) },
        value: within[i]!,
      }),
    ),
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: total },
    { suffix: '_sum', labels, value: distribution.sum },
    { suffix: '_count', labels, value: total },
  ];
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

function requestFamilies(load: LoadResult): readonly Family[] {
  const each = (value: (step: StepResult) => number): readonly Sample[] =>
    load.steps.map((step) => ({ labels: labelsOf(step), value: value(step) }));
  return [
    {
      name: 'pitwall_load_planned_requests',
      type: 'counter',
      help: 'Requests that the schedule, or the closed loop, wanted sent.',
      samples: one(load.planned),
    },
    { name: 'pitwall_load_requests', type: 'counter', help: 'Requests sent.', samples: each(({ sent }) => sent) },
    {
      name: 'pitwall_load_successful_requests',
      type: 'counter',
      help: 'Requests answered with success.',
      samples: each(({ ok }) => ok),
    },
    {
      name: 'pitwall_load_failed_requests',
      type: 'counter',
      help: 'Requests that failed, by kind.',
      samples: load.steps.flatMap((step) =>
        Object.entries(step.errors).map(([kind, value]) => ({
          labels: { ...labelsOf(step), kind: clean(kind) },
          value,
        })),
      ),
    },
    {
      name: 'pitwall_load_received_bytes',
      type: 'counter',
      unit: 'bytes',
      help: 'Received, with heads.',
      samples: each(({ bytes }) => bytes),
    },
    {
      name: 'pitwall_load_checks',
      type: 'counter',
      help: 'Responses checked, by check and result.',
      samples: load.steps.flatMap((step) =>
        (step.checks ?? []).flatMap(({ name, passed, failed }) =>
          [['passed', passed] as const, ['failed', failed] as const].map(([result, value]) => ({
            labels: { ...labelsOf(step), check: clean(name), result },
            value,
          })),
        ),
      ),
    },
  ];
}

function latencyFamilies({ steps }: LoadResult): readonly Family[] {
  const summaries = (kind: 'response' | 'service' | 'slip'): readonly Sample[] =>
    steps.flatMap((step) => summaryOf(knownLatency(step)[kind], step.distributions[kind], labelsOf(step)));
  const said = (kind: 'server' | 'database'): readonly Sample[] =>
    steps.flatMap((step) => {
      const summary = knownLatency(step)[kind];
      return summary ? quantiles(summary, labelsOf(step)) : [];
    });
  const seconds = { type: 'summary', unit: 'seconds' } as const;
  return [
    {
      ...seconds,
      name: 'pitwall_load_response_duration_seconds',
      help: 'From the intended send to the last byte.',
      samples: summaries('response'),
    },
    {
      name: 'pitwall_load_response_duration_distribution_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'From the intended send to the last byte, to be added up over runs and machines.',
      samples: steps.flatMap((step) => buckets(step.distributions.response, labelsOf(step))),
    },
    {
      ...seconds,
      name: 'pitwall_load_service_duration_seconds',
      help: 'From the first write to the last byte.',
      samples: summaries('service'),
    },
    {
      ...seconds,
      name: 'pitwall_load_slip_seconds',
      help: 'From the intended send to the first write.',
      samples: summaries('slip'),
    },
    {
      ...seconds,
      name: 'pitwall_load_first_byte_duration_seconds',
      help: 'From the first write to the first byte.',
      samples: steps.flatMap((step) => quantiles(knownLatency(step).firstByte, labelsOf(step))),
    },
    {
      ...seconds,
      name: 'pitwall_load_server_duration_seconds',
      help: 'What the server says that it took.',
      samples: said('server'),
    },
    {
      ...seconds,
      name: 'pitwall_load_database_duration_seconds',
      help: 'What the server says that its databases and caches took.',
      samples: said('database'),
    },
  ];
}

function healthFamilies({ generator, connections, sent }: LoadResult): readonly Family[] {
  const workers = (value: (worker: (typeof generator.eachWorker)[number]) => number): readonly Sample[] =>
    generator.eachWorker.map((worker, i) => ({ labels: { worker: String(i + 1) }, value: value(worker) }));
  const ratio = { type: 'gauge', unit: 'ratio' } as const;
  const prefix = 'pitwall_load_generator';
  return [
    {
      ...ratio,
      name: `${prefix}_loop_utilization_ratio`,
      help: 'Share of the time that the event loop of a worker was busy.',
      samples: workers(({ loopUtilisation }) => loopUtilisation),
    },
    {
      ...ratio,
      name: `${prefix}_cpu_utilization_ratio`,
      help: 'Share of a core that a worker used.',
      samples: workers(({ cpuUtilisation }) => cpuUtilisation),
    },
    {
      name: `${prefix}_gc_pause_seconds`,
      type: 'counter',
      unit: 'seconds',
      help: 'Time that a worker stood still to collect garbage.',
      samples: workers(({ gc }) => gc.seconds),
    },
    {
      ...ratio,
      name: `${prefix}_steal_ratio`,
      help: 'Share of CPU time that the hypervisor of this host gave to others.',
      samples: one(generator.stealRatio ?? Number.NaN),
    },
    {
      name: `${prefix}_late_requests`,
      type: 'counter',
      help: 'Requests that left more than 2 ms after they could have.',
      samples: one(generator.late),
    },
    {
      name: `${prefix}_queued_requests`,
      type: 'counter',
      help: 'Requests that found every connection taken when they were due.',
      samples: one(generator.queued),
    },
    {
      name: `${prefix}_lateness_seconds`,
      type: 'summary',
      unit: 'seconds',
      help: 'From when a request was due and a connection free to its first write.',
      samples: quantiles(knownOf(generator.lateness, sent), {}),
    },
    {
      name: 'pitwall_load_connections_opened',
      type: 'counter',
      help: 'Connections that were made.',
      samples: one(connections.opened),
    },
    {
      name: 'pitwall_load_connect_duration_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'From the call to the TCP connection.',
      samples: quantiles(knownOf(connections.connect, connections.opened), {}),
    },
    {
      name: 'pitwall_load_tls_handshake_duration_seconds',
      type: 'summary',
      unit: 'seconds',
      help: 'TLS handshakes.',
      samples: connections.tls ? quantiles(knownOf(connections.tls.handshake, connections.opened), {}) : [],
    },
  ];
}

/** The load with its steps, and how well the generator itself did. Totals over steps are left to the reader's `sum`. */
export function loadFamilies(load: LoadResult): readonly Family[] {
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    type: 'gauge',
    help,
    samples: one(value),
  });
  return [
    {
      name: 'pitwall_load',
      type: 'info',
      help: 'Which load it was.',
      samples: [
        {
          labels: {
            url: clean(load.url),
            shape: load.shape,
            protocol: clean(load.connections.protocol),
            ended_by: load.endedBy,
            ...(load.scenario === undefined ? {} : { scenario: clean(load.scenario) }),
          },
          value: 1,
        },
      ],
    },
    gauge(
      'pitwall_load_valid',
      '1 when the generator kept its schedule; otherwise no number of the load may be used.',
      load.valid ? 1 : 0,
    ),
    gauge('pitwall_load_partial', '1 when the load ended before its time.', load.partial === null ? 0 : 1),
    gauge('pitwall_load_saturated', '1 when the service could not take what was planned.', load.saturated ? 1 : 0),
    { ...gauge('pitwall_load_measured_seconds', 'How long was measured.', load.duration), unit: 'seconds' },
    gauge('pitwall_load_users', 'Users of a closed loop, or the most connections of an open one.', load.users),
    gauge(
      'pitwall_load_target_rate',
      'Requests a second that were planned; absent in a closed loop.',
      load.rate ?? Number.NaN,
    ),
    gauge('pitwall_load_throughput', 'Requests a second that were answered with success.', load.requestsPerSecond),
    ...requestFamilies(load),
    ...latencyFamilies(load),
    ...healthFamilies(load),
  ];
}
