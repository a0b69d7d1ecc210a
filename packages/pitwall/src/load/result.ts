import { printable } from '../errors.ts';
import type {
  ConnectionSummary,
  GeneratorHealth,
  LoadOptions,
  LoadResult,
  LoadTick,
  StepResult,
} from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import type { SliceResult } from './engine.ts';
import type { StepCounts, WorkerResult } from './protocol.ts';
import { type StepInfo, stepsOf } from './scenario/plan.ts';
import { isOpen, peakUsersOf } from './shapes/index.ts';
import { summariseAll, summariseHistogram } from './summary.ts';
import { blockOf } from './timeline.ts';
import { invalidReasons, warningsOf } from './validity.ts';

/**
 * One result from the slices of one or several machines: histograms merge exactly, utilisations are those of the busiest
 * worker. `timeline` as it was shown.
 */
export function mergeSlices(
  options: LoadOptions,
  slices: readonly SliceResult[],
  timeline: readonly LoadTick[],
): LoadResult {
  const workers = slices.flatMap((slice) => slice.workers);
  const infos = stepsOf(options);
  const steps = infos.map((info, i) =>
    mergeStep(
      info,
      workers.map((worker) => worker.steps[i]!),
    ),
  );
  const total = (pick: (step: StepResult) => number) => steps.reduce((sum, step) => sum + pick(step), 0);
  const sum = (pick: (worker: WorkerResult) => number) => workers.reduce((n, worker) => n + pick(worker), 0);

  const sent = total((step) => step.sent);
  const ok = total((step) => step.ok);
  const errors = mergeCounts(steps.map((step) => step.errors));
  const unsent = sum((worker) => worker.unsent);
  const started = sum((worker) => worker.started);
  const isFlows = options.scenario?.flows.some((flow) => flow.steps.length > 1) ?? false;
  const unit = isFlows ? 'iterations' : 'requests';
  const open = isOpen(options);
  const peakUsers = peakUsersOf(options);
  const all = (key: TimeKey) => workers.flatMap((worker) => worker.steps.map((step) => step[key]));
  const latency = latencyOf(all);
  const generator = healthOf(workers, slices);
  const timed = sum((worker) => worker.lateness.count);
  const duration = Math.max(0, ...workers.map((worker) => worker.duration));
  const partial = slices.map((slice) => slice.partial).find((because) => because !== null) ?? null;
  const input = {
    open,
    unit,
    planned: started + unsent,
    started,
    sent,
    ok,
    lateness: { ...generator.lateness, count: timed },
    responseP50: latency.response.p50,
    duration,
    loopUtilisation: generator.loopUtilisation,
    cpuUtilisation: generator.cpuUtilisation,
    queued: generator.queued,
    users: options.users,
  } as const;
  const shortages = new Set(workers.flatMap(({ shortage }) => shortage ?? []));
  const invalidBecause = [
    ...Array.from(shortages, (what) => `The generator was the limit: ${what}.`),
    ...invalidReasons(input),
  ];
  const warnings = warningsOf({
    loopback: generator.sharedCores,
    unit,
    sent,
    errors,
    reasons: Object.fromEntries(workers.flatMap((worker) => Object.entries(worker.reasons))),
    stale: sum((worker) => worker.stale),
    timed: open ? timed : 0,
    queued: generator.queued,
    users: options.users,
    cleanUp: { done: sum((worker) => worker.cleanUp.done), failed: sum((worker) => worker.cleanUp.failed) },
    endpoints: steps.map(({ endpoint, flow, sent, ok }) => ({
      name: endpoint,
      sent,
      ok,
      ...(flow === undefined ? {} : { flow }),
    })),
  });
  const served = timeline.reduce((n, tick) => n + tick.completed - tick.errors, 0);
  return {
    url: options.url,
    shape: options.shape,
    ...(options.scenario ? { scenario: options.scenario.name } : {}),
    users: options.users,
    ...(peakUsers === null ? {} : { peakUsers }),
    rate: open ? (options.rate ?? null) : null,
    ...(options.iterations === undefined ? {} : { counted: { iterations: options.iterations, loads: 1 } }),
    duration,
    requestsPerSecond: duration > 0 ? served / duration : 0,
    planned: sent + unsent,
    sent,
    ...(isFlows ? { iterations: { planned: started + unsent, started } } : {}),
    ok,
    errors,
    bytes: total((step) => step.bytes),
    latency,
    steps,
    // The last second of a run that was cut short is not a whole one.
    timeline: timeline.map((tick) => (tick.at > duration ? { ...tick, at: duration } : tick)),
    blocks:
      slices.length === 1 ? slices[0]!.blocks.map((block) => blockOf(block, infos, options.duration, duration)) : [],
    connections: connectionsOf(workers, slices),
    partial,
    endedBy: slices.find((slice) => slice.endedBy !== 'plan')?.endedBy ?? 'plan',
    saturated: open && unsent > 0 && generator.queued > started / 100,
    valid: invalidBecause.length === 0,
    invalidBecause,
    warnings: warnings.map(printable),
    generator,
  };
}

