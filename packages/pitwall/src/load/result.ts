import { printable } from '../errors.ts';
import type { LatencySummary, LoadOptions, LoadResult, LoadTick, StepResult } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import { plannedRequests } from './lane.ts';
import type { StepCounts, WorkerResult, WorkerTick } from './protocol.ts';
import { invalidReasons, warningsOf } from './validity.ts';

/** In seconds; NaN throughout when nothing was recorded. */
function summarise(histogram: Histogram): LatencySummary {
  const at = (percent: number) => histogram.percentile(percent) / 1e9;
  const some = histogram.count > 0;
  return {
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: some ? histogram.max / 1e9 : Number.NaN,
    mean: some ? histogram.sum / histogram.count / 1e9 : Number.NaN,
  };
}

/** The same second as all workers saw it; `duration` in seconds bounds the last one, which may be partial. */
export function mergeTicks(ticks: readonly WorkerTick[], duration: number): LoadTick {
  const histogram = Histogram.fromDistributions(ticks.map(({ response }) => response));
  return {
    at: Math.min(ticks[0]!.second + 1, duration),
    completed: ticks.reduce((sum, { completed }) => sum + completed, 0),
    errors: ticks.reduce((sum, { errors }) => sum + errors, 0),
    p50: histogram.percentile(50) / 1e9,
    p99: histogram.percentile(99) / 1e9,
  };
}

/** One result from those of the threads: histograms merge exactly, utilisations are those of the busiest. */
export function mergeResults(
  options: LoadOptions,
  workers: readonly WorkerResult[],
  timeline: readonly LoadTick[],
  loopback: boolean,
): LoadResult {
  const steps = options.endpoints.map(({ name, method }, i) => {
    return mergeStep(
      name,
      method,
      workers.map((worker) => worker.steps[i]!),
    );
  });
  const total = (pick: (step: StepResult) => number) => steps.reduce((sum, step) => sum + pick(step), 0);
  const most = (pick: (worker: WorkerResult) => number) => Math.max(...workers.map(pick));
  const sum = (pick: (worker: WorkerResult) => number) => workers.reduce((n, worker) => n + pick(worker), 0);

  const sent = total((step) => step.sent);
  const ok = total((step) => step.ok);
  const errors = mergeCounts(steps.map((step) => step.errors));
  const rate = options.shape === 'constant-rate' ? options.rate! : null;
  const planned = rate === null ? sent : plannedRequests({ rate, duration: options.duration * 1000 });
  const merged = (key: keyof StepResult['distributions']) =>
    Histogram.fromDistributions(steps.map((step) => step.distributions[key]));
  const latency = {
    response: summarise(merged('response')),
    service: summarise(merged('service')),
    slip: summarise(merged('slip')),
  };
  const generator = {
    loopUtilisation: most((worker) => worker.loopUtilisation),
    cpuUtilisation: most((worker) => worker.cpuUtilisation),
    workers: workers.length,
  };
  const invalidBecause = invalidReasons({
    shape: options.shape,
    planned,
    sent,
    ok,
    slipP99: latency.slip.p99,
    responseP50: latency.response.p50,
    loopUtilisation: generator.loopUtilisation,
    cpuUtilisation: generator.cpuUtilisation,
    queued: sum((worker) => worker.queued),
    users: options.users,
  });
  const reasons = Object.assign({}, ...workers.map((worker) => worker.reasons)) as Record<string, string>;
  const warnings = warningsOf({
    loopback,
    sent,
    errors,
    reasons,
    stale: sum((worker) => worker.stale),
    endpoints: steps.map((step) => ({ name: step.endpoint, sent: step.sent, ok: step.ok })),
  });
  const served = timeline.reduce((n, tick) => n + tick.completed - tick.errors, 0);
  return {
    url: options.url,
    shape: options.shape,
    users: options.users,
    rate,
    duration: options.duration,
    requestsPerSecond: served / options.duration,
    planned,
    sent,
    ok,
    errors,
    bytes: total((step) => step.bytes),
    latency,
    steps,
    timeline,
    valid: invalidBecause.length === 0,
    invalidBecause,
    warnings: warnings.map(printable),
    generator,
  };
}

function mergeStep(endpoint: string, method: string, parts: readonly StepCounts[]): StepResult {
  const response = Histogram.fromDistributions(parts.map((part) => part.response));
  const service = Histogram.fromDistributions(parts.map((part) => part.service));
  const slip = Histogram.fromDistributions(parts.map((part) => part.slip));
  const total = (pick: (part: StepCounts) => number) => parts.reduce((sum, part) => sum + pick(part), 0);
  const distributions: Record<'response' | 'service' | 'slip', Distribution> = {
    response: response.toDistribution(),
    service: service.toDistribution(),
    slip: slip.toDistribution(),
  };
  return {
    endpoint,
    method,
    sent: total((part) => part.sent),
    ok: total((part) => part.ok),
    errors: mergeCounts(parts.map((part) => part.errors)),
    bytes: total((part) => part.bytes),
    latency: { response: summarise(response), service: summarise(service), slip: summarise(slip) },
    distributions,
  };
}

function mergeCounts(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const each of counts) {
    for (const [kind, times] of Object.entries(each)) merged[kind] = (merged[kind] ?? 0) + times;
  }
  return merged;
}
