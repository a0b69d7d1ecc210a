import { flat } from './curve.ts';
import { defineShape } from './define.ts';

/**
 * Users who each wait for the answer before they go on. Shows the throughput that a number of users can have; it slows down with
 * the service, so it cannot show what users who do not wait would see.
 */
export const closed = defineShape({
  isOpen: () => false,
  problem: () => null,
  profile: (options) => ({
    kind: 'users',
    users: flat(options.users, options.duration),
    rampUp: options.rampUp ?? 0,
  }),
});