type TimeKey = 'response' | 'service' | 'slip' | 'firstByte' | 'server' | 'database';

/** `all`: the distributions of one kind of time, to be put together. */
export function latencyOf(all: (key: TimeKey) => readonly Distribution[]): StepResult['latency'] {
  const server = all('server');
  const database = all('database');
  const isSome = (distributions: readonly Distribution[]) => distributions.some(({ count }) => count > 0);
  return {
    response: summariseAll(all('response')),
    service: summariseAll(all('service')),
    slip: summariseAll(all('slip')),
    firstByte: summariseAll(all('firstByte')),
    ...(isSome(server) ? { server: summariseAll(server) } : {}),
    ...(isSome(database) ? { database: summariseAll(database) } : {}),
  };
}

function mergeStep(info: StepInfo, parts: readonly StepCounts[]): StepResult {
  const total = (pick: (part: StepCounts) => number) => parts.reduce((sum, part) => sum + pick(part), 0);
  const merged = (key: 'response' | 'service' | 'slip'): Distribution =>
    Histogram.fromDistributions(parts.map((part) => part[key])).toDistribution();
  const said = total((part) => part.server.count);
  const expected = parts.map((part) => part.expected).filter((each) => each !== null);
  return {
    endpoint: info.name,
    method: info.method,
    ...(info.flow === null ? {} : { flow: info.flow }),
    ...(Object.keys(info.tags).length === 0 ? {} : { tags: info.tags }),
    ...(said === 0
      ? {}
      : {
          said: {
            server: said,
            database: total((part) => part.database.count),
            service: total((part) => Math.round(part.saidService * 1e9)) / said / 1e9,
            between: Histogram.fromDistributions(parts.map((part) => part.between)).toDistribution(),
          },
        }),
    ...(expected.length === 0 ? {} : { expected: Math.max(...expected) }),
    sent: total((part) => part.sent),
    ok: total((part) => part.ok),
    errors: mergeCounts(parts.map((part) => part.errors)),
    bytes: total((part) => part.bytes),
    latency: latencyOf((key) => parts.map((part) => part[key])),
    distributions: { response: merged('response'), service: merged('service'), slip: merged('slip') },
    ...(info.checks.length === 0
      ? {}
      : {
          checks: info.checks.map((name, i) => ({
            name,
            passed: total((part) => part.checks[i]?.[0] ?? 0),
            failed: total((part) => part.checks[i]?.[1] ?? 0),
          })),
        }),
  };
}

/** The generator's, over all these workers: utilisations are those of the busiest. */
export function healthOf(workers: readonly WorkerResult[], slices: readonly SliceResult[]): GeneratorHealth {
  const most = (pick: (worker: WorkerResult) => number) => Math.max(...workers.map(pick));
  const lateness = Histogram.fromDistributions(workers.map((worker) => worker.lateness));
  return {
    loopUtilisation: most(({ health }) => health.loopUtilisation),
    cpuUtilisation: most(({ health }) => health.cpuUtilisation),
    workers: workers.length,
    late: workers.reduce((sum, { late }) => sum + late, 0),
    lateness: summariseHistogram(lateness),
    queued: workers.reduce((sum, { queued }) => sum + queued, 0),
    eachWorker: workers.map(({ health }) => health),
    stealRatio: slices
      .map((slice) => slice.stealRatio)
      .reduce((most, each) => (each === null ? most : Math.max(most ?? 0, each)), null),
    sharedCores: slices.some(({ loopback }) => loopback),
    selfTest: null,
  };
}

export function connectionsOf(workers: readonly WorkerResult[], slices: readonly SliceResult[]): ConnectionSummary {
  const transports = workers.map(({ transport }) => transport);
  const secure = transports.map(({ tls }) => tls).filter((tls) => tls !== null);
  return {
    protocol: transports.find(({ opened }) => opened > 0)?.protocol ?? transports[0]!.protocol,
    opened: transports.reduce((sum, { opened }) => sum + opened, 0),
    connect: summariseAll(transports.map(({ connect }) => connect)),
    tls:
      secure.length === 0
        ? null
        : {
            version: secure[0]!.version,
            cipher: secure[0]!.cipher,
            handshake: summariseAll(secure.map(({ handshake }) => handshake)),
            resumed: secure.reduce((sum, { resumed }) => sum + resumed, 0),
            verified: slices.every(({ verified }) => verified),
          },
  };
}

/** Counts by kind, added up. */
export function mergeCounts(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  // Not an object while it grows: what every object inherits is no count.
  const merged = new Map<string, number>();
  for (const each of counts) {
    for (const [kind, times] of Object.entries(each)) merged.set(kind, (merged.get(kind) ?? 0) + times);
  }
  return Object.fromEntries(merged);
}
