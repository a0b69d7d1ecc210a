import { defineShape } from './define.ts';
import { ofUsers, stageSeconds, stagesCurve, stagesProblem } from './stages.ts';

/** A rate that rises or falls in straight lines. Shows at which load the latency begins to bend, and whether it comes back. */
export const rampingRate = defineShape({
  isOpen: () => true,
  problem: (options) =>
    ofUsers(options)
      ? 'the stages of ramping-rate need rates: users are moved by steps'
      : stagesProblem('ramping-rate', options),
  profile: (options) => ({ kind: 'rate', rate: stagesCurve(options), arrivals: options.arrivals ?? 'even' }),
  seconds: ({ stages }) => stageSeconds(stages ?? []),
});
