import type { Trace } from '../../model/shape.ts';
import { defineShape, MOST } from './define.ts';
import { firstAtOrAfter } from './trace-plan.ts';

function traceProblem({ at, flow }: Trace): string | null {
  if (at.length === 0) return 'the trace has no arrivals';
  if (flow.length !== at.length) return 'the trace must name a flow for each arrival';
  let previous = 0;
  for (const [index, time] of at.entries()) {
    if (!(time >= previous && Number.isFinite(time)))
      return `the times of the trace must not go back (arrival ${index + 1})`;
    previous = time;
  }
  return null;
}

/**
 * Recorded arrivals, with their bursts and lulls and the mix as it was, as fast as recorded or faster. A warm-up, where one is
 * asked for, is the beginning of the replay.
 */
export const trace = defineShape({
  isOpen: () => true,
  problem: (options) => {
    if (!options.trace) return 'the shape trace needs a trace';
    const problem = traceProblem(options.trace);
    if (problem !== null) return problem;
    const { trace, speed = 1, warmup } = options;
    if (!(speed >= 1 / MOST.speed && speed <= MOST.speed)) {
      return `the speed must be from ${1 / MOST.speed} to ${MOST.speed}`;
    }
    if (options.arrivals !== undefined)
      return 'the arrivals of a trace are as recorded: they are neither even nor random';
    if (firstAtOrAfter(trace.at, speed, warmup) === trace.at.length) return 'the trace is over before the warm-up is';
    return null;
  },
  profile: (options) => ({
    kind: 'trace',
    trace: options.trace ?? { at: new Float64Array(), flow: new Uint16Array() },
    speed: options.speed ?? 1,
  }),
  // The last arrival has to lie inside.
  seconds: ({ trace, speed = 1, warmup }) => Math.max(0, (trace?.at.at(-1) ?? 0) / speed - warmup) + 0.001,
});
