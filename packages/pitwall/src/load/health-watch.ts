import { PerformanceObserver, performance } from 'node:perf_hooks';
import type { WorkerHealth } from './protocol.ts';

/** How busy a worker is from now on: its event loop, its CPU time, its garbage collections. */
export class HealthWatch {
  readonly #since: number;
  readonly #loop = performance.eventLoopUtilization();
  readonly #cpu = process.threadCpuUsage();
  readonly #gc = { pauses: 0, seconds: 0, longest: 0 };
  readonly #observer: PerformanceObserver;

  /** `now` in ms of the thread's clock. */
  constructor(now: number) {
    this.#since = now;
    this.#observer = new PerformanceObserver((list) => this.#note(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  #note(pauses: readonly { readonly duration: number }[]): void {
    for (const { duration } of pauses) {
      this.#gc.pauses++;
      this.#gc.seconds += duration / 1000;
      this.#gc.longest = Math.max(this.#gc.longest, duration / 1000);
    }
  }

  /** What was seen up to `now`, also what the observer has not been called with yet. Ends the watch. */
  end(now: number): WorkerHealth {
    this.#note(this.#observer.takeRecords());
    this.#observer.disconnect();
    const { user, system } = process.threadCpuUsage(this.#cpu);
    return {
      loopUtilisation: performance.eventLoopUtilization(this.#loop).utilization,
      cpuUtilisation: (user + system) / 1000 / Math.max(1, now - this.#since),
      gc: { ...this.#gc },
    };
  }
}
