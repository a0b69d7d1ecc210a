/** A right to be active, held by one collector. */
export interface Pass {
  leave(): void;
  /** Rejects after `close`: an abandoned collector that wakes up late must not hold up the others. */
  enterAgain(): Promise<void>;
  close(): void;
  /** CPU seconds that our process used while this pass was inside. */
  readonly cpuSeconds: number;
  /** Seconds this pass has been inside so far. */
  activeSeconds(): number;
}

/**
 * Lets one collector be active at a time, first come, first served. Because nobody else is inside, the process CPU that
 * passes meanwhile is that collector's own: this is how Pitwall knows what each collector costs.
 */
export class Turnstile {
  readonly #cpuSeconds: () => number;
  #occupied = false;
  readonly #waiting: (() => void)[] = [];

  constructor(cpuSeconds: () => number) {
    this.#cpuSeconds = cpuSeconds;
  }

  async enter(): Promise<Pass> {
    await this.#acquire();
    let inside = true;
    let closed = false;
    let cpu = 0;
    let active = 0;
    let cpuAtEntry = this.#cpuSeconds();
    let timeAtEntry = performance.now();
    const leave = () => {
      if (!inside) return;
      inside = false;
      cpu += this.#cpuSeconds() - cpuAtEntry;
      active += (performance.now() - timeAtEntry) / 1000;
      this.#release();
    };
    return {
      leave,
      close: () => {
        closed = true;
        leave();
      },
      enterAgain: async () => {
        await this.#acquire();
        if (closed) {
          this.#release();
          throw new Error('given up on');
        }
        inside = true;
        cpuAtEntry = this.#cpuSeconds();
        timeAtEntry = performance.now();
      },
      get cpuSeconds() {
        return cpu;
      },
      activeSeconds: () => active + (inside ? (performance.now() - timeAtEntry) / 1000 : 0),
    };
  }

  async #acquire(): Promise<void> {
    if (!this.#occupied) {
      this.#occupied = true;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#occupied = false;
  }
}
