import { printable } from '../../../errors.ts';
import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import type { SqliteConnection } from '../connection.ts';
import type { Copies } from '../copy.ts';
import { parsePlan, planText } from '../eqp.ts';
import { quoteIdentifier } from '../identifiers.ts';
import type { TimedQuery } from '../query-protocol.ts';
import type { BenchOptions, BenchStatement } from './bench-statement.ts';
import { keep, limitOfRun, nameOf, planKey, type StatementTrial, type Times, trialOf } from './bench-times.ts';
import type { SqliteWhatIf } from './clone.ts';
import { type Builds, CopyIndexes } from './copy-indexes.ts';
import type { CopySettings } from './copy-settings.ts';
import { Deadline } from './deadline.ts';
import { KnownTimes } from './known-times.ts';
import { FAR_APART, pairsNeeded, planPairs, SHORT, saysEnough } from './pairs.ts';
import { effortFor, inTurn, roundsOf } from './rounds.ts';

/** Pairs for dropping an existing index: more than the rank test needs. */
const DROP_PAIRS = 10;
/** Of the time that is left, what one comparison may take: others come after it. */
const SHARE_OF_LEFT = 0.2;
/** A statement that takes longer is not run a second time to be sure of how it is now. Seconds. */
const LONG = 0.5;

/** So few rounds are answered from what is known, where the planner's clone knows the plans: nothing is built for them. */
const GLANCE = 3;

type Timed = TimedQuery | 'timeout' | null;

/**
 * The advisor's bench on private copies: indexes are built there and statements are run with their sampled parameters. A read
 * is timed once for each plan that it gets, because a plan with the same indexes takes the same time whatever else was built; writes once for
 * each set of indexes on their tables. Two sets that are compared stand on two copies, and statements run on both in turns.
 */
export class SqliteBench implements Bench {
  readonly #connection: SqliteConnection;
  readonly #statements: ReadonlyMap<string, BenchStatement>;
  readonly #copies: Copies;
  readonly #builds: Builds;
  readonly #base: CopyIndexes;
  readonly #trial: CopyIndexes;
  readonly #other: CopyIndexes;
  readonly #whatIf: Pick<SqliteWhatIf, 'planTexts' | 'learn'>;
  readonly #signal: AbortSignal;
  /** Until when statements are run. */
  readonly deadline: Deadline;
  #isProving = false;
  readonly #settings: CopySettings;
  readonly #plans = new Map<string, string | null>();
  readonly #times = new KnownTimes();
  /** Rounds given out already, by statement and the indexes on its tables. */
  readonly #given = new Map<string, number>();
  readonly #trials = new Map<string, StatementTrial>();

  constructor(
    connection: SqliteConnection,
    copies: Copies,
    statements: readonly BenchStatement[],
    { nameOf, seconds, signal, whatIf, settings }: BenchOptions,
  ) {
    this.deadline = new Deadline(seconds);
    this.#settings = settings;
    this.#connection = connection;
    this.#copies = copies;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#whatIf = whatIf;
    const analysed: Builds['analysed'] = (spec, stat) => whatIf.learn(spec, stat);
    const [times, bytes, failures] = [new Map<string, number>(), new Map<string, number>(), new Map<string, string>()];
    this.#builds = { connection, nameOf, signal, deadline: this.deadline, seconds: times, bytes, failures, analysed };
    // Nothing is ever built on it.
    this.#base = new CopyIndexes(copies.base, this.#builds, () => {}, false);
    this.#trial = new CopyIndexes(copies.trial, this.#builds, () => copies.restore(), copies.changed);
    this.#other = new CopyIndexes(copies.other, this.#builds, () => copies.restore(copies.other), true);
    this.#signal = signal;
  }

