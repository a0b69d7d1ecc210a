import { flat } from './curve.ts';
import { defineShape, rateProblem } from './define.ts';

/** Requests at equal distances, whatever the service does. The way to measure latency at a known load. */
export const constantRate = defineShape({
  isOpen: () => true,
  problem: (options) =>
    rateProblem('constant-rate', options.rate) ??
    (options.arrivals === 'poisson'
      ? 'the shape constant-rate has even arrivals: random ones are the shape poisson'
      : null),
  profile: (options) => ({ kind: 'rate', rate: flat(options.rate ?? 0, options.duration), arrivals: 'even' }),
});
