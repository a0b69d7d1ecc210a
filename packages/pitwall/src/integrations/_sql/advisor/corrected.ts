import { keyOf, subjectOf } from './key-of.ts';
import { HARM } from './no-harm.ts';
import type { Estimate, IndexSpec, Problem, WhatIf } from './problem.ts';
import { catalogOf } from './tables.ts';

/** How many times a second by which a read gets slower counts as one by which the workload does; another index may mend it yet. */
export const HARM_COUNTS = 10;

interface Seen {
  /** What the planner said of the plan. */
  readonly cost: number;
  /** What it took. */
  readonly seconds: number;
}

/**
 * The planner, corrected by what was measured: a plan that was timed costs what it took, in the planner's units, and harm counts as
 * it does in the measured search. One that was not timed yet costs what the planner says, times how wrong that was for its kin, the
 * statement's plans with indexes that begin alike: the more of them there are, the surer. So a search over costs looks among what is
 * measured, and at what still looks better. Feeding executions back to an optimiser: M. Stillger, G. Lohman, V. Markl, M. Kandil, "LEO –
 * DB2's learning optimizer", VLDB 2001.
 */
export class CorrectedWhatIf implements WhatIf {
  readonly #whatIf: WhatIf;
  readonly #tables = new Map<string, ReadonlySet<string>>();
  /** The planner's answers, by statement and by the indexes on its tables. */
  readonly #asked = new Map<string, Map<string, Estimate | null>>();
  readonly #built = new Set<string>();
  readonly #without = new Map<string, Seen & { readonly plan: string }>();
  readonly #plans = new Map<string, Map<string, Seen & { readonly kin: string }>>();

  constructor(problem: Problem, whatIf: WhatIf) {
    this.#whatIf = whatIf;
    const catalog = catalogOf(problem);
    for (const { id, uses } of problem.statements)
      this.#tables.set(id, new Set(uses.flatMap(({ table }) => catalog.table(table)?.name ?? [])));
  }

  bytes(index: IndexSpec): number {
    return this.#whatIf.bytes(index);
  }

  entrySeconds(index: IndexSpec): number {
    return this.#whatIf.entrySeconds(index);
  }

  async estimate(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]> {
    const answers = await this.#ask(indexes, statements);
    return answers.map((answer, i) => answer && { ...answer, cost: this.#corrected(statements[i]!, answer, indexes) });
  }

  /** What the statements took with exactly these indexes. Seconds; null: it failed, which says nothing about the plan. */
  async learn(indexes: readonly IndexSpec[], seconds: ReadonlyMap<string, number | null>): Promise<void> {
    this.#forget(indexes);
    const statements = [...seconds.keys()].filter((id) => this.#tables.has(id));
    const answers = await this.#ask(indexes, statements);
    for (const [i, id] of statements.entries()) {
      const took = seconds.get(id);
      const answer = answers[i];
      if (took === null || took === undefined || !answer || answer.cost <= 0) continue;
      const plan = planOf(answer);
      if (indexes.length === 0) this.#without.set(id, { cost: answer.cost, seconds: took, plan });
      const plans = this.#plans.get(id) ?? new Map();
      plans.set(plan, { cost: answer.cost, seconds: took, kin: kinOf(answer, indexes) });
      this.#plans.set(id, plans);
    }
  }

  /** A planner that learns the statistics of what was built answers anew where that is in the question. */
  #forget(indexes: readonly IndexSpec[]): void {
    const fresh = indexes.map(keyOf).filter((key) => !this.#built.has(key));
    for (const key of fresh) this.#built.add(key);
    if (fresh.length === 0) return;
    for (const answers of this.#asked.values())
      for (const name of answers.keys()) if (fresh.some((key) => name.includes(key))) answers.delete(name);
  }

  async #ask(indexes: readonly IndexSpec[], statements: readonly string[]): Promise<readonly (Estimate | null)[]> {
    const names = statements.map((id) => this.#nameOf(id, indexes));
    const open = statements.filter((id, i) => !this.#asked.get(id)?.has(names[i]!));
    const answers = open.length > 0 ? await this.#whatIf.estimate(indexes, open) : [];
    for (const [i, id] of open.entries()) {
      const known = this.#asked.get(id) ?? new Map<string, Estimate | null>();
      known.set(this.#nameOf(id, indexes), answers[i] ?? null);
      this.#asked.set(id, known);
    }
    return statements.map((id, i) => this.#asked.get(id)!.get(names[i]!) ?? null);
  }

  #nameOf(id: string, indexes: readonly IndexSpec[]): string {
    const tables = this.#tables.get(id);
    return indexes
      .filter(({ table }) => tables?.has(table))
      .map(keyOf)
      .sort()
      .join('\n');
  }

  #corrected(id: string, answer: Estimate, indexes: readonly IndexSpec[]): number {
    const without = this.#without.get(id);
    if (!without || without.seconds <= 0) return answer.cost;
    const plan = planOf(answer);
    if (plan === without.plan) return without.cost;
    const plans = this.#plans.get(id)!;
    const seen = plans.get(plan);
    if (seen) {
      const ratio = seen.seconds / without.seconds;
      return without.cost * (ratio + HARM_COUNTS * Math.max(0, ratio - 1 - HARM));
    }
    const kin = kinOf(answer, indexes);
    const wrong = [...plans.values()]
      .filter((one) => one.kin === kin)
      .map((one) => one.seconds / without.seconds / (one.cost / without.cost));
    if (wrong.length === 0) return answer.cost;
    // One says half of it, two say two thirds, and so on.
    const doubt = wrong.reduce((sum, value) => sum + Math.log(value), 0) / (wrong.length + 1);
    return answer.cost * Math.exp(doubt);
  }
}

/** Two plans of a statement with the same indexes are taken for one, unless the planner tells them apart. */
function planOf({ plan, uses }: Estimate): string {
  return plan ?? [...uses].sort().join('\n');
}

/** The columns that the plan's indexes begin with. */
function kinOf({ uses }: Estimate, indexes: readonly IndexSpec[]): string {
  const used = new Set(uses);
  const begin = indexes
    .filter((spec) => used.has(keyOf(spec)))
    .map((spec) => `${spec.table} ${subjectOf(spec.keys[0]!)}`);
  return [...new Set(begin)].sort().join('\n');
}
