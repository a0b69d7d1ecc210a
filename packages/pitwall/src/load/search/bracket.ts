import type { SearchVerdict } from '../../model/search.ts';

/** A step as the decision sees it. */
export interface Tried {
  readonly rate: number;
  readonly verdict: SearchVerdict;
}

/** How often a rate passed and failed. */
export interface Votes {
  readonly rate: number;
  readonly passed: number;
  readonly failed: number;
}

export interface Bracket {
  /** Highest rate that passed, below the lowest that failed. */
  readonly passing: Votes | null;
  /** Lowest rate that failed. */
  readonly failing: Votes | null;
  /** A rate that passed as often as it failed: it has to be measured again before anything is said. */
  readonly tied: Votes | null;
  /** Rates that passed although a lower one failed. */
  readonly above: readonly number[];
}

/** Where the limit is, by the majority at every rate. A tie counts as failing until it is broken: the careful side. */
export function bracketOf(history: readonly Tried[]): Bracket {
  const votes = votesOf(history);
  const failing = votes.find(({ passed, failed }) => failed >= passed) ?? null;
  const passed = votes.filter((each) => each.passed > each.failed);
  const below = failing ? passed.filter(({ rate }) => rate < failing.rate) : passed;
  return {
    passing: below.at(-1) ?? null,
    failing,
    tied: votes.find((each) => each.passed === each.failed) ?? null,
    above: failing ? passed.filter(({ rate }) => rate > failing.rate).map(({ rate }) => rate) : [],
  };
}

/** Ascending; only rates about which something is known. */
function votesOf(history: readonly Tried[]): Votes[] {
  const rates = [...new Set(history.map(({ rate }) => rate))].sort((a, b) => a - b);
  return rates
    .map((rate) => {
      const count = (verdicts: readonly SearchVerdict[]) =>
        history.filter((step) => step.rate === rate && verdicts.includes(step.verdict)).length;
      return { rate, passed: count(['pass']), failed: count(['fail', 'danger']) };
    })
    .filter(({ passed, failed }) => passed + failed > 0);
}
