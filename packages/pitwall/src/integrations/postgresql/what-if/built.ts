import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Estimate, IndexSpec, WhatIf } from '../../_sql/advisor/problem.ts';
import type { AnalysisSession } from '../analysis.ts';
import type { BuiltIndexes } from '../copy/built-indexes.ts';
import { genericPlan, planOf } from '../explain-sql.ts';
import { postgresqlFailure } from '../failures.ts';
import type { Planner } from './planner.ts';
import type { IndexSizes } from './sizes.ts';

/** The planner on a copy, with indexes that are really there: for servers without HypoPG. Slow once for each index, exact in its sizes. */
export class BuiltWhatIf implements WhatIf {
  readonly #indexes: BuiltIndexes;
  readonly #planner: Planner;
  readonly #sizes: IndexSizes;

  constructor(indexes: BuiltIndexes, planner: Planner, sizes: IndexSizes) {
    this.#indexes = indexes;
    this.#planner = planner;
    this.#sizes = sizes;
  }

  async estimate(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]> {
    await this.#indexes.build(indexes);
    const names = new Map<string, string>();
    for (const spec of indexes) {
      const built = this.#indexes.of(spec);
      if (built === null) continue;
      for (const name of [built.name, ...built.parts]) names.set(name, keyOf(spec));
      this.#sizes.measured(keyOf(spec), built.bytes);
    }
    return this.#indexes.within(indexes, async () => {
      const estimates: (Estimate | null)[] = [];
      for (const id of statements) estimates.push(await this.#planner.estimate(id, names));
      return estimates;
    });
  }

  bytes(index: IndexSpec): number {
    return this.#sizes.bytes(index);
  }

  entrySeconds(index: IndexSpec): number {
    return this.#sizes.entrySeconds(index);
  }
}

/** Plans in the very session, and transaction, that has dropped the indexes that a set does without. */
export function plansOf(indexes: BuiltIndexes): Pick<AnalysisSession, 'explain'> {
  const one = (text: string, values: readonly unknown[] = []) =>
    indexes.client.query<Record<string, unknown>>({ text, values: [...values], queryMode: 'extended' } as never);
  return {
    async explain(text, params, { generic }) {
      await one('SAVEPOINT pitwall');
      try {
        const json = generic ? await genericPlan(text, one) : await planOf('', text, params, one);
        return { json, ran: false, notRun: null };
      } catch (error) {
        throw postgresqlFailure(error, 'the copy');
      } finally {
        await one('ROLLBACK TO SAVEPOINT pitwall').catch(() => {});
      }
    },
  };
}
