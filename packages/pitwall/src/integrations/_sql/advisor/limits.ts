import type { IdSet, Pool } from './pool.ts';

/** What a set may be at most. */
export interface Limits {
  readonly budget: number;
  readonly maxIndexes: number;
}

export function fits(set: IdSet, { budget, maxIndexes }: Limits, pool: Pool): boolean {
  return set.size <= maxIndexes && pool.bytesOf(set) <= budget;
}

export function plus(set: IdSet, ...ids: readonly number[]): IdSet {
  return new Set([...set, ...ids].sort((a, b) => a - b));
}

export function minus(set: IdSet, ...ids: readonly number[]): IdSet {
  const gone = new Set(ids);
  return new Set([...set].filter((id) => !gone.has(id)));
}

/** A name for the set itself, whatever the order it was put together in. */
export function nameOfSet(set: IdSet): string {
  return [...set].sort((a, b) => a - b).join();
}