  async measure(indexes: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    const seconds = new Map<string, number | null>();
    const samples = new Map<string, readonly number[]>();
    const known = indexes.length > 0 && rounds <= GLANCE ? await this.#glance(indexes, statements) : null;
    if (known) {
      for (const [id, times] of known) keep(id, times && inTurn(times.samples, 0, rounds), seconds, samples);
      return { seconds, samples, bytes: this.#builds.bytes };
    }
    const copy = await this.#standing(indexes, this.#nearest(indexes), statements);
    for (const id of statements) {
      const statement = copy && this.#statements.get(id);
      const base = statement && (await this.#known(this.#base, [], statement, 1));
      const name = this.#nameOf(id, indexes);
      const from = this.#given.get(name) ?? 0;
      const times = statement && base ? await this.#known(copy!, indexes, statement, from + rounds) : null;
      if (times) this.#given.set(name, from + rounds);
      keep(id, times && inTurn(times.samples, from, rounds), seconds, samples);
      if (base && times && indexes.length > 0 && !this.#trials.has(name)) this.#trials.set(name, trialOf(base, times));
    }
    return { seconds, samples, bytes: this.#builds.bytes };
  }

  /** Two sets stand on two copies; further ones are measured alone. */
  async compare(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]> {
    const [a, b] = sets;
    // What was kept for the proof is there once the search is over, and the last of it for all indexes beside none.
    if (!this.#isProving || (a?.length === 0 && this.deadline.isShort)) this.deadline.release();
    this.#isProving = true;
    if (!a || !b || sets.length > 2) {
      const alone: Measured[] = [];
      for (const set of sets) alone.push(await this.measure(set, statements, rounds));
      return alone;
    }
    const swap = this.#trial.missing(a) + this.#other.missing(b) < this.#other.missing(a) + this.#trial.missing(b);
    const copyA = await this.#standing(a, swap ? this.#trial : this.#other, statements);
    const copyB = copyA && (await this.#standing(b, swap ? this.#other : this.#trial, statements));
    const results = [a, b].map(() => ({
      seconds: new Map<string, number | null>(),
      samples: new Map<string, readonly number[]>(),
    }));
    const until = new Deadline(SHARE_OF_LEFT * this.deadline.left);
    for (const [i, id] of statements.entries()) {
      const share = { rounds, allowed: until.left / (statements.length - i) };
      const [timesA, timesB] =
        copyA && copyB
          ? await this.#inTurns({ copy: copyA, indexes: a }, { copy: copyB, indexes: b }, id, share)
          : ([null, null] as const);
      for (const [i, times] of [timesA, timesB].entries()) {
        keep(id, times && inTurn(times.samples, 0, rounds), results[i]!.seconds, results[i]!.samples);
      }
      if (a.length > 0 || !timesA || !timesB) continue;
      this.#trials.set(this.#nameOf(id, b), trialOf(timesA, timesB));
    }
    return results.map((result) => ({ ...result, bytes: this.#builds.bytes }));
  }

  /** Without the existing indexes of these names; the statements whose plans change, paired with how it is now. */
  async withoutIndexes(
    names: readonly string[],
    statements: readonly string[],
  ): Promise<ReadonlyMap<string, StatementTrial | null>> {
    this.#copies.changed = true;
    await this.#trial.arrange([]);
    const dropped =
      !this.deadline.isOver && (await this.#trial.change(names.map((name) => `DROP INDEX ${quoteIdentifier(name)}`)));
    const trials = new Map<string, StatementTrial | null>();
    for (const id of statements) trials.set(id, dropped ? await this.#dropTrial(id) : null);
    await this.#trial.restore();
    return trials;
  }

  /** What pairs with exactly these indexes showed, null when the statement was not measured with them or failed. */
  trialOf(indexes: readonly IndexSpec[], statement: string): StatementTrial | null {
    return this.#trials.get(this.#nameOf(statement, indexes)) ?? null;
  }

  buildSecondsOf(spec: IndexSpec): number | null {
    return this.#builds.seconds.get(keyOf(spec)) ?? null;
  }

  /** Bytes of an index that was built. */
  bytesOf(spec: IndexSpec): number | null {
    return this.#builds.bytes.get(keyOf(spec)) ?? null;
  }

  /** Why a statement (by id) or an index (by key) could not be measured. */
  failures(): ReadonlyMap<string, string> {
    return this.#builds.failures;
  }

  /** Takes the indexes off the copy again, for whoever uses it next. */
  async close(): Promise<void> {
    if (!this.#copies.changed) return;
    await this.#trial.arrange([]);
    this.#copies.changed = false;
  }

  /** A copy that has exactly these on the statements' tables: the base, or the given one. Null: there was no time to build them. */
  async #standing(
    indexes: readonly IndexSpec[],
    copy: CopyIndexes,
    statements: readonly string[],
  ): Promise<CopyIndexes | null> {
    if (indexes.length === 0) return this.#base;
    if (copy === this.#trial) this.#copies.changed = true;
    const tables = statements.flatMap((id) => this.#statements.get(id)?.tables ?? []);
    return (await copy.arrange(indexes, new Set(tables.map((table) => table.toLowerCase())))) ? copy : null;
  }

  /** Where less has to be built; the second copy only once it is there. */
  #nearest(indexes: readonly IndexSpec[]): CopyIndexes {
    const other = this.#other;
    return other.isReady && other.missing(indexes) < this.#trial.missing(indexes) ? other : this.#trial;
  }

  #nameOf(id: string, indexes: readonly IndexSpec[]): string {
    return nameOf(id, this.#statements.get(id)?.tables ?? [], indexes);
  }

  /** Times of all of these with the indexes, as far as the plans that the clone gives were timed before; null: some were not. */
  async #glance(
    indexes: readonly IndexSpec[],
    statements: readonly string[],
  ): Promise<ReadonlyMap<string, Times | null> | null> {
    const asked = statements.filter((id) => {
      const statement = this.#statements.get(id);
      return statement && !statement.writes && !this.#plans.has(this.#nameOf(id, indexes));
    });
    const texts = await this.#whatIf.planTexts(indexes, asked, this.#builds.nameOf);
    const known = new Map<string, Times | null>();
    for (const id of statements) {
      const name = this.#nameOf(id, indexes);
      const text = texts.get(id);
      const plan = this.#plans.get(name) ?? (text === undefined || text === null ? null : planKey(id, text));
      const times = this.#statements.get(id)?.writes ? this.#times.like(id, name) : this.#times.get(plan ?? '');
      if (times === undefined && this.#statements.has(id)) return null;
      known.set(id, times ?? null);
    }
    return known;
  }

  /** What its time depends on; null when the statement cannot be run there. */
  async #planOn(copy: CopyIndexes, indexes: readonly IndexSpec[], statement: BenchStatement): Promise<string | null> {
    const name = this.#nameOf(statement.id, indexes);
    if (statement.writes) {
      this.#times.name(statement.id, name);
      return name;
    }
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const answer = await this.#run(statement, [copy.path], 0, this.#connection.options.queryTimeout);
    const text = answer && answer !== 'timeout' ? planText(parsePlan(answer.plans[0] ?? [])) : null;
    const plan = text === null ? null : planKey(statement.id, text);
    if (plan !== null || !this.deadline.isOver) this.#plans.set(name, plan);
    return plan;
  }

  /** All rounds there are: as many as wanted, fewer of a long statement. */
  async #known(
    copy: CopyIndexes,
    indexes: readonly IndexSpec[],
    statement: BenchStatement,
    wanted: number,
  ): Promise<Times | null> {
    const plan = await this.#planOn(copy, indexes, statement);
    if (plan === null) return null;
    let times = this.#times.get(plan);
    if (times === undefined) {
      times = await this.#first(copy, statement);
      // Out of time is no property of the statement.
      if (times === null && this.deadline.isOver) return null;
      this.#times.set(statement.id, plan, times);
    }
    if (times === null || times.capped) return times;
    const sets = Math.max(1, statement.params.length);
    const effort = effortFor(wanted, median(times.samples), sets);
    // A long one averages the machine's noise by itself: once is enough for a glance.
    const enough = wanted <= GLANCE && median(times.samples) * sets > SHORT ? 1 : effort.rounds;
    const more = enough - times.samples.length;
    if (more <= 0) return times;
    const runs = more * effort.repeats;
    const answer = await this.#run(statement, [copy.path], runs * sets, this.#limitOf(statement, runs * sets));
    if (answer && answer !== 'timeout') times.samples.push(...roundsOf(answer.durations[0]!, sets, effort.repeats));
    return times;
  }

  /** Warms the caches; the second round counts, or the first of a statement that takes long. */
  async #first(copy: CopyIndexes, statement: BenchStatement): Promise<Times | null> {
    const sets = Math.max(1, statement.params.length);
    const limit = this.#limitOf(statement, 1);
    const warm = await this.#run(statement, [copy.path], sets, limit * sets);
    if (warm === 'timeout') return { samples: [limit], capped: true };
    if (!warm) return null;
    const [first] = roundsOf(warm.durations[0]!, sets, 1);
    // One that is much worse need not be known any better.
    const base = this.#baseOf(statement);
    const worse = base !== null && first! > FAR_APART * median(base.samples);
    // What everything is compared with must not be a first run, which reads from the disk.
    const isBase = copy === this.#base && first! * sets < LONG;
    if (first! * sets > SHORT && (!isBase || worse)) return { samples: [first!], capped: worse };
    const { repeats } = effortFor(1, first!, sets);
    const again = await this.#run(statement, [copy.path], repeats * sets, limit * repeats * sets);
    if (!again || again === 'timeout') return null;
    return { samples: [...roundsOf(again.durations[0]!, sets, repeats)], capped: false };
  }

  /** Seconds for so many runs: less where it is known how long the statement takes without new indexes. */
  #limitOf(statement: BenchStatement, runs: number): number {
    const { queryTimeout } = this.#connection.options;
    const each = limitOfRun(queryTimeout, this.#baseOf(statement), this.#times.bestOf(statement.id));
    return each * Math.max(1, runs);
  }

  /** Null: not known yet, or it fails. */
  #baseOf(statement: BenchStatement): Times | null {
    const name = this.#nameOf(statement.id, []);
    return this.#times.get(statement.writes ? name : (this.#plans.get(name) ?? '')) ?? null;
  }

  /** Runs on both copies in turns where they may differ by little; where the plans are the same, one time for both. */
  async #inTurns(
    a: { readonly copy: CopyIndexes; readonly indexes: readonly IndexSpec[] },
    b: { readonly copy: CopyIndexes; readonly indexes: readonly IndexSpec[] },
    id: string,
    { rounds, allowed }: { readonly rounds: number; readonly allowed: number },
  ): Promise<readonly [Times | null, Times | null]> {
    const statement = this.#statements.get(id);
    if (!statement) return [null, null];
    await this.#known(this.#base, [], statement, 1);
    const timesA = await this.#known(a.copy, a.indexes, statement, 1);
    const timesB = await this.#known(b.copy, b.indexes, statement, 1);
    // One of two that there was no time for says nothing about the other.
    if (!timesA || !timesB) return this.deadline.isOver ? [null, null] : [timesA, timesB];
    if (timesA === timesB) return [timesA, timesB];
    const sets = Math.max(1, statement.params.length);
    if (!pairsNeeded(timesA, timesB, sets)) {
      const first = await this.#known(a.copy, a.indexes, statement, rounds);
      return [first, await this.#known(b.copy, b.indexes, statement, rounds)];
    }
    const plan = planPairs(rounds, timesA, timesB, { sets, allowed });
    const runs = plan.rounds * plan.repeats * plan.sets;
    const both = await this.#run(statement, [a.copy.path, b.copy.path], runs, plan.limit);
    if (both === null && this.deadline.isOver) return [null, null];
    if (!both || both === 'timeout') return [timesA, timesB];
    const [first, second] = both.durations.map((durations): Times => {
      return { samples: [...roundsOf(durations, plan.sets, plan.repeats)], capped: false };
    });
    // So few that the difference may be chance: then none is known.
    return saysEnough(first!.samples, second!.samples) ? [first!, second!] : [timesA, timesA];
  }

  async #dropTrial(id: string): Promise<StatementTrial | null> {
    const statement = this.#statements.get(id);
    const base = statement && (await this.#known(this.#base, [], statement, 1));
    if (!statement || !base || base.capped) return null;
    const both = [this.#copies.base, this.#copies.trial];
    const sets = Math.max(1, statement.params.length);
    if (!statement.writes) {
      const plans = await this.#run(statement, both, 0, this.#connection.options.queryTimeout);
      if (!plans || plans === 'timeout') return null;
      const [before, after] = plans.plans.map((plan) => planText(parsePlan(plan)));
      if (before === after) return trialOf(base, base);
    }
    const warm = await this.#run(statement, both, sets, 2 * this.#limitOf(statement, sets));
    const runs = DROP_PAIRS * sets;
    const pairs =
      warm && warm !== 'timeout' ? await this.#run(statement, both, runs, 2 * this.#limitOf(statement, runs)) : null;
    if (!pairs || pairs === 'timeout') return null;
    const [before, after] = pairs.durations.map((durations) => [...roundsOf(durations, sets, 1)]);
    return trialOf({ samples: before!, capped: false }, { samples: after!, capped: false });
  }

  /** So many runs on each copy, the sets of parameters and the copies in turns; 0: its plans only. */
  async #run(
    { id, sql, params, writes }: BenchStatement,
    databases: readonly string[],
    runs: number,
    limit: number,
  ): Promise<Timed> {
    const late = () => {
      this.#builds.failures.set(id, 'there was no time left to measure it');
      return null;
    };
    if (this.deadline.isOver) return late();
    const runner = this.#connection.runner();
    const rounds = { least: runs, most: runs };
    const request = { databases, sql, params, rounds, budgetSeconds: 0, settings: this.#settings };
    const most = Math.min(limit, this.deadline.left);
    const result = writes
      ? await runner.timeWrites(request, most, this.#signal)
      : await runner.time(request, most, this.#signal);
    if ('failure' in result) {
      // Out of time is no property of the statement.
      if (result.failure === 'timeout' && most < limit) return late();
      this.#builds.failures.set(id, printable(result.why));
      return result.failure === 'timeout' ? 'timeout' : null;
    }
    if (result.answer.refused === null) return result.answer;
    this.#builds.failures.set(id, printable(result.answer.refused));
    return null;
  }
}
