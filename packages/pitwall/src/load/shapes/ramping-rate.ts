import { defineShape } from './define.ts';
import { describeStages, ofUsers, stageSeconds, stagesCurve, stagesProblem } from './stages.ts';
import { randomness } from './words.ts';

export const rampingRate = defineShape({
  id: 'ramping-rate',
  title: 'Ramping rate',
  description:
    'A rate that rises or falls in straight lines. Shows at which load the latency begins to bend, and whether it comes back.',
  isOpen: () => true,
  problem: (options) =>
    ofUsers(options)
      ? 'the stages of ramping-rate need rates: users are moved by steps'
      : stagesProblem('ramping-rate', options),
  profile: (options) => ({ kind: 'rate', rate: stagesCurve(options), arrivals: options.arrivals ?? 'even' }),
  describe: (options, noun) => `${describeStages(options, noun)}${randomness(options.arrivals)}`,
  seconds: ({ stages }) => stageSeconds(stages ?? []),
});
