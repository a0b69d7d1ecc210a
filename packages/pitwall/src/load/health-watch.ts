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
    this.#observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gc.pauses++;
        this.#gc.seconds += duration / 1000;
        this.#gc.longest = Math.max(this.#gc.longest, duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  end(now: number): WorkerHealth {
    this.#observer.disconnect();
    const { user, system } = process.threadCpuUsage(this.#cpu);
    return {
      loopUtilisation: performance.eventLoopUtilization(this.#loop).utilization,
      cpuUtilisation: (user + system) / 1000 / Math.max(1, now - this.#since),
      gc: { ...this.#gc },
    };
  }
}
