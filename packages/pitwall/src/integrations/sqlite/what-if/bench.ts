import { printable } from '../../../errors.ts';
import type { EffectMeasured } from '../../../model/database.ts';
import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import type { SqliteConnection } from '../connection.ts';
import type { Copies } from '../copy.ts';
import { definitionOf } from '../definition.ts';
import { parsePlan, planText } from '../eqp.ts';
import { createIndexSql, quoteIdentifier } from '../identifiers.ts';
import { analyzeIndexSql, hasStatistics } from '../index-statistics.ts';
import type { QueryParameters } from '../options.ts';
import { pairedRatio } from '../paired.ts';
import type { TimedQuery } from '../query-protocol.ts';

export interface BenchStatement {
  readonly id: string;
  readonly sql: string;
  /** Of real calls, used in turn; empty: it has no parameters. */
  readonly params: readonly QueryParameters[];
  readonly writes: boolean;
}

/** Runs of a statement as the database is, and the seconds for them. */
const LEAST_RUNS = 3;
const MOST_RUNS = 24;
const BASE_BUDGET = 0.15;
/** Pairs for dropping an existing index: 6 are the fewest that can give a 95 % interval of the rank test (2 ÷ 2⁶ = 3 %). */
const DROP_PAIRS = 10;
/** Seconds that building one index may take on the copy. */
const BUILD_LIMIT = 300;

/** What was seen of one statement with one set of indexes. */
export interface StatementTrial extends EffectMeasured {
  /** False: the plan is the same as without them, so it was not timed. */
  readonly planChanged: boolean;
  /** Of the single pairs. */
  readonly ratios: readonly number[];
}

/**
 * The advisor's bench on the two copies: indexes are built on one, the other stays as it is, and every time is that of a
 * statement on both, alternately, with the sampled parameters in turn. A time with some set of indexes is the base's time by
 * the ratio of the pairs, so that sets that were measured minutes apart compare.
 */
export class SqliteBench implements Bench {
  readonly #connection: SqliteConnection;
  readonly #copies: Copies;
  readonly #statements: ReadonlyMap<string, BenchStatement>;
  readonly #nameOf: (spec: IndexSpec) => string;
  readonly #signal: AbortSignal;
  readonly #until: number;
  /** Built now, by key. */
  readonly #built = new Map<string, { readonly name: string; readonly bytes: number; readonly seconds: number }>();
  readonly #dropped: string[] = [];
  readonly #bases = new Map<string, number | null>();
  readonly #trials = new Map<string, StatementTrial>();
  readonly #failures = new Map<string, string>();
  /** Statements that are not done within `queryTimeout` without new indexes. */
  readonly #endless = new Set<string>();
  readonly #buildSeconds = new Map<string, number>();

  /** `seconds`: for everything; what is asked later fails. `nameOf`: what the index will be called in place. */
  constructor(
    connection: SqliteConnection,
    copies: Copies,
    statements: readonly BenchStatement[],
    nameOf: (spec: IndexSpec) => string,
    seconds: number,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#copies = copies;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#nameOf = nameOf;
    this.#until = performance.now() + seconds * 1000;
    this.#signal = signal;
  }

