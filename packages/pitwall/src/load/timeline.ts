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

/**
 * Puts the seconds of several workers together. A second is whole when every worker has told of it, or has ended and will tell
 * of nothing more: workers that do a number of iterations end apart, and those of a run that is ended early not quite at once.
 */
export class Seconds {
  /** Last second of each worker that still tells of some; −1: none yet. */
  readonly #told: Map<number, number>;
  readonly #parts = new Map<number, RawTick[]>();
  #next = 0;

  constructor(workers: number) {
    this.#told = new Map(Array.from({ length: workers }, (_, worker) => [worker, -1]));
  }

  /** What is whole now, in order. Each worker tells of its seconds in order. */
  add(worker: number, tick: RawTick): RawTick[] {
    this.#told.set(worker, tick.second);
    this.#parts.set(tick.second, [...(this.#parts.get(tick.second) ?? []), tick]);
    return this.#take();
  }

  /** The worker will tell of nothing more: what is whole now. */
  end(worker: number): RawTick[] {
    this.#told.delete(worker);
    return this.#take();
  }

  #take(): RawTick[] {
    const whole: RawTick[] = [];
    const until = Math.min(...this.#told.values());
    for (;;) {
      const parts = this.#parts.get(this.#next);
      if (!parts || this.#next > until) return whole;
      this.#parts.delete(this.#next++);
      whole.push(mergeRawTicks(parts));
    }
  }
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

/** `duration`: planned seconds of the run, which the blocks cut evenly; `measured`: those it had, when it was cut short. */
export function blockOf(
  raw: RawBlock,
  steps: readonly { readonly name: string }[],
  duration: number,
  measured = duration,
): LoadBlock {
  const length = duration / blocksIn(duration);
  const at = raw.block * length;
  return {
    at,
    duration: measured < duration ? Math.min(length, measured - at) : length,
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
