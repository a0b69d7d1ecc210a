/** Lines are not quite in order (a server logs at the end of a request): a second is closed when it is this far back. */
const OPEN_SECONDS = 120;
/** A line further back than this is of another file, glued on in the wrong order. */
const LATEST_SECONDS = 3600;

export interface RateSummary {
  /** Unix seconds of the first and the last request. */
  readonly from: number;
  readonly to: number;
  /** Requests per second. */
  readonly mean: number;
  /** Of the counts of whole seconds. */
  readonly p95: number;
  readonly peak: number;
  /** Mean rate in the busiest whole minute; null when the log is shorter. */
  readonly busiestMinute: number | null;
  /**
   * Index of dispersion: variance ÷ mean of the counts in windows of that many seconds. 1 for Poisson arrivals, 0 for evenly
   * spaced ones; bursts (and a rate that changes over the day) make it larger, the more the longer the window.
   * D. R. Cox, P. A. W. Lewis, The Statistical Analysis of Series of Events (1966), §4.5. Null with fewer than 10 windows.
   */
  readonly dispersion: { readonly '1s': number | null; readonly '10s': number | null; readonly '60s': number | null };
  /** Requests whose time was more than an hour before that of earlier lines: they count in no rate. */
  readonly outOfOrder: number;
}

/** Counts requests in seconds, ten seconds and minutes, in constant memory. Quiet windows count as such. */
export class RateMeter {
  readonly #windows = [new WindowCounts(1), new WindowCounts(10), new WindowCounts(60)] as const;
  /** Requests of the seconds that may still get some. */
  readonly #open = new Map<number, number>();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  /** All seconds before this one are closed. */
  #closed = Number.NEGATIVE_INFINITY;
  #outOfOrder = 0;
  #count = 0;

  /** Unix seconds at which a request began. */
  add(time: number): void {
    if (time < this.#to - LATEST_SECONDS) {
      this.#outOfOrder++;
      return;
    }
    if (time < this.#from) this.#from = time;
    if (time > this.#to) this.#to = time;
    this.#count++;
    // A straggler counts in the oldest second that is still open: a second or two off, and none lost.
    const second = Math.max(Math.floor(time), this.#closed);
    this.#open.set(second, (this.#open.get(second) ?? 0) + 1);
    if (this.#open.size > OPEN_SECONDS * 2) this.#closeBefore(Math.floor(this.#to) - OPEN_SECONDS);
  }

  #closeBefore(second: number): void {
    const ready = [...this.#open.keys()].filter((key) => key < second).sort((a, b) => a - b);
    for (const key of ready) {
      const count = this.#open.get(key)!;
      for (const window of this.#windows) window.add(key, count);
      this.#open.delete(key);
    }
    this.#closed = Math.max(this.#closed, second);
  }

  /** Ends the counting; null when there was no request. */
  finish(): RateSummary | null {
    if (this.#count === 0) return null;
    this.#closeBefore(Number.POSITIVE_INFINITY);
    const [seconds, tens, minutes] = this.#windows;
    for (const window of this.#windows) window.end();
    const span = Math.max(1, Math.floor(this.#to) - Math.floor(this.#from) + 1);
    return {
      from: this.#from,
      to: this.#to,
      mean: this.#count / span,
      p95: seconds.quantile(0.95),
      peak: seconds.largest,
      busiestMinute: minutes.whole > 0 ? minutes.largestWhole / 60 : null,
      dispersion: { '1s': seconds.dispersion(), '10s': tens.dispersion(), '60s': minutes.dispersion() },
      outOfOrder: this.#outOfOrder,
    };
  }
}

/** Counts in windows that follow each other, fed in order of time. The first and the last are seldom whole. */
class WindowCounts {
  readonly #width: number;
  #window = Number.NaN;
  #first = Number.NaN;
  #current = 0;
  /** How many windows had how many requests: the counts are few even where the windows are many. */
  readonly #frequency = new Map<number, number>();
  largest = 0;
  largestWhole = 0;
  /** Windows that lay wholly within the log. */
  whole = 0;

  constructor(width: number) {
    this.#width = width;
  }

  add(second: number, count: number): void {
    const window = Math.floor(second / this.#width);
    if (Number.isNaN(this.#window)) {
      this.#window = window;
      this.#first = window;
    }
    if (window !== this.#window) {
      this.#close(this.#width > 1 && this.#window === this.#first);
      this.#tally(0, window - this.#window - 1);
      this.#window = window;
    }
    this.#current += count;
  }

  end(): void {
    if (!Number.isNaN(this.#window)) this.#close(this.#width > 1);
  }

  #close(partial: boolean): void {
    this.largest = Math.max(this.largest, this.#current);
    if (!partial) {
      this.largestWhole = Math.max(this.largestWhole, this.#current);
      this.#tally(this.#current, 1);
    }
    this.#current = 0;
  }

  #tally(count: number, windows: number): void {
    if (windows <= 0) return;
    this.whole += windows;
    this.#frequency.set(count, (this.#frequency.get(count) ?? 0) + windows);
  }

  /** Nearest rank. */
  quantile(probability: number): number {
    const rank = Math.max(1, Math.ceil(probability * this.whole));
    let seen = 0;
    for (const [count, windows] of [...this.#frequency].sort(([a], [b]) => a - b)) {
      seen += windows;
      if (seen >= rank) return count;
    }
    return this.largest;
  }

  dispersion(): number | null {
    if (this.whole < 10) return null;
    let sum = 0;
    for (const [count, windows] of this.#frequency) sum += count * windows;
    const mean = sum / this.whole;
    let squares = 0;
    for (const [count, windows] of this.#frequency) squares += (count - mean) ** 2 * windows;
    return mean === 0 ? null : squares / (this.whole - 1) / mean;
  }
}
