import { defineShape } from './define.ts';
import { describeStages, ofUsers, stageSeconds, stagesCurve, stagesProblem } from './stages.ts';
import { habits, randomness } from './words.ts';

export const steps = defineShape({
  id: 'steps',
  title: 'Steps',
  description:
    'A rate, or a number of users, that is held for a while at each of several heights. Each step is a measurement of its own.',
  isOpen: (options) => !ofUsers(options),
  problem: (options) => stagesProblem('steps', options),
  profile: (options) =>
    ofUsers(options)
      ? { kind: 'users', users: stagesCurve(options), rampUp: 0 }
      : { kind: 'rate', rate: stagesCurve(options), arrivals: options.arrivals ?? 'even' },
  describe: (options, noun) =>
    describeStages(options, noun) +
    (ofUsers(options) ? habits(undefined, options.thinkTime) : randomness(options.arrivals)),
  seconds: ({ stages }) => stageSeconds(stages ?? []),
});
