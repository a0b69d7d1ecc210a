import type { LatencySummary, LoadResult, StepResult } from '../../../model/load.ts';
import { formatDuration, formatNumber, NOTHING } from '../../format.ts';
import { clean } from '../../text.ts';
import { knownLatency } from './known.ts';

export const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99', 'max', 'mean'] as const;

const KEYS: readonly (keyof LatencySummary)[] = ['p50', 'p90', 'p95', 'p99', 'p999', 'p9999', 'max', 'mean'];

/** One kind of time: how its percentiles are said, in the order of PERCENTILES. */
export interface TimeRow {
  readonly name: string;
  /** From what to what. */
  readonly span: string;
  readonly values: readonly string[];
}

function valuesOf(summary: LatencySummary): readonly string[] {
  return KEYS.map((key) => formatDuration(summary[key]));
}

const isKnown = ({ max }: LatencySummary): boolean => Number.isFinite(max);

/** Response, service and slip over all steps, and where they are known first byte, the server's own time and its database's. */
export function timeRows(load: LoadResult): readonly TimeRow[] {
  const { response, service, slip, firstByte, server, database } = knownLatency(load);
  return [
    { name: 'response', span: 'due → last byte', values: valuesOf(response) },
    { name: 'service', span: 'sent → last byte', values: valuesOf(service) },
    { name: 'slip', span: 'due → sent', values: valuesOf(slip) },
    ...(isKnown(firstByte) ? [{ name: 'first byte', span: 'sent → first byte', values: valuesOf(firstByte) }] : []),
    ...(server && isKnown(server) ? [{ name: 'server', span: 'what it says it took', values: valuesOf(server) }] : []),
    ...(database && isKnown(database)
      ? [{ name: 'database', span: 'of that, in databases', values: valuesOf(database) }]
      : []),
  ];
}

/** A slip of less is a timer's grain (DESIGN §7); from this ratio of the p99s on, waiting is most of the tail. */
const GRAIN = 0.002;
const APART = 1.5;

function waitedFor({ generator: { queued, lateness } }: LoadResult): string {
  if (queued > 0) return 'every connection was still taken by requests that the service had not answered';
  if (lateness.p99 >= GRAIN) return 'the generator was late';
  return 'they could not be sent when they were due';
}

/**
 * What the difference between response and service time says: whether requests had to wait before they were sent, which a
 * clock that starts at the send leaves out (coordinated omission). Null when there is nothing to compare, or too little.
 */
export function waitText(load: LoadResult): string | null {
  const { response, service, slip } = knownLatency(load);
  if (Number.isNaN(slip.p99)) {
    return slip.max < GRAIN
      ? `Requests left when they were due: all of them within ${formatDuration(slip.max)}. So response and service times agree.`
      : null;
  }
  if (!(response.p99 > 0 && service.p99 > 0 && slip.p99 >= 0)) return null;
  if (slip.p99 < GRAIN) {
    return `Requests left when they were due: 99 % of them within ${formatDuration(slip.p99)}. So response and service times agree.`;
  }
  const ratio = response.p99 / service.p99;
  if (ratio < APART) {
    return `1 % of the requests left ${formatDuration(slip.p99)} or more after they were due, because ${waitedFor(load)}; the response time counts that.`;
  }
  return `p99 of the response time is ${formatNumber(ratio)} times that of the service time, because requests waited: ${waitedFor(load)}. A clock that starts at the send would have said ${formatDuration(service.p99)} instead of ${formatDuration(response.p99)}.`;
}

/** How much of the service time the server accounts for; of means, because percentiles cannot be subtracted. */
export function serverText({ latency: { service, server } }: LoadResult): string | null {
  if (!server || !(service.mean > 0) || !Number.isFinite(server.mean)) return null;
  const outside = service.mean - server.mean;
  const rest =
    outside > 0
      ? `${formatDuration(outside)} passed outside it: in the network, in queues before it, and in reading the answer`
      : 'it says more than was waited for, so its clock counts something else';
  return `Of a mean service time of ${formatDuration(service.mean)} the server says it took ${formatDuration(server.mean)}; ${rest}.`;
}

export interface StepTimes {
  /** The kinds of time that are known of any step. */
  readonly kinds: readonly string[];
  readonly rows: readonly {
    readonly step: string;
    /** Of each kind; — where it is not known, or of too few requests. */
    readonly times: readonly { readonly p50: string; readonly p99: string }[];
    /** Mean that passed outside the server. */
    readonly outside: string;
  }[];
}

const STEP_KINDS = [
  ['service', 'service'],
  ['slip', 'slip'],
  ['first byte', 'firstByte'],
  ['server', 'server'],
  ['database', 'database'],
] as const satisfies readonly (readonly [string, keyof StepResult['latency']])[];

/** What the headline table leaves out, step by step. No rows for reports that do not know more than response times. */
export function stepTimes(load: LoadResult): StepTimes {
  const steps = isKnown(load.latency.firstByte) ? load.steps.filter(({ sent }) => sent > 0) : [];
  const used = STEP_KINDS.filter(([, key]) => steps.some(({ latency }) => latency[key] && isKnown(latency[key])));
  const pair = (summary: LatencySummary | undefined) =>
    summary ? { p50: formatDuration(summary.p50), p99: formatDuration(summary.p99) } : { p50: NOTHING, p99: NOTHING };
  return {
    kinds: used.map(([name]) => name),
    rows: steps.map((step) => {
      const latency = knownLatency(step);
      return {
        step: clean(step.endpoint),
        times: used.map(([, key]) => pair(latency[key])),
        outside: outside(latency.service, latency.server),
      };
    }),
  };
}

function outside(service: LatencySummary, server: LatencySummary | undefined): string {
  return server && service.mean >= server.mean ? formatDuration(service.mean - server.mean) : NOTHING;
}
