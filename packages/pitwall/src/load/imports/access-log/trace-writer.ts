import type { Random } from '../../../stats/random.ts';

/** Arrivals are put in order within this many seconds: servers log at the end of a request. */
const WINDOW = 60;
const MOST_WAITING = 100_000;

export interface TraceCounts {
  arrivals: number;
  /** Arrivals that came too late to be put in order: they are at the time of the one before. */
  late: number;
}

/**
 * Puts arrivals in order and gives them out as seconds since the first, in bounded memory. Times in whole seconds are spread
 * over their second at random: left as they are, each second would begin with a burst that never was.
 */
export class TraceSorter {
  readonly #give: (at: number, flow: string) => void;
  readonly #random: Random | null;
  /** A binary heap: the earliest is first. */
  readonly #heap: (readonly [time: number, flow: string])[] = [];
  #newest = Number.NEGATIVE_INFINITY;
  #first = Number.NaN;
  #last = 0;
  readonly counts: TraceCounts = { arrivals: 0, late: 0 };

  /** `random`: times are whole seconds; null: they are finer. */
  constructor(give: (at: number, flow: string) => void, random: Random | null) {
    this.#give = give;
    this.#random = random;
  }

  /** Unix seconds. */
  add(time: number, flow: string): void {
    const at = this.#random === null ? time : Math.floor(time) + this.#random();
    if (at > this.#newest) this.#newest = at;
    this.#push([at, flow]);
    while (this.#heap.length > MOST_WAITING || (this.#heap[0]?.[0] ?? Infinity) < this.#newest - WINDOW) this.#pop();
  }

  finish(): TraceCounts {
    while (this.#heap.length > 0) this.#pop();
    return this.counts;
  }

  #push(item: readonly [number, string]): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]![0] <= item[0]) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const [time, flow] = heap[0]!;
    const item = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (let child = 1; child < heap.length; child = 2 * at + 1) {
        if (child + 1 < heap.length && heap[child + 1]![0] < heap[child]![0]) child++;
        if (heap[child]![0] >= item[0]) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = item;
    }
    if (Number.isNaN(this.#first)) this.#first = time;
    const seconds = time - this.#first;
    if (seconds < this.#last) this.counts.late++;
    this.#last = Math.max(this.#last, seconds);
    this.counts.arrivals++;
    this.#give(this.#last, flow);
  }
}
