import type { ShapeOptions } from '../../model/shape.ts';
import { follow } from './curve.ts';
import { defineShape, MOST, rateProblem } from './define.ts';
import { seconds } from './words.ts';

const isOpen = (options: ShapeOptions): boolean => options.rate !== undefined;

/** The third fifth of the measured part, unless said otherwise. */
function when(options: ShapeOptions): { at: number; lasting: number } {
  const { duration, peakAt, peakFor } = options;
  const at = peakAt ?? duration * 0.4;
  return { at, lasting: peakFor ?? Math.min(duration * 0.2, duration - at) };
}

/**
 * A steady load with a sudden peak in it. Shows what a burst does to those who were there before, and how long the service takes
 * to recover.
 */
export const spike = defineShape({
  isOpen,
  problem: (options) => {
    const { peak, duration } = options;
    if (isOpen(options)) {
      const problem = rateProblem('spike', options.rate);
      if (problem !== null) return problem;
    }
    if (peak === undefined) return 'the shape spike needs a peak';
    if (isOpen(options) && !(peak > 0 && peak <= MOST.rate)) {
      return `the peak must be above 0 and at most ${MOST.rate} requests/s`;
    }
    if (!isOpen(options) && !(Number.isInteger(peak) && peak >= 1 && peak <= MOST.users)) {
      return `the peak must be a whole number of users from 1 to ${MOST.users}`;
    }
    const { at, lasting } = when(options);
    if (!(at >= 0 && lasting > 0 && at + lasting <= duration + 1e-6)) {
      return `the peak must lie inside the duration of ${seconds(duration)}`;
    }
    return null;
  },
  profile: (options) => {
    const base = options.rate ?? options.users;
    const { at, lasting } = when(options);
    const curve = follow(
      base,
      [
        { to: base, over: 0, hold: at },
        { to: options.peak ?? base, over: 0, hold: lasting },
        { to: base, over: 0, hold: 0 },
      ],
      options.duration,
    );
    return isOpen(options)
      ? { kind: 'rate', rate: curve, arrivals: options.arrivals ?? 'even' }
      : { kind: 'users', users: curve, rampUp: 0 };
  },
});
