import { flat } from './curve.ts';
import { defineShape, rateProblem } from './define.ts';

/**
 * Requests at random times, independent of one another, at a constant rate on average (Poisson). What many independent users
 * send; its bursts find queues that an even rate never fills.
 */
export const poisson = defineShape({
  isOpen: () => true,
  problem: (options) =>
    rateProblem('poisson', options.rate) ??
    (options.arrivals === 'even'
      ? 'the shape poisson has random arrivals: even ones are the shape constant-rate'
      : null),
  profile: (options) => ({ kind: 'rate', rate: flat(options.rate ?? 0, options.duration), arrivals: 'poisson' }),
});