  async measure(indexes: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    await this.#arrange(indexes);
    const seconds = new Map<string, number | null>();
    const samples = new Map<string, readonly number[]>();
    for (const id of statements) {
      const base = await this.#base(id);
      const trial = base === null || indexes.length === 0 ? null : await this.#trial(setKey(indexes), id, rounds);
      const ratios = indexes.length === 0 ? Array.from({ length: rounds }, () => 1) : (trial?.ratios ?? []);
      if (base === null || ratios.length === 0) {
        seconds.set(id, null);
        continue;
      }
      samples.set(
        id,
        ratios.map((ratio) => base * ratio),
      );
      seconds.set(id, base * median(ratios));
    }
    const bytes = new Map([...this.#built].map(([key, built]) => [key, built.bytes]));
    return { seconds, samples, bytes };
  }

  /** One after the other: each is paired with the base in the same moments, which is what makes them comparable. */
  async compare(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]> {
    const measured: Measured[] = [];
    for (const set of sets) measured.push(await this.measure(set, statements, rounds));
    return measured;
  }

  /** Without the existing indexes of these names; the statements whose plans change, paired with how it is now. */
  async withoutIndexes(
    names: readonly string[],
    statements: readonly string[],
  ): Promise<ReadonlyMap<string, StatementTrial | null>> {
    await this.#arrange([]);
    await this.#change(names.map((name) => `DROP INDEX ${quoteIdentifier(name)}`));
    this.#dropped.push(...names);
    const trials = new Map<string, StatementTrial | null>();
    const set = JSON.stringify(['dropped', ...names]);
    for (const id of statements) trials.set(id, await this.#trial(set, id, DROP_PAIRS));
    await this.#restore();
    return trials;
  }

  /** What pairs with exactly these indexes showed, null when the statement was not measured with them or failed. */
  trialOf(indexes: readonly IndexSpec[], statement: string): StatementTrial | null {
    return this.#trials.get(trialKey(setKey(indexes), statement)) ?? null;
  }

  buildSecondsOf(spec: IndexSpec): number | null {
    return this.#buildSeconds.get(keyOf(spec)) ?? null;
  }

  /** Why a statement (by id) or an index (by key) could not be measured. */
  failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** Takes the indexes off the copy again, for whoever uses it next. */
  async close(): Promise<void> {
    if (this.#dropped.length > 0) await this.#restore();
    else await this.#arrange([]);
  }

  async #arrange(indexes: readonly IndexSpec[]): Promise<void> {
    if (this.#copies.changed && this.#built.size === 0) await this.#restore();
    const wanted = new Set(indexes.map(keyOf));
    this.#copies.changed = true;
    const gone = [...this.#built].filter(([key]) => !wanted.has(key));
    await this.#change(gone.map(([, { name }]) => `DROP INDEX ${quoteIdentifier(name)}`));
    for (const [key] of gone) this.#built.delete(key);
    for (const spec of indexes) {
      const key = keyOf(spec);
      if (this.#built.has(key) || this.#failures.has(key)) continue;
      const name = this.#nameOf(spec);
      const analysed = hasStatistics(this.#connection.reader());
      const built = await this.#connection
        .runner()
        .changeCopy(
          this.#copies.trial,
          [createIndexSql(name, definitionOf(spec)), ...(analysed ? analyzeIndexSql(name) : [])],
          BUILD_LIMIT,
          this.#signal,
        );
      if ('failure' in built) {
        this.#failures.set(key, printable(built.why));
        // Killed in the middle, the copy may be anything.
        await this.#restore();
        return this.#arrange(indexes);
      }
      this.#buildSeconds.set(key, built.answer.seconds);
      this.#built.set(key, { name, bytes: await this.#bytesOf(name), seconds: built.answer.seconds });
    }
    if (this.#built.size === 0) this.#copies.changed = false;
  }

  async #change(statements: readonly string[]): Promise<void> {
    if (statements.length === 0) return;
    this.#copies.changed = true;
    const changed = await this.#connection
      .runner()
      .changeCopy(this.#copies.trial, statements, BUILD_LIMIT, this.#signal);
    if ('failure' in changed) await this.#restore();
  }

  async #restore(): Promise<void> {
    // Ends the process, and with it its handles on the file that is replaced.
    await this.#connection.runner().close();
    this.#copies.restore();
    this.#built.clear();
    this.#dropped.length = 0;
  }

  /** Seconds of a call as the database is: `queryTimeout` when it is not done by then, null when it failed. */
  async #base(id: string): Promise<number | null> {
    const known = this.#bases.get(id);
    if (known !== undefined) return known;
    const seconds = await this.#timeBase(id);
    this.#bases.set(id, seconds);
    return seconds;
  }

  async #timeBase(id: string): Promise<number | null> {
    const statement = this.#statements.get(id);
    if (!statement) return null;
    // The first run warms the cache.
    const first = await this.#run(statement, [this.#copies.base], 1, 1, 0);
    if (first === 'timeout') {
      this.#endless.add(id);
      return this.#connection.options.queryTimeout;
    }
    const runs = first && (await this.#run(statement, [this.#copies.base], LEAST_RUNS, MOST_RUNS, BASE_BUDGET));
    return runs && runs !== 'timeout' ? perCall(runs.durations[0] ?? [], statement.params.length) : null;
  }

  /** `rounds` fresh pairs; null when it failed with these indexes. */
  async #trial(set: string, id: string, rounds: number): Promise<StatementTrial | null> {
    const statement = this.#statements.get(id);
    const base = await this.#base(id);
    if (!statement || base === null) return null;
    const trial =
      (await this.#samePlan(statement, base, rounds)) ??
      (this.#endless.has(id)
        ? await this.#againstLimit(statement, base, rounds)
        : await this.#pairs(statement, rounds));
    if (trial) this.#trials.set(trialKey(set, id), trial);
    return trial;
  }

  /** A read whose plan is the same takes the same time: null when it is another one, or it writes. */
  async #samePlan(statement: BenchStatement, base: number, rounds: number): Promise<StatementTrial | null> {
    if (statement.writes) return null;
    const plans = await this.#run(statement, [this.#copies.base, this.#copies.trial], 0, 0, 0);
    if (!plans || plans === 'timeout') return null;
    const [before, after] = plans.plans.map((plan) => planText(parsePlan(plan)));
    if (before !== after) return null;
    const ratios = Array.from({ length: rounds }, () => 1);
    return { before: base, after: base, ratio: 1, interval: [1, 1], rounds: 0, planChanged: false, ratios };
  }

  async #pairs(statement: BenchStatement, rounds: number): Promise<StatementTrial | null> {
    const both = [this.#copies.base, this.#copies.trial];
    // One run on each warms both caches; the pairs count.
    const warm = await this.#run(statement, both, 1, 1, 0);
    const pairs = warm && warm !== 'timeout' ? await this.#run(statement, both, rounds, rounds, 0) : null;
    if (!pairs || pairs === 'timeout') return null;
    const [without = [], withThem = []] = pairs.durations.map((runs) => runs.map((duration) => duration / 1e9));
    const ratios = without.map((value, i) => withThem[i]! / value);
    return { ...pairedRatio(without, withThem), rounds: without.length, planChanged: true, ratios };
  }

  /** Without the indexes it was given up on, so it takes at least the limit, and this is the most that the ratio can be. */
  async #againstLimit(statement: BenchStatement, limit: number, rounds: number): Promise<StatementTrial | null> {
    const runs = await this.#run(statement, [this.#copies.trial], 1, rounds, BASE_BUDGET);
    if (runs === null) return null;
    const times = runs === 'timeout' ? [limit] : (runs.durations[0] ?? []).map((duration) => duration / 1e9);
    const after = median(times);
    const ratios = Array.from({ length: rounds }, (_, i) => (times[i % times.length] ?? limit) / limit);
    const ratio = after / limit;
    return {
      before: limit,
      after,
      ratio,
      interval: [Math.min(...ratios), Math.max(...ratios)],
      rounds: 1,
      planChanged: true,
      ratios,
    };
  }

  async #run(
    { id, sql, params, writes }: BenchStatement,
    databases: readonly string[],
    least: number,
    most: number,
    budgetSeconds: number,
  ): Promise<TimedQuery | 'timeout' | null> {
    if (performance.now() > this.#until) {
      this.#failures.set(id, 'there was no time left to measure it');
      return null;
    }
    const runner = this.#connection.runner();
    const request = { databases, sql, params, rounds: { least, most: Math.max(least, most) }, budgetSeconds };
    const limit = this.#connection.options.queryTimeout * Math.max(1, least) + budgetSeconds;
    const result = writes
      ? await runner.timeWrites(request, limit, this.#signal)
      : await runner.time(request, limit, this.#signal);
    if ('failure' in result) {
      this.#failures.set(id, printable(result.why));
      return result.failure === 'timeout' ? 'timeout' : null;
    }
    if (result.answer.refused === null) return result.answer;
    this.#failures.set(id, printable(result.answer.refused));
    return null;
  }

  async #bytesOf(index: string): Promise<number> {
    const sql = 'SELECT pgsize FROM dbstat WHERE name = ? AND aggregate = TRUE';
    const request = { database: this.#copies.trial, sql, params: [index], limit: 1 };
    const result = await this.#connection.runner().rows(request, 30, this.#signal);
    return 'answer' in result ? Number(result.answer.rows[0]?.pgsize ?? 0) : 0;
  }
}

function setKey(indexes: readonly IndexSpec[]): string {
  return JSON.stringify(indexes.map(keyOf).sort());
}

function trialKey(set: string, statement: string): string {
  return JSON.stringify([set, statement]);
}

/** Seconds: the median of each parameter set, and of these the mean, because a workload pays for the rare slow ones too. */
function perCall(durations: readonly number[], sets: number): number {
  const groups = Math.max(1, sets);
  const medians = Array.from({ length: groups }, (_, set) => durations.filter((_, i) => i % groups === set))
    .filter((runs) => runs.length > 0)
    .map((runs) => median(runs) / 1e9);
  return medians.reduce((sum, value) => sum + value, 0) / Math.max(1, medians.length);
}
