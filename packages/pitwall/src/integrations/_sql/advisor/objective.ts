import type { CostCache } from './cost-cache.ts';
import type { Candidate, IdSet, Pool } from './pool.ts';
import type { WriteCost } from './write-cost.ts';

/** A set of candidates, and what it makes of the workload. */
export interface Solution {
  readonly ids: IdSet;
  /** Seconds in the window against no new index: negative is better. */
  readonly change: number;
  readonly bytes: number;
}

export const NOTHING: Solution = { ids: new Set(), change: 0, bytes: 0 };

/**
 * Seconds of the workload with a set of candidates: Σ weight × cost of the reads, and what the entries cost the writes. Only what differs
 * between two sets is ever computed, so that hundreds of statements cost no more than those that a change touches.
 */
export class Objective {
  readonly #cache: CostCache;
  readonly #pool: Pool;
  readonly #weights: ReadonlyMap<string, number>;
  readonly #writeCost: WriteCost;
  readonly #calls: ReadonlyMap<string, number>;
  readonly #writes = new Map<string, number>();
  readonly #sees = new Map<number, string[]>();

  /** `statements`: those kept; what each of them sees in the cache must be settled by now. */
  constructor(
    statements: readonly string[],
    parts: {
      cache: CostCache;
      pool: Pool;
      weights: ReadonlyMap<string, number>;
      writeCost: WriteCost;
      /** In the window, by statement. */
      calls: ReadonlyMap<string, number>;
    },
  ) {
    this.#cache = parts.cache;
    this.#pool = parts.pool;
    this.#weights = parts.weights;
    this.#writeCost = parts.writeCost;
    this.#calls = parts.calls;
    for (const statement of statements) {
      for (const id of parts.cache.visible(statement)) {
        const seen = this.#sees.get(id);
        if (seen) seen.push(statement);
        else this.#sees.set(id, [statement]);
      }
    }
  }

  /** Statements that can see the candidate. */
  statementsOf(id: number): readonly string[] {
    return this.#sees.get(id) ?? [];
  }

  /** Seconds that `to` takes more than `from` (negative: less), for each pair. */
  async changes(pairs: readonly { readonly from: IdSet; readonly to: IdSet }[]): Promise<number[]> {
    const touched = pairs.map(({ from, to }) => this.#touched(differing(from, to)));
    const questions = pairs.flatMap(({ from, to }, i) =>
      touched[i]!.flatMap((statement) => [
        { statement, set: from },
        { statement, set: to },
      ]),
    );
    await this.#cache.need(questions);
    return pairs.map(({ from, to }, i) => {
      let change = 0;
      for (const statement of touched[i]!) {
        change += this.#weights.get(statement)! * (this.#cache.cost(statement, to) - this.#cache.cost(statement, from));
      }
      const tables = new Set(differing(from, to).map((id) => this.#pool.get(id).spec.table));
      for (const table of tables) change += this.#writeSeconds(table, to) - this.#writeSeconds(table, from);
      return change;
    });
  }

  /** Seconds of the reads that a change of these candidates could touch, with the set. */
  async secondsTouched(ids: readonly number[], set: IdSet): Promise<number> {
    const touched = this.#touched(ids);
    await this.#cache.need(touched.map((statement) => ({ statement, set })));
    return touched.reduce(
      (sum, statement) => sum + this.#weights.get(statement)! * this.#cache.cost(statement, set),
      0,
    );
  }

  /** The most seconds that one call of a statement takes more with `to` than with `from`, both asked before (`changes`). */
  mostLostByACall(from: IdSet, to: IdSet): number {
    const lost = this.#touched(differing(from, to)).map(
      (statement) =>
        (this.#weights.get(statement)! / Math.max(1, this.#calls.get(statement) ?? 1)) *
        (this.#cache.cost(statement, to) - this.#cache.cost(statement, from)),
    );
    return Math.max(0, ...lost);
  }

  /** What the entries of this candidate cost writes when it is added to the others of the set. */
  writeSeconds(id: number, set: IdSet): number {
    const { table } = this.#pool.get(id).spec;
    const without = new Set(set);
    without.delete(id);
    return this.#writeSeconds(table, new Set([...without, id])) - this.#writeSeconds(table, without);
  }

  /** Seconds that the reads save with the set (0 or negative), without what it costs writes: what the rest of a search can hope for. */
  async readChange(set: IdSet): Promise<number> {
    const [change] = await this.changes([{ from: NOTHING.ids, to: set }]);
    return change! - this.writeChange(set);
  }

  /** Seconds that the entries of the whole set cost writes. */
  writeChange(set: IdSet): number {
    let seconds = 0;
    for (const table of new Set([...set].map((id) => this.#pool.get(id).spec.table)))
      seconds += this.#writeSeconds(table, set);
    return seconds;
  }

  async solution(ids: IdSet): Promise<Solution> {
    const [change] = await this.changes([{ from: NOTHING.ids, to: ids }]);
    return { ids, change: change!, bytes: this.#pool.bytesOf(ids) };
  }

  #touched(ids: readonly number[]): readonly string[] {
    if (ids.length === 1) return this.statementsOf(ids[0]!);
    return [...new Set(ids.flatMap((id) => this.statementsOf(id)))];
  }

  #writeSeconds(table: string, set: IdSet): number {
    const indexes: Candidate[] = [];
    for (const id of set) if (this.#pool.get(id).spec.table === table) indexes.push(this.#pool.get(id));
    if (indexes.length === 0) return 0;
    indexes.sort((a, b) => a.id - b.id);
    const name = `${table}\n${indexes.map(({ id }) => id).join()}`;
    const known = this.#writes.get(name);
    if (known !== undefined) return known;
    const seconds = this.#writeCost(table, indexes);
    this.#writes.set(name, seconds);
    return seconds;
  }
}

function differing(a: IdSet, b: IdSet): number[] {
  const ids: number[] = [];
  for (const id of a) if (!b.has(id)) ids.push(id);
  for (const id of b) if (!a.has(id)) ids.push(id);
  return ids;
}
