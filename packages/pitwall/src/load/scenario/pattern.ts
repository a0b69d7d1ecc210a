import { costOf, type PatternCost } from './pattern-cost.ts';
import { inTimeBox } from './time-box.ts';

/** Some 10 ms of backtracking. */
const MOST_STEPS = 5e6;

/**
 * A regular expression over bodies that are not ours. V8 backtracks, so a pattern such as `(a+)+b` can take for ever on a short
 * text, and `.*x` minutes on 1 MiB. What is known to be quick is run as it is; everything else inside a time box.
 */
export class Pattern {
  readonly #pattern: RegExp;
  readonly #cost: PatternCost;

  /** `source` has to pass `patternProblem`. */
  constructor(source: string) {
    this.#pattern = new RegExp(source);
    this.#cost = costOf(source);
  }

  /** The first match; null when there is none, or none was found within the time. */
  exec(text: string): RegExpExecArray | null {
    const { prefix } = this.#cost;
    if (prefix !== '' && !text.includes(prefix)) return null;
    if (isQuick(this.#cost, text)) return this.#pattern.exec(text);
    return inTimeBox(() => this.#pattern.exec(text)) ?? null;
  }
}

/** Whether all attempts together take at most MOST_STEPS: one at every place where the prefix stands. */
export function isQuick({ prefix, factor, exponent }: PatternCost, text: string): boolean {
  const each = factor * text.length ** exponent;
  if (each * (text.length + 1) <= MOST_STEPS) return true;
  if (prefix === '' || each > MOST_STEPS) return false;
  let left = Math.floor(MOST_STEPS / each);
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) if (--left < 0) return false;
  return true;
}
