/** A part of a load that was measured without a break. */
export interface Stretch {
  /** Epoch seconds at which it began. */
  readonly at: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Seconds that had been measured at a moment (epoch seconds) of a load in stretches, at least one, in their order: the time that its
 * result tells of, which stands still between them. Before the first it is negative, and after the last it goes on.
 */
export function measuredTime(stretches: readonly Stretch[], moment: number): number {
  let elapsed = 0;
  for (const [i, { at, duration }] of stretches.entries()) {
    const inside = moment - at;
    const isLast = i === stretches.length - 1;
    if (inside < duration || isLast) return elapsed + (i === 0 ? inside : Math.max(0, inside));
    elapsed += duration;
  }
  return elapsed;
}
