/**
 * Order of the endpoints: smooth weighted round robin (the balancing nginx uses for upstreams), so that any stretch of
 * requests holds each endpoint within one of its share, and the mix of a run is exact instead of right on average.
 * `seed` decides which endpoint comes first among equals and where in the cycle to begin; `worker` shifts the phase so
 * that threads do not send the same endpoint at the same moment.
 */
export class Mix {
  readonly #weights: readonly number[];
  readonly #order: readonly number[];
  readonly #credit: number[];
  readonly #total: number;

  constructor(weights: readonly number[], seed: number, worker: number) {
    const rotation = (seed >>> 0) % weights.length;
    this.#order = weights.map((_, i) => (i + rotation) % weights.length);
    this.#weights = weights;
    this.#credit = weights.map(() => 0);
    this.#total = weights.reduce((sum, weight) => sum + weight, 0);
    const skip = ((seed >>> 0) % 1009) + worker;
    for (let i = 0; i < skip; i++) this.next();
  }

  /** Index of the endpoint of the next request. */
  next(): number {
    if (this.#weights.length === 1) return 0;
    let best = -1;
    for (const i of this.#order) {
      const credit = this.#credit[i]! + this.#weights[i]!;
      this.#credit[i] = credit;
      if (best < 0 || credit > this.#credit[best]!) best = i;
    }
    this.#credit[best]! -= this.#total;
    return best;
  }
}
