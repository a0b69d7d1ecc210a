import { defineShape } from './define.ts';
import { ofUsers, stageSeconds, stagesCurve, stagesProblem } from './stages.ts';

/**
 * A rate, or a number of users, that is held for a while at each of several heights. Each step is a measurement of its own.
 */
export const steps = defineShape({
  isOpen: (options) => !ofUsers(options),
  problem: (options) => stagesProblem('steps', options),
  profile: (options) =>
    ofUsers(options)
      ? { kind: 'users', users: stagesCurve(options), rampUp: 0 }
      : { kind: 'rate', rate: stagesCurve(options), arrivals: options.arrivals ?? 'even' },
  seconds: ({ stages }) => stageSeconds(stages ?? []),
});
