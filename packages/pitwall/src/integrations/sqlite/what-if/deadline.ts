/** Until when something may be worked on. Seconds of a monotonic clock. */
export class Deadline {
  #until = 0;
  #reserves: readonly number[] = [];
  readonly #clock: () => number;

  constructor(seconds: number, clock: () => number = () => performance.now() / 1000) {
    this.#clock = clock;
    this.extend(seconds);
  }

  /** So many seconds from now on, and each of `reserves` more that only a `release` gives out. */
  extend(seconds: number, ...reserves: readonly number[]): void {
    this.#until = this.#clock() + seconds;
    this.#reserves = reserves;
  }

  /** The first that was held back for what matters more, beside what is left. */
  release(): void {
    const [first = 0, ...rest] = this.#reserves;
    this.extend(this.left + first, ...rest);
  }

  /** Seconds, 0 when it is over. */
  get left(): number {
    return Math.max(0, this.#until - this.#clock());
  }

  /** Less is left than the next that is held back. */
  get isShort(): boolean {
    return this.left < (this.#reserves[0] ?? 0);
  }

  get isOver(): boolean {
    return this.left === 0;
  }
}
