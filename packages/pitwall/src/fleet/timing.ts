/** How long things take between machines. Seconds. */
export interface Timing {
  /** Between two signs of life of an agent or a coordinator. */
  readonly heartbeat: number;
  /**
   * Without a sign of life for so long, the other side counts as gone. An agent that cannot reach the store for so long stops
   * by itself: its share has been given up by then, and nobody could tell it to stop.
   */
  readonly lease: number;
  /** From "all are ready" to the common start: long enough for every agent to hear of it. */
  readonly startLead: number;
  /** Between two looks for work. */
  readonly idle: number;
  /** Between two looks at the run before its start and while its ticks are shown. */
  readonly poll: number;
}

/** A lease of eight heartbeats: a stall of the store or of a saturated generator for some seconds loses nothing. */
export const TIMING: Timing = { heartbeat: 1, lease: 8, startLead: 3, idle: 1, poll: 0.25 };
