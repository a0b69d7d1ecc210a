import { median } from '../../../stats/quantile.ts';
import { HARM_COUNTS } from './corrected.ts';
import { keyOf } from './key-of.ts';
import { HARM } from './no-harm.ts';
import type { Bench, IndexSpec, Measured, Problem } from './problem.ts';
import { catalogOf } from './tables.ts';

/** A set of indexes to build, and its name, the same for every order. */
export interface BuiltSet {
  readonly specs: readonly IndexSpec[];
  readonly name: string;
}

export function builtSet(specs: Iterable<IndexSpec>): BuiltSet {
  const byKey = new Map([...specs].map((spec) => [keyOf(spec), spec]));
  const sorted = [...byKey.keys()].sort();
  return { specs: sorted.map((key) => byKey.get(key)!), name: sorted.join('\n') };
}

/** Indexes that one of them has alone. */
export function differing(a: BuiltSet, b: BuiltSet): readonly IndexSpec[] {
  const [ours, theirs] = [a, b].map(({ specs }) => new Set(specs.map(keyOf)));
  return [...a.specs.filter((spec) => !theirs!.has(keyOf(spec))), ...b.specs.filter((spec) => !ours!.has(keyOf(spec)))];
}

export const NONE: BuiltSet = builtSet([]);

/** Runs side by side: `samples[i]` of the statement with the first set, and with each other set. */
export type SideBySide = readonly ReadonlyMap<string, readonly number[] | null>[];

/** In how many turns the runs of a comparison are made, where the bench keeps only one set at a time: every turn may build indexes again. */
const TURNS = 4;

/**
 * Measured seconds of statements with sets of indexes. An index changes only statements on its table, so one measurement serves
 * every set that is the same on the statement's tables.
 */
export class Runs {
  /** Statements run so far, all rounds counted. */
  measurements = 0;
  readonly bytes = new Map<string, number>();
  /** How many times a second by which a read gets slower counts as one by which the workload does. */
  harmCounts = HARM_COUNTS;
  /** Statements that were given up without new indexes: their seconds there are a limit that they exceed. */
  readonly givenUp = new Set<string>();
  /** Of the whole workload in its window, as recorded; 0: not known. */
  readonly recordedSeconds: number;
  readonly #bench: Bench;
  readonly #tables = new Map<string, ReadonlySet<string>>();
  readonly #calls = new Map<string, number>();
  readonly #writing = new Set<string>();
  readonly #samples = new Map<string, readonly number[] | null>();
  readonly #failedBefore = new Set<string>();
  readonly #sets = new Map<string, BuiltSet>();
  /** Null until the first answer shows it. */
  #singleRuns: boolean | null = null;

  constructor(problem: Problem, bench: Bench) {
    this.#bench = bench;
    this.recordedSeconds = problem.statements.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
    const catalog = catalogOf(problem);
    for (const { id, uses, writes, calls } of problem.statements) {
      const names = [...uses, ...writes].flatMap(({ table }) => catalog.table(table)?.name ?? []);
      this.#tables.set(id, new Set(names));
      this.#calls.set(id, calls);
      if (writes.length > 0) this.#writing.add(id);
    }
  }

  /** See `Bench.slack`. */
  get slack(): number {
    return this.#bench.slack ?? 0;
  }

  callsOf(statement: string): number {
    return this.#calls.get(statement)!;
  }

