import { median } from '../../../stats/quantile.ts';
import { keysIn, likeTimes, type Times } from './bench-times.ts';

/** The times that the bench knows: of a read by its plan, of a write by the indexes that it meets. Null: it failed. */
export class KnownTimes {
  readonly #times = new Map<string, Times | null>();
  readonly #best = new Map<string, number>();
  /** Under which times of writes are known. */
  readonly #writeNames = new Map<string, Set<string>>();

  get(key: string): Times | null | undefined {
    return this.#times.get(key);
  }

  set(id: string, key: string, times: Times | null): void {
    this.#times.set(key, times);
    if (times) this.#best.set(id, Math.min(median(times.samples), this.bestOf(id)));
  }

  /** Least seconds of a call with any indexes so far; infinite: not known yet. */
  bestOf(id: string): number {
    return this.#best.get(id) ?? Number.POSITIVE_INFINITY;
  }

  /** That a write meets the indexes in this name. */
  name(id: string, name: string): void {
    this.#writeNames.set(id, (this.#writeNames.get(id) ?? new Set()).add(name));
  }

  /** Of a write with these indexes, or nearly these. */
  like(id: string, name: string): Times | null | undefined {
    const exact = this.#times.get(name);
    if (exact !== undefined) return exact;
    const known = [...(this.#writeNames.get(id) ?? [])].flatMap((other) => {
      const times = this.#times.get(other);
      return times ? [{ keys: keysIn(other), times }] : [];
    });
    return likeTimes(keysIn(name), known);
  }
}
