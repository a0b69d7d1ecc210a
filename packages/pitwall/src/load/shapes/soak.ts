import { flat } from './curve.ts';
import { defineShape, rateProblem } from './define.ts';
import { habits, randomness, rate, seconds, users } from './words.ts';

export const soak = defineShape({
  id: 'soak',
  title: 'Soak',
  description:
    'The same load for a long time, of a rate or of users. Shows what only time brings out: leaks, growing tables, full disks.',
  isOpen: (options) => options.rate !== undefined,
  problem: (options) => (options.rate === undefined ? null : rateProblem('soak', options.rate)),
  profile: (options) =>
    options.rate === undefined
      ? { kind: 'users', users: flat(options.users, options.duration), rampUp: options.rampUp ?? 0 }
      : { kind: 'rate', rate: flat(options.rate, options.duration), arrivals: options.arrivals ?? 'even' },
  describe: (options, noun) =>
    options.rate === undefined
      ? `${users(options.users)} for ${seconds(options.duration)}${habits(options.rampUp, options.thinkTime)}`
      : `${rate(options.rate, noun)} for ${seconds(options.duration)}${randomness(options.arrivals)}`,
});
