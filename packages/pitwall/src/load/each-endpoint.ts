import { printable, reasonOf } from '../errors.ts';
import type { GeneratorHealth, LoadOptions, LoadResult } from '../model/load.ts';
import { EarlyEnd } from './abort-watch.ts';
import { type LoadContext, measureLoad, type SliceResult } from './engine.ts';
import { connectionsOf, healthOf, latencyOf, mergeCounts, mergeSlices } from './result.ts';
import { plannedOf } from './validity.ts';

/** What became of one endpoint. */
interface Part {
  readonly slice: SliceResult;
  readonly result: LoadResult;
}

/**
 * Loads each endpoint by itself, one after the other with the same options, and gives one result with a step for each: none of
 * them competes with another for the service. Of a scenario, its flows. Throws what `runLoad` throws.
 */
export async function runEachEndpoint(options: LoadOptions, context: LoadContext): Promise<LoadResult> {
  const parts: Part[] = [];
  for (const own of eachOf(options)) {
    const elapsed = parts.reduce((sum, { result }) => sum + result.duration, 0);
    const { onStart, onTick, onPart, onPartStart, ...rest } = context;
    let began = 0;
    const measuring = measureLoad(own, {
      ...rest,
      // What watches the whole begins with the first.
      onStart(at: number) {
        began = at;
        if (parts.length === 0) onStart?.(at);
        onPartStart?.(at);
      },
      ...(onTick ? { onTick: (tick, health) => onTick({ ...tick, at: elapsed + tick.at }, health) } : {}),
    });
    const measured = await measuring.catch((error: unknown) => {
      // Stopped between two endpoints: what those before it measured stays.
      if (parts.length === 0 || !context.stop?.aborted || error !== context.stop.reason) throw error;
      return null;
    });
    if (measured === null) return { ...whole(options, parts), ...endedBy(context.stop!.reason) };
    const { slice, timeline } = measured;
    const result = mergeSlices(own, [slice], timeline);
    parts.push({ slice, result });
    await onPart?.(began, result.duration);
    if (result.partial !== null) break;
  }
  return whole(options, parts);
}

/** How many loads there were to be is known here alone: one that ended early has fewer parts. */
function whole(options: LoadOptions, parts: readonly Part[]): LoadResult {
  const result = oneAfterTheOther(parts);
  const { counted } = result;
  return counted === undefined ? result : { ...result, counted: { ...counted, loads: eachOf(options).length } };
}

/** The load of each endpoint, or flow, by itself. */
export function eachOf(options: LoadOptions): readonly LoadOptions[] {
  return options.scenario
    ? options.scenario.flows.map((flow) => ({ ...options, scenario: { ...options.scenario!, flows: [flow] } }))
    : options.endpoints.map((endpoint) => ({ ...options, endpoints: [endpoint] }));
}

function endedBy(reason: unknown): Pick<LoadResult, 'partial' | 'endedBy'> {
  return { partial: printable(reasonOf(reason)), endedBy: reason instanceof EarlyEnd ? reason.end : 'interrupt' };
}

/** Results of loads that ran one after the other, at least one, as one; histograms merge exactly. It is valid when each is. */
export function oneAfterTheOther(parts: readonly Part[]): LoadResult {
  const [{ result: first }, ...others] = parts as [Part, ...Part[]];
  if (others.length === 0) return first;
  const results = parts.map(({ result }) => result);
  const last = results.at(-1)!;
  const slices = parts.map(({ slice }) => slice);
  const workers = slices.flatMap((slice) => slice.workers);
  const sum = (pick: (result: LoadResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  const duration = sum((result) => result.duration);
  return {
    ...first,
    duration,
    requestsPerSecond: duration > 0 ? sum((result) => result.requestsPerSecond * result.duration) / duration : 0,
    planned: sum((result) => result.planned),
    sent: sum((result) => result.sent),
    ...iterationsOf(results),
    ok: sum((result) => result.ok),
    errors: mergeCounts(results.map(({ errors }) => errors)),
    bytes: sum((result) => result.bytes),
    latency: latencyOf((key) => workers.flatMap(({ steps }) => steps.map((step) => step[key]))),
    steps: results.flatMap((result) => result.steps),
    timeline: results.flatMap((result, i) => {
      const elapsed = results.slice(0, i).reduce((total, each) => total + each.duration, 0);
      return result.timeline.map((tick) => ({ ...tick, at: elapsed + tick.at }));
    }),
    // A block holds every step of its run: these hold one each, and nobody could pair them.
    blocks: [],
    connections: connectionsOf(workers, slices),
    partial: last.partial,
    endedBy: last.endedBy,
    saturated: results.some(({ saturated }) => saturated),
    valid: results.every(({ valid }) => valid),
    invalidBecause: results.flatMap(({ steps: [step], invalidBecause }) =>
      invalidBecause.map((because) => `${step!.endpoint}: ${because}`),
    ),
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
    generator: {
      ...healthOf(workers, slices),
      workers: first.generator.workers,
      eachWorker: first.generator.eachWorker.map((_, i) =>
        inTurn(results.flatMap((r) => r.generator.eachWorker[i] ?? [])),
      ),
    },
  };
}

/** Of those flows that have several steps, the iterations; of the others each request is one. */
function iterationsOf(results: readonly LoadResult[]): Pick<LoadResult, 'iterations'> {
  if (results.every(({ iterations }) => iterations === undefined)) return {};
  const all = results.map(plannedOf);
  return {
    iterations: {
      planned: all.reduce((sum, { planned }) => sum + planned, 0),
      started: all.reduce((sum, { started }) => sum + started, 0),
    },
  };
}

type WorkerHealth = GeneratorHealth['eachWorker'][number];

/** The worker of one number in all the loads: as busy as it was at the most. */
function inTurn(healths: readonly WorkerHealth[]): WorkerHealth {
  const most = (pick: (health: WorkerHealth) => number) => Math.max(...healths.map(pick));
  const sum = (pick: (health: WorkerHealth) => number) => healths.reduce((total, health) => total + pick(health), 0);
  return {
    loopUtilisation: most((health) => health.loopUtilisation),
    cpuUtilisation: most((health) => health.cpuUtilisation),
    gc: {
      pauses: sum(({ gc }) => gc.pauses),
      seconds: sum(({ gc }) => gc.seconds),
      longest: most(({ gc }) => gc.longest),
    },
  };
}
