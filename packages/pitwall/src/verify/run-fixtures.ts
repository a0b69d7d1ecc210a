/** Runs to compare in tests: blocks with response times of a known distribution. */
import type { LatencySummary, LoadBlock } from '../model/load.ts';
import type { Distribution } from '../model/observation.ts';
import { Histogram } from '../stats/histogram.ts';
import type { Random } from '../stats/random.ts';

export interface MadeUpLoad {
  readonly blocks: readonly LoadBlock[];
  readonly distributions: ReadonlyMap<string, Distribution>;
}

/** Draws the response time of one request of a block, in seconds. */
export type Draw = (random: Random, block: number) => number;

/** A load of so many blocks and requests a block, for each endpoint. */
export function madeUpLoad(
  endpoints: Readonly<Record<string, Draw>>,
  options: { readonly blocks: number; readonly requests: number; readonly errors?: number },
  random: Random,
): MadeUpLoad {
  const whole = new Map(Object.keys(endpoints).map((endpoint) => [endpoint, new Histogram()]));
  const blocks = Array.from({ length: options.blocks }, (_, i): LoadBlock => {
    const steps = Object.entries(endpoints).map(([endpoint, draw]) => {
      const histogram = new Histogram();
      for (let n = 0; n < options.requests; n++) histogram.record(draw(random, i) * 1e9);
      whole.get(endpoint)!.merge(histogram);
      const summary = summaryOf(histogram);
      const errors = options.errors ?? 0;
      return { endpoint, completed: options.requests, errors, response: summary, service: summary };
    });
    return { at: i * 0.5, duration: 0.5, steps };
  });
  return { blocks, distributions: new Map([...whole].map(([name, one]) => [name, one.toDistribution()])) };
}

function summaryOf(histogram: Histogram): LatencySummary {
  const at = (percent: number) => histogram.percentile(percent) / 1e9;
  const [p50, p90, p95, p99, p999, p9999] = [50, 90, 95, 99, 99.9, 99.99].map(at) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { p50, p90, p95, p99, p999, p9999, max: histogram.max / 1e9, mean: histogram.sum / histogram.count / 1e9 };
}
