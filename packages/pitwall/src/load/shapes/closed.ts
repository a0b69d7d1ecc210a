import { flat } from './curve.ts';
import { defineShape } from './define.ts';
import { habits, number, seconds, users } from './words.ts';

export const closed = defineShape({
  id: 'closed',
  title: 'Users',
  description:
    'Users who each wait for the answer before they go on. Shows the throughput that a number of users can have; it slows down with the service, so it cannot show what users who do not wait would see.',
  isOpen: () => false,
  problem: () => null,
  profile: (options) => ({
    kind: 'users',
    users: flat(options.users, options.duration),
    rampUp: options.rampUp ?? 0,
  }),
  describe: ({ users: count, iterations, duration, rampUp, thinkTime }) => {
    const length = iterations === undefined ? '' : `${number(iterations)} iterations, at most `;
    return `${users(count)} for ${length}${seconds(duration)}${habits(rampUp, thinkTime)}`;
  },
});
