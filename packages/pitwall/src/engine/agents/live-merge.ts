import type { RawTick } from '../../load/protocol.ts';
import { mergeRawTicks, tickOf } from '../../load/timeline.ts';
import type { LoadTick } from '../../model/load.ts';

/** A second of all agents together. */
export interface MergedSecond {
  readonly raw: RawTick;
  readonly tick: LoadTick;
}

/**
 * Puts the seconds of several agents together: a second is whole when every agent that still takes part has told of it.
 * Seconds come out in order, each once.
 */
export class LiveMerge {
  readonly #duration: number;
  readonly #parts = new Map<number, RawTick[]>();
  /** Last second of each slice; −1: none yet. */
  readonly #known: number[];
  #next = 0;

  /** `duration`: planned seconds. */
  constructor(slices: number, duration: number) {
    this.#known = Array.from({ length: slices }, () => -1);
    this.#duration = duration;
  }

  /** Last second that each slice has told of. */
  get known(): readonly number[] {
    return this.#known;
  }

  add(slice: number, tick: RawTick): void {
    if (!this.skip(slice, tick.second) || tick.second < this.#next) return;
    this.#parts.set(tick.second, [...(this.#parts.get(tick.second) ?? []), tick]);
  }

  /** A second of which a slice tells nothing that can be used: nobody waits for it, or reads it again. False: known before. */
  skip(slice: number, second: number): boolean {
    if (second <= this.#known[slice]!) return false;
    this.#known[slice] = second;
    return true;
  }

  /** What is whole by now. `over`: slices that will tell of nothing more. */
  take(over: ReadonlySet<number>): MergedSecond[] {
    const waiting = this.#known.filter((_, slice) => !over.has(slice));
    const until = waiting.length > 0 ? Math.min(...waiting) : Math.max(...this.#known);
    const seconds: MergedSecond[] = [];
    for (; this.#next <= until; this.#next++) {
      const parts = this.#parts.get(this.#next);
      this.#parts.delete(this.#next);
      if (!parts) continue;
      const raw = mergeRawTicks(parts);
      seconds.push({ raw, tick: tickOf(raw, this.#duration) });
    }
    return seconds;
  }
}
