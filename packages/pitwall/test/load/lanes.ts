/** Load lanes in this very process, with all that they tell: for tests that look at every number. */
import { performance } from 'node:perf_hooks';
import type { Endpoint } from '../../src/load/endpoint.ts';
import { Lane } from '../../src/load/lane.ts';
import type { RawBlock, RawTick, WorkerResult } from '../../src/load/protocol.ts';
import { planOf } from '../../src/load/scenario/plan.ts';
import { mostUsers } from '../../src/load/shapes/index.ts';
import type { LoadOptions } from '../../src/model/load.ts';

export interface LaneRun {
  readonly ticks: readonly RawTick[];
  readonly blocks: readonly RawBlock[];
  readonly result: WorkerResult;
  /** Seconds from the start of the schedule to the result. */
  readonly took: number;
}

export interface LaneControls {
  /** Called at the start of the schedule with what ends the run early. */
  onStart?(stop: () => void): void;
  /** Whether a lane that cannot go on ends the others, as the engine does. Default true. */
  readonly overEndsAll?: boolean;
  /** Default: 127.0.0.1, without TLS. */
  readonly to?: Partial<Endpoint>;
}

/** Runs all workers of a load side by side; none when their users cannot be made ready. `options.url`: of 127.0.0.1. */
export async function runLanes(options: LoadOptions, controls: LaneControls = {}): Promise<LaneRun[]> {
  const { port, host } = new URL(options.url);
  const stop = () => {
    for (const { lane } of parts) lane.stop();
  };
  const parts = await Promise.all(
    Array.from({ length: options.workers }, async (_, worker) => {
      const to = { address: '127.0.0.1', port: Number(port), ...controls.to };
      const task = { to, host, options, worker, workers: options.workers };
      const ticks: RawTick[] = [];
      const blocks: RawBlock[] = [];
      const done = Promise.withResolvers<WorkerResult>();
      const lane = new Lane(task, await planOf(options, task, mostUsers(options)), {
        tick: (tick) => ticks.push(tick),
        block: (block) => blocks.push(block),
        over: () => (controls.overEndsAll === false ? undefined : setTimeout(stop, 1)),
        done: done.resolve,
      });
      return { lane, ticks, blocks, done: done.promise };
    }),
  );
  const unready = await Promise.all(parts.map(({ lane }) => lane.prepare()));
  if (unready.some((reason) => reason !== null)) return [];
  const t0 = performance.now() + 3;
  for (const { lane } of parts) lane.run(t0);
  controls.onStart?.(stop);
  return Promise.all(
    parts.map(async ({ ticks, blocks, done }) => {
      const result = await done;
      return { ticks, blocks, result, took: (performance.now() - t0) / 1000 };
    }),
  );
}