  /** Statements on a table of any of these indexes; those that failed without new indexes are left out. */
  touchedBy(specs: readonly IndexSpec[]): readonly string[] {
    const tables = new Set(specs.map(({ table }) => table));
    return [...this.#tables]
      .filter(([id, own]) => !this.#failedBefore.has(id) && [...own].some((table) => tables.has(table)))
      .map(([id]) => id);
  }

  /** Statements that were run without new indexes. */
  timed(): readonly string[] {
    return [...this.#tables.keys()].filter((id) => this.#samples.get(`${id}\n`));
  }

  /** Statements that both indexes could touch. */
  share(a: IndexSpec, b: IndexSpec): boolean {
    return [...this.#tables.values()].some((tables) => tables.has(a.table) && tables.has(b.table));
  }

  touches(spec: IndexSpec, statement: string): boolean {
    return this.#tables.get(statement)!.has(spec.table);
  }

  /** At least so many runs of each statement with the set, as far as they are not there yet. */
  async ensure(set: BuiltSet, statements: readonly string[], rounds: number): Promise<void> {
    this.#sets.set(set.name, set);
    const missing = statements.filter((id) => {
      const known = this.#samples.get(this.#nameOf(id, set));
      return known === undefined || (known !== null && known.length < rounds);
    });
    if (missing.length === 0) return;
    const fewest = Math.min(...missing.map((id) => this.#samples.get(this.#nameOf(id, set))?.length ?? 0));
    const measured = await this.#measure(this.#onTablesOf(missing, set), missing, rounds - fewest);
    for (const id of missing) {
      const name = this.#nameOf(id, set);
      const runs = runsOf(measured, id);
      const known = this.#samples.get(name);
      this.#samples.set(name, runs && known ? [...known, ...runs] : runs);
      if (runs === null && set.specs.length === 0) this.#failedBefore.add(id);
    }
  }

  /** Seconds of the workload on these statements: medians by calls. Infinite when one fails that did not without new indexes. */
  seconds(set: BuiltSet, statements: readonly string[]): number {
    return statements.reduce((sum, id) => {
      if (this.#failedBefore.has(id)) return sum;
      const runs = this.#samples.get(this.#nameOf(id, set));
      return sum + (runs ? this.callsOf(id) * median(runs) : Number.POSITIVE_INFINITY);
    }, 0);
  }

  /**
   * The same, and what reads take more than without new indexes, beyond the 5 % that none may get slower, many times over: a
   * set that harms ranks behind one that does not, and before one that harms more. For the search; the final comparison is exact.
   */
  ranking(set: BuiltSet, statements: readonly string[], harmCounts = this.harmCounts): number {
    const harm = statements.reduce((sum, id) => {
      const before = this.#writing.has(id) ? null : this.#samples.get(`${id}\n`);
      const after = before && this.#samples.get(this.#nameOf(id, set));
      return before && after ? sum + this.callsOf(id) * Math.max(0, median(after) - (1 + HARM) * median(before)) : sum;
    }, 0);
    return this.seconds(set, statements) + (harm > 0 ? harmCounts * harm : 0);
  }

  /** Reads that rank as harmed with the set, of these statements. */
  harmed(set: BuiltSet, statements: readonly string[]): readonly string[] {
    return statements.filter((id) => this.ranking(set, [id]) > this.seconds(set, [id]));
  }

  /** All that were run, with some of the statements at least. */
  sets(): readonly BuiltSet[] {
    return [...this.#sets.values()];
  }

  /** Median seconds of the statements that were run with the set; null: it failed. */
  medians(set: BuiltSet, statements: readonly string[]): ReadonlyMap<string, number | null> {
    const known = new Map<string, number | null>();
    for (const id of statements) {
      const runs = this.#samples.get(this.#nameOf(id, set));
      if (runs !== undefined) known.set(id, runs && median(runs));
    }
    return known;
  }

  /** Bytes of the set as built; estimated ones where it was not built. */
  bytesOf(set: BuiltSet, estimated: (spec: IndexSpec) => number): number {
    return set.specs.reduce((sum, spec) => sum + (this.bytes.get(keyOf(spec)) ?? estimated(spec)), 0);
  }

  /** Fresh runs of the sets in turns, so that whatever else the machine does falls on all of them alike. */
  async sideBySide(sets: readonly BuiltSet[], statements: readonly string[], rounds: number): Promise<SideBySide> {
    if (statements.length === 0) return sets.map(() => new Map());
    const specs = sets.map((set) => this.#onTablesOf(statements, set));
    if (this.#bench.compare) {
      const measured = await this.#bench.compare(specs, statements, rounds);
      for (const [i, one] of measured.entries()) this.#keep(one, specs[i]!);
      this.measurements += sets.length * statements.length * rounds;
      return measured.map((one) => new Map(statements.map((id) => [id, runsOf(one, id)])));
    }
    const collected = sets.map(() => new Map<string, readonly number[] | null>(statements.map((id) => [id, []])));
    const order = sets.map((_, i) => i);
    for (let done = 0; done < rounds; ) {
      // A bench that gives medians only must be asked run by run.
      const turn = this.#singleRuns === false ? 1 : Math.min(rounds - done, Math.ceil(rounds / TURNS));
      for (const i of order) {
        const measured = await this.#measure(specs[i]!, statements, turn);
        for (const [id, known] of collected[i]!) {
          const runs = runsOf(measured, id);
          collected[i]!.set(id, runs && known ? [...known, ...runs] : null);
        }
      }
      order.reverse();
      done += turn;
    }
    return collected;
  }

  async #measure(specs: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    const measured = await this.#bench.measure(specs, statements, rounds);
    this.#singleRuns ??= measured.samples !== undefined;
    this.measurements += statements.length * rounds;
    this.#keep(measured, specs);
    return measured;
  }

  #keep({ bytes, atLeast }: Measured, specs: readonly IndexSpec[]): void {
    for (const [key, value] of bytes) this.bytes.set(key, value);
    if (specs.length === 0) for (const id of atLeast ?? []) this.givenUp.add(id);
  }

  /** Only what these statements can meet: there is no need to build the rest. */
  #onTablesOf(statements: readonly string[], { specs }: BuiltSet): readonly IndexSpec[] {
    const tables = new Set(statements.flatMap((id) => [...this.#tables.get(id)!]));
    return specs.filter(({ table }) => tables.has(table));
  }

  #nameOf(statement: string, set: BuiltSet): string {
    return `${statement}\n${builtSet(this.#onTablesOf([statement], set)).name}`;
  }
}

function runsOf({ seconds, samples }: Measured, id: string): readonly number[] | null {
  const middle = seconds.get(id);
  if (middle === undefined || middle === null) return null;
  const single = samples?.get(id);
  return single && single.length > 0 ? single : [middle];
}
