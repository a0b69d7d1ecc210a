import { printable, reasonOf } from '../errors.ts';
import type { LatencySummary, LoadOptions, LoadResult, StepResult } from '../model/load.ts';
import { Histogram } from '../stats/histogram.ts';
import { EarlyEnd } from './abort-watch.ts';
import { type LoadContext, runLoad } from './engine.ts';
import { summariseAll, summariseHistogram } from './summary.ts';

/**
 * Loads each endpoint by itself, one after the other with the same options, and gives one result with a step for each: none of
 * them competes with another for the service. Of a scenario, its flows. Throws what `runLoad` throws.
 */
export async function runEachEndpoint(options: LoadOptions, context: LoadContext): Promise<LoadResult> {
  const parts: LoadOptions[] = options.scenario
    ? options.scenario.flows.map((flow) => ({ ...options, scenario: { ...options.scenario!, flows: [flow] } }))
    : options.endpoints.map((endpoint) => ({ ...options, endpoints: [endpoint] }));
  const results: LoadResult[] = [];
  for (const part of parts) {
    const elapsed = results.reduce((sum, { duration }) => sum + duration, 0);
    const { onStart, onTick, ...rest } = context;
    const running = runLoad(part, {
      ...rest,
      // What watches the whole begins with the first.
      ...(onStart && results.length === 0 ? { onStart: (at: number) => onStart(at) } : {}),
      ...(onTick ? { onTick: (tick, health) => onTick({ ...tick, at: elapsed + tick.at }, health) } : {}),
    });
    const result = await running.catch((error: unknown) => {
      // Stopped between two endpoints: what those before it measured stays.
      if (results.length === 0 || !context.stop?.aborted || error !== context.stop.reason) throw error;
      return null;
    });
    if (result === null) return { ...oneAfterTheOther(results), ...endedBy(context.stop!.reason) };
    results.push(result);
    if (result.partial !== null) break;
  }
  return oneAfterTheOther(results);
}

function endedBy(reason: unknown): Pick<LoadResult, 'partial' | 'endedBy'> {
  return { partial: printable(reasonOf(reason)), endedBy: reason instanceof EarlyEnd ? reason.end : 'interrupt' };
}

/** Results of loads that ran one after the other, as one. It is valid when each of them is. */
function oneAfterTheOther(results: readonly LoadResult[]): LoadResult {
  const [first, ...others] = results;
  if (!first || others.length === 0) return first!;
  const sum = (pick: (result: LoadResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  const steps = results.flatMap((result) => result.steps);
  const duration = sum((result) => result.duration);
  const { generator, connections } = first;
  const busiest = (pick: (result: LoadResult) => number) => Math.max(...results.map(pick));
  return {
    ...first,
    duration,
    requestsPerSecond: duration > 0 ? sum((result) => result.requestsPerSecond * result.duration) / duration : 0,
    planned: sum((result) => result.planned),
    sent: sum((result) => result.sent),
    ok: sum((result) => result.ok),
    errors: results.reduce((total, { errors }) => added(total, errors), {}),
    bytes: sum((result) => result.bytes),
    latency: latencyOf(steps),
    steps,
    timeline: results.flatMap((result, i) => {
      const elapsed = results.slice(0, i).reduce((total, each) => total + each.duration, 0);
      return result.timeline.map((tick) => ({ ...tick, at: elapsed + tick.at }));
    }),
    // A block holds every step of its run: these hold one each, and nobody could pair them.
    blocks: [],
    connections: { ...connections, opened: sum((result) => result.connections.opened) },
    partial: results.at(-1)!.partial,
    endedBy: results.at(-1)!.endedBy,
    saturated: results.some(({ saturated }) => saturated),
    valid: results.every(({ valid }) => valid),
    invalidBecause: results.flatMap(({ steps: [step], invalidBecause }) =>
      invalidBecause.map((because) => `${step!.endpoint}: ${because}`),
    ),
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
    generator: {
      ...generator,
      loopUtilisation: busiest((result) => result.generator.loopUtilisation),
      cpuUtilisation: busiest((result) => result.generator.cpuUtilisation),
      late: sum((result) => result.generator.late),
      queued: sum((result) => result.generator.queued),
    },
  };
}

/** First byte and what the server says are known step by step only. */
function latencyOf(steps: readonly StepResult[]): StepResult['latency'] {
  const of = (key: keyof StepResult['distributions']): LatencySummary =>
    summariseAll(steps.map(({ distributions }) => distributions[key]));
  return {
    response: of('response'),
    service: of('service'),
    slip: of('slip'),
    firstByte: summariseHistogram(new Histogram()),
  };
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [kind, times] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + times;
  return sum;
}
