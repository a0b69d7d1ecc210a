import { packQuestions, type Question } from './pack.ts';
import type { IdSet, Pool } from './pool.ts';
import type { WhatIf } from './problem.ts';

/** What the planner said of one statement with one set. */
export interface Planned {
  readonly cost: number;
  /** Candidates in its plan. */
  readonly uses: readonly number[];
}

interface Known extends Planned {
  readonly ids: IdSet;
}

/**
 * The planner's costs, asked once. A cost is that of the statement with those of the set's candidates that it can see, so most
 * sets cost no question. One answer also serves other sets: a plan that was best among many indexes is best among fewer, as long as those it
 * uses remain (atomic configurations; S. Chaudhuri, V. Narasayya, "An efficient, cost-driven index selection tool", VLDB 1997).
 */
export class CostCache {
  /** How often the planner was asked about one statement. */
  estimates = 0;
  readonly #whatIf: WhatIf;
  readonly #pool: Pool;
  readonly #tablesOf: (statement: string) => readonly string[];
  readonly #visible = new Map<string, IdSet>();
  readonly #known = new Map<string, Known[]>();
  readonly #exact = new Map<string, Map<string, Planned>>();

  constructor(whatIf: WhatIf, pool: Pool, tablesOf: (statement: string) => readonly string[]) {
    this.#whatIf = whatIf;
    this.#pool = pool;
    this.#tablesOf = tablesOf;
  }

  /** From now on the statement sees these candidates and no others. What was asked before stays known. */
  show(statement: string, ids: Iterable<number>): void {
    this.#visible.set(statement, new Set([...ids].sort((a, b) => a - b)));
  }

  visible(statement: string): IdSet {
    return this.#visible.get(statement) ?? new Set();
  }

  /** Asks what is not known yet. */
  async need(questions: Iterable<{ readonly statement: string; readonly set: IdSet }>): Promise<void> {
    const missing = new Map<string, Question>();
    for (const { statement, set } of questions) {
      const ids = this.#restrict(statement, set);
      if (!this.#find(statement, ids)) missing.set(`${statement}\n${ids.join()}`, { statement, ids });
    }
    for (const { ids, questions: asked } of packQuestions([...missing.values()], this.#tablesOf, this.#pool)) {
      const specs = this.#pool.specsOf(ids);
      const answers = await this.#whatIf.estimate(
        specs,
        asked.map(({ statement }) => statement),
      );
      this.estimates += asked.length;
      for (const [i, question] of asked.entries()) this.#learn(question, answers[i] ?? null);
    }
  }

  /** Null when the planner could not plan it at all. The question must have been asked (`need`). */
  planned(statement: string, set: IdSet): Planned | null {
    const found = this.#find(statement, this.#restrict(statement, set));
    if (!found) throw new Error(`cost of ${statement} was not asked`);
    return Number.isFinite(found.cost) ? found : null;
  }

  /** Infinite when it cannot be planned. */
  cost(statement: string, set: IdSet): number {
    return this.planned(statement, set)?.cost ?? Number.POSITIVE_INFINITY;
  }

  #restrict(statement: string, set: IdSet): readonly number[] {
    const ids: number[] = [];
    for (const id of this.visible(statement)) if (set.has(id)) ids.push(id);
    return ids;
  }

  #find(statement: string, ids: readonly number[]): Planned | null {
    const name = ids.join();
    const exact = this.#exact.get(statement)?.get(name);
    if (exact) return exact;
    const wanted = new Set(ids);
    const known = this.#known
      .get(statement)
      ?.find((one) => one.uses.every((id) => wanted.has(id)) && ids.every((id) => one.ids.has(id)));
    if (!known) return null;
    this.#remember(statement, name, known);
    return known;
  }

  #learn({ statement, ids }: Question, answer: { cost: number; uses: readonly string[] } | null): void {
    const inSet = new Set(ids);
    const uses = (answer?.uses ?? []).flatMap((key) => this.#pool.ofKey(key)?.id ?? []).filter((id) => inSet.has(id));
    // One that cannot be planned just now (a time-out) is taken as no better than without: only a failure without any counts.
    const without = this.#exact.get(statement)?.get('');
    const planned = answer ? { cost: answer.cost, uses } : (without ?? { cost: Number.POSITIVE_INFINITY, uses: [] });
    this.#remember(statement, ids.join(), planned);
    if (answer) this.#known.set(statement, [...(this.#known.get(statement) ?? []), { ...planned, ids: inSet }]);
  }

  #remember(statement: string, name: string, planned: Planned): void {
    const exact = this.#exact.get(statement) ?? new Map<string, Planned>();
    exact.set(name, planned);
    this.#exact.set(statement, exact);
  }
}
