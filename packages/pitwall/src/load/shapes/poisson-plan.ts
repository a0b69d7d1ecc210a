import type { Random } from '../../stats/random.ts';
import { type Curve, Integral } from './curve.ts';
import { exponential, poissonCount, stream } from './draw.ts';
import type { Plan } from './plan.ts';

/** Expected arrivals in a cell. Placing them takes 0.1 ms, far less than the grain of a timer. */
const CELL = 4096;

/**
 * Arrivals at random: independent of one another, at a rate that may vary. They are a process of rate 1, run on a clock that
 * has advanced by the integral of the rate (time change; D. J. Daley, D. Vere-Jones, An Introduction to the Theory of Point
 * Processes, §7.4).
 *
 * The process is made in cells of equal expected size, each with its own random sequence: first how many arrivals the cell has
 * (Poisson), then where they are, which given their number is uniform; in order, they are sums of exponential gaps divided by
 * the whole (L. Devroye, Non-Uniform Random Variate Generation, ch. V.3). So arrivals can be counted without placing them, and
 * every worker finds the same ones.
 */
export class PoissonPlan implements Plan {
  readonly #rate: Curve;
  readonly #integral: Integral;
  readonly #seed: number;
  readonly #purpose: number;
  #count: number | null = null;
  #cell = -1;
  /** Of the cell: its random sequence, how many arrivals it has, and how many come before it. */
  #random: Random = () => 0;
  #size = 0;
  #before = 0;
  #placed = false;
  /** Where the cell's arrivals are, on the clock of the process. */
  #places = new Float64Array(CELL);

  /** `rate`: per second; `purpose`: one of `STREAM`. */
  constructor(rate: Curve, seed: number, purpose: number) {
    this.#rate = rate;
    this.#integral = new Integral(rate);
    this.#seed = seed;
    this.#purpose = purpose;
    this.#next();
  }

  get count(): number {
    // Counting walks to the end, and a plan goes forwards only: another one has to.
    this.#count ??= new PoissonPlan(this.#rate, this.#seed, this.#purpose).dueBy(Number.POSITIVE_INFINITY);
    return this.#count;
  }

  at(i: number): number {
    const { total } = this.#integral;
    while (i >= this.#before + this.#size) {
      if ((this.#cell + 1) * CELL >= total) return Number.POSITIVE_INFINITY;
      this.#next();
    }
    const place = this.#place()[i - this.#before]!;
    return place < total ? this.#integral.when(place) * 1000 : Number.POSITIVE_INFINITY;
  }

  dueBy(time: number): number {
    if (time < 0) return 0;
    const clock = this.#integral.until(time / 1000);
    while (clock >= (this.#cell + 1) * CELL) this.#next();
    const places = this.#place();
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (places[middle]! <= clock) low = middle + 1;
      else high = middle;
    }
    return this.#before + low;
  }

  flow(): number {
    return -1;
  }

  #next(): void {
    this.#before += this.#size;
    this.#cell++;
    this.#random = stream(this.#seed, this.#purpose, this.#cell);
    this.#size = poissonCount(CELL, this.#random);
    this.#placed = false;
  }

  #place(): Float64Array {
    if (this.#placed) return this.#places;
    this.#placed = true;
    if (this.#places.length < this.#size) this.#places = new Float64Array(this.#size);
    let sum = 0;
    for (let i = 0; i < this.#size; i++) {
      sum += exponential(this.#random);
      this.#places[i] = sum;
    }
    const scale = CELL / (sum + exponential(this.#random));
    const begin = this.#cell * CELL;
    for (let i = 0; i < this.#size; i++) this.#places[i] = begin + this.#places[i]! * scale;
    return this.#places;
  }
}
