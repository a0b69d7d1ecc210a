import type { LoadBlock, LoadTick } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import { blocksIn, type RawBlock, type RawTick } from './protocol.ts';
import { summariseAll } from './summary.ts';

/** The same second as several workers or machines saw it. */
export function mergeRawTicks(ticks: readonly RawTick[]): RawTick {
  const total = (pick: (tick: RawTick) => number) => ticks.reduce((sum, tick) => sum + pick(tick), 0);
  return {
    second: ticks[0]!.second,
    completed: total((tick) => tick.completed),
    errors: total((tick) => tick.errors),
    bytes: total((tick) => tick.bytes),
    inFlight: total((tick) => tick.inFlight),
    response: merged(ticks.map((tick) => tick.response)),
    loopUtilisation: Math.max(...ticks.map((tick) => tick.loopUtilisation)),
    late: total((tick) => tick.late),
  };
}

/** For people and reports; `duration` in seconds bounds the last one, which may be partial. */
export function tickOf(raw: RawTick, duration: number): LoadTick {
  const histogram = Histogram.fromDistributions([raw.response]);
  const at = (percent: number) => histogram.percentile(percent) / 1e9;
  return {
    at: Math.min(raw.second + 1, duration),
    completed: raw.completed,
    errors: raw.errors,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    bytes: raw.bytes,
    inFlight: raw.inFlight,
    heat: heatOf(histogram),
  };
}

/** The same block as several workers saw it. */
export function mergeRawBlocks(parts: readonly RawBlock[]): RawBlock {
  return {
    block: parts[0]!.block,
    steps: parts[0]!.steps.map((_, i) => ({
      completed: parts.reduce((sum, part) => sum + part.steps[i]!.completed, 0),
      errors: parts.reduce((sum, part) => sum + part.steps[i]!.errors, 0),
      response: merged(parts.map((part) => part.steps[i]!.response)),
      service: merged(parts.map((part) => part.steps[i]!.service)),
    })),
  };
}

/** `duration`: planned seconds of the run, which the blocks cut evenly. */
export function blockOf(raw: RawBlock, steps: readonly { readonly name: string }[], duration: number): LoadBlock {
  const length = duration / blocksIn(duration);
  return {
    at: raw.block * length,
    duration: length,
    steps: raw.steps.map(({ completed, errors, response, service }, i) => ({
      endpoint: steps[i]!.name,
      completed,
      errors,
      response: summariseAll([response]),
      service: summariseAll([service]),
    })),
  };
}

/** See LoadTick.heat: five cells a decade from 1 µs on. */
function heatOf(histogram: Histogram): [number, number][] {
  const cells = new Map<number, number>();
  histogram.forEach((nanoseconds, times) => {
    const cell = Math.max(0, Math.floor(5 * Math.log10(nanoseconds / 1000)));
    cells.set(cell, (cells.get(cell) ?? 0) + times);
  });
  return [...cells].sort(([a], [b]) => a - b);
}

function merged(distributions: readonly Distribution[]): Distribution {
  return distributions.length === 1 ? distributions[0]! : Histogram.fromDistributions(distributions).toDistribution();
}
