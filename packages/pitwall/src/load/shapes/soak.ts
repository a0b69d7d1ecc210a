import { flat } from './curve.ts';
import { defineShape, rateProblem } from './define.ts';

/**
 * The same load for a long time, of a rate or of users. Shows what only time brings out: leaks, growing tables, full disks.
 */
export const soak = defineShape({
  isOpen: (options) => options.rate !== undefined,
  problem: (options) => (options.rate === undefined ? null : rateProblem('soak', options.rate)),
  profile: (options) =>
    options.rate === undefined
      ? { kind: 'users', users: flat(options.users, options.duration), rampUp: options.rampUp ?? 0 }
      : { kind: 'rate', rate: flat(options.rate, options.duration), arrivals: options.arrivals ?? 'even' },
});
