/** Moments of the logarithm of positive values: enough to fit a lognormal distribution, in constant memory. */
export class LogMoments {
  count = 0;
  #mean = 0;
  #squares = 0;

  /** `value` > 0; others are left out. */
  add(value: number): void {
    if (!(value > 0 && Number.isFinite(value))) return;
    // Welford's update: no cancellation however many values there are.
    const log = Math.log(value);
    this.count++;
    const delta = log - this.#mean;
    this.#mean += delta / this.count;
    this.#squares += delta * (log - this.#mean);
  }

  /** Adds all of `other` (T. F. Chan et al., "Updating formulae and a pairwise algorithm", 1979). */
  merge(other: LogMoments): void {
    if (other.count === 0) return;
    const count = this.count + other.count;
    const delta = other.#mean - this.#mean;
    this.#squares += other.#squares + (delta * delta * this.count * other.count) / count;
    this.#mean += (delta * other.count) / count;
    this.count = count;
  }

  /**
   * The fitted distribution: `mean` and `median` of the value itself, `sigma` of its logarithm; null below two values. Mean of
   * a lognormal: exp(μ + σ²/2).
   */
  fit(): LognormalFit | null {
    if (this.count < 2) return null;
    const variance = this.#squares / (this.count - 1);
    return {
      count: this.count,
      mean: Math.exp(this.#mean + variance / 2),
      median: Math.exp(this.#mean),
      sigma: Math.sqrt(variance),
    };
  }
}

export interface LognormalFit {
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly sigma: number;
}
