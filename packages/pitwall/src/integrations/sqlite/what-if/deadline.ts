/** Until when something may be worked on. Seconds of a monotonic clock. */
export class Deadline {
  #until = 0;
  #reserve = 0;
  readonly #clock: () => number;

  constructor(seconds: number, clock: () => number = () => performance.now() / 1000) {
    this.#clock = clock;
    this.extend(seconds);
  }

  /** So many seconds from now on, and `reserve` more that only `release` gives out. */
  extend(seconds: number, reserve = 0): void {
    this.#until = this.#clock() + seconds;
    this.#reserve = reserve;
  }

  /** What was held back for what matters most: beside what is left. */
  release(): void {
    this.extend(this.left + this.#reserve);
  }

  /** Seconds, 0 when it is over. */
  get left(): number {
    return Math.max(0, this.#until - this.#clock());
  }

  get isOver(): boolean {
    return this.left === 0;
  }
}
