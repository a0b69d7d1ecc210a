/** How often a statement is run for a comparison, and what its runs come to. Pure. */
import { median } from '../../../stats/quantile.ts';

/** A round of a short statement is repeated until it takes about so long: a single run of microseconds says little. Seconds. */
const ENOUGH = 0.003;
const MOST_REPEATS = 15;
/** Seconds that the rounds of one statement may take on one copy; a long one averages the machine's noise by itself. */
const LONGEST = 0.4;

export interface Effort {
  readonly rounds: number;
  /** Runs with each set of parameters in a round. */
  readonly repeats: number;
}

/** `callSeconds`: of one run, `sets`: of parameters. Fewer rounds than `wanted` only for statements that take long, one at least. */
export function effortFor(wanted: number, callSeconds: number, sets: number): Effort {
  const round = Math.max(1e-7, callSeconds * sets);
  return {
    rounds: Math.max(1, Math.min(wanted, Math.floor(LONGEST / round))),
    repeats: Math.max(1, Math.min(MOST_REPEATS, Math.floor(ENOUGH / round))),
  };
}

/**
 * Seconds of a call, one number a round: the median of the repeats with each set of parameters, and of these the mean, because
 * a workload pays for the rare slow ones too. `durations`: nanoseconds, the sets in turn.
 */
export function roundsOf(durations: readonly number[], sets: number, repeats: number): readonly number[] {
  const runs = sets * repeats;
  const rounds = Math.max(1, Math.floor(durations.length / runs));
  return Array.from({ length: rounds }, (_, round) => {
    const own = durations.slice(round * runs, (round + 1) * runs);
    const medians = Array.from({ length: Math.min(sets, own.length) }, (_, set) =>
      median(own.filter((_, i) => i % sets === set)),
    );
    return medians.reduce((sum, value) => sum + value, 0) / medians.length / 1e9;
  });
}

/** So many of them, from the start again where there are fewer. */
export function inTurn(samples: readonly number[], from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => samples[(from + i) % samples.length]!);
}
