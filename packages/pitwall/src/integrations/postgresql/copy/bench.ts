import { createHash } from 'node:crypto';
import { median } from '../../../stats/quantile.ts';
import { keyOf } from '../../_sql/advisor/key-of.ts';
import type { Bench, IndexSpec, Measured } from '../../_sql/advisor/problem.ts';
import { withCasts } from '../parse/typed-parameters.ts';
import { whyNotRun } from '../side-effects.ts';
import type { PlannedStatement } from '../what-if/planner.ts';
import type { BuiltIndexes } from './built-indexes.ts';
import { whyTooLarge } from './large-write.ts';

/**
 * Seconds for one run of one statement. One that takes longer counts as so long, so that what is given up is still worth an index;
 * with new indexes it is given up after so many times what it took without them: it need not be known any better.
 */
const RUN_LIMIT = 30;
const SLOWER = 2;
const GIVEN_UP = 0.5;
/** Seconds after which a comparison makes no more rounds than an interval needs. */
const COMPARISON_LIMIT = 90;
const FEWEST_ROUNDS = 6;

/** Seconds after which a comparison begins no more runs, all that was measured before counted: what is missing then is said. */
const ALL_LIMIT = 360;
const OVER = `measuring may take ${ALL_LIMIT} s in all, and they were over`;

/** Seconds of a run beside which reading the catalogue is nothing. */
const SHORT = 0.05;
/** A run of so many seconds averages the machine's noise by itself: in the contest it is made once for each call. */
const LONG = 0.25;
/** And in a comparison, where the sets differ by such a factor: what else the machine does never makes so much of it. */
const FAR_APART = 3;
/** Below this many seconds a run is made so often. */
const SHORTEST = 0.001;
const REPEATS = 5;

/**
 * Seconds of planning for an index more on a table, and what runs of some tens of microseconds differ by: measured on PostgreSQL 15,
 * a row by its key takes 30 to 60 µs with its planning, and 3 to 6 more for each index of the table.
 */
const SLACK = 20e-6;

/** SQLSTATE query_canceled: statement_timeout, as nobody else cancels what runs on a copy of ours. */
const TIMEOUT = '57014';

/** What is known of one set in a comparison, by statement: seconds of its runs, and the plan of each call. */
interface Turn {
  readonly runs: Map<string, readonly number[]>;
  readonly plans: Map<string, readonly (string | null)[]>;
}

interface Round {
  readonly round: number;
  /** Indexes that are there. */
  readonly set: readonly IndexSpec[];
  /** Statements that all sets plan alike. */
  readonly same: ReadonlySet<string>;
  /** Statements that need no further runs. */
  readonly apart: ReadonlySet<string>;
  /** Runs made in this round, by statement and plan. */
  readonly shared: Map<string, number>;
}

interface Call {
  readonly text: string;
  readonly params: readonly unknown[];
}

/**
 * Runs statements on a copy as the server's executor does, timed by the server itself, so that nothing but its own work counts.
 * Writes are rolled back. Sets of indexes take turns within each round, in an order that changes. A read that is planned alike
 * with two sets is run once for both.
 */
export class CopyBench implements Bench {
  readonly slack = SLACK;
  readonly #indexes: BuiltIndexes;
  readonly #statements: ReadonlyMap<string, PlannedStatement>;
  readonly #signal: AbortSignal;
  readonly #calls = new Map<string, readonly Call[]>();
  readonly #failures = new Map<string, string>();
  /** Statements that write. */
  readonly #writes = new Set<string>();
  /** Of sets of indexes: their numbers; hash of a plan by statement, call and set; runs by statement, call and plan. */
  readonly #sets = new Map<string, number>();
  readonly #plans = new Map<string, string>();
  readonly #runs = new Map<string, readonly number[]>();
  /** Seconds that a call takes without new indexes, by statement and call. */
  readonly #without = new Map<string, number>();
  /** Calls that were given up, named as runs are: the seconds that they were given. */
  readonly #givenUp = new Map<string, number>();
  readonly #until: number;
  /** Runs that were asked for, by statement and set. */
  readonly #asked = new Map<string, number>();

  /** @param limit seconds in which all comparisons have to be made */
  constructor(
    indexes: BuiltIndexes,
    statements: readonly PlannedStatement[],
    signal: AbortSignal,
    limit: number = ALL_LIMIT,
  ) {
    this.#until = performance.now() + limit * 1000;
    this.#indexes = indexes;
    this.#statements = new Map(statements.map((statement) => [statement.id, statement]));
    this.#signal = signal;
  }

  /** Why statements were not run, by id. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** Reads whose plan was run before, with whatever set, are not run again: sets are told apart by what they change. */
  async measure(indexes: readonly IndexSpec[], statements: readonly string[], rounds: number): Promise<Measured> {
    await this.#indexes.build(indexes);
    const runs = new Map<string, number[]>();
    await this.#indexes.within(indexes, async () => {
      for (const id of statements) runs.set(id, await this.#runsOf(id, indexes, rounds));
    });
    return this.#measured(indexes, statements, runs);
  }

  async #runsOf(id: string, indexes: readonly IndexSpec[], rounds: number): Promise<number[]> {
    const calls = await this.#callsOf(id);
    const name = `${id} ${this.#numberOf(indexes)}`;
    // Whoever asks again wants more runs, not the same ones.
    const from = this.#asked.get(name) ?? 0;
    this.#asked.set(name, from + rounds);
    const runs: number[] = [];
    for (let round = from; round < from + rounds && calls.length > 0; round++) {
      this.#signal.throwIfAborted();
      const at = round % calls.length;
      const plan = await this.#planOf(id, at, indexes);
      const known = plan === null ? [] : (this.#runs.get(`${id} ${at} ${plan}`) ?? []);
      const nth = Math.floor(round / calls.length);
      const first = known[0] !== undefined && known[0] >= LONG ? known[0] : undefined;
      const run = known[nth] ?? first ?? (await this.#once({ id, at, plan, set: indexes }, (runs.at(-1) ?? 0) < SHORT));
      if (typeof run === 'string') {
        this.#failures.set(id, run);
        break;
      }
      if (plan !== null && known.length === nth) this.#runs.set(`${id} ${at} ${plan}`, [...known, run]);
      runs.push(run);
    }
    return runs;
  }

  async compare(
    sets: readonly (readonly IndexSpec[])[],
    statements: readonly string[],
    rounds: number,
  ): Promise<readonly Measured[]> {
    await this.#indexes.build(sets.flat());
    await this.#indexes.keepOnly(sets.flat());
    const turns = sets.map((): Turn => ({ runs: new Map(), plans: new Map() }));
    for (const [at, { plans }] of turns.entries()) {
      await this.#indexes.within(sets[at]!, async () => {
        for (const id of statements) plans.set(id, await this.#plansOf(id, sets[at]!, rounds));
      });
    }
    const until = performance.now() + COMPARISON_LIMIT * 1000;
    const order = sets.map((_, i) => i);
    const same = new Set(
      statements.filter((id) => turns.length > 1 && isSame(turns.map(({ plans }) => plans.get(id)!))),
    );
    for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < until); round++) {
      /** Runs of this round, by statement and plan: what is planned alike takes the same time, whatever else exists. */
      const shared = new Map<string, number>();
      const apart = new Set(statements.filter((id) => this.#areFarApart(id, turns)));
      for (const at of round % 2 === 0 ? order : order.toReversed()) {
        const set = sets[at]!;
        await this.#indexes.within(set, () => this.#round(statements, { round, set, same, apart, shared }, turns[at]!));
      }
    }
    return sets.map((set, at) => this.#measured(set, statements, turns[at]!.runs));
  }

  /** Long ones that differ by so much in each call that more runs would say nothing new. */
  #areFarApart(id: string, turns: readonly Turn[]): boolean {
    const calls = this.#calls.get(id)?.length ?? 0;
    const runs = turns.map((turn) => turn.runs.get(id) ?? []);
    if (turns.length < 2 || calls === 0 || runs.some(({ length }) => length < calls)) return false;
    return Array.from({ length: calls }, (_, at) => runs.map((of) => of[at]!)).every(
      (each) => Math.max(...each) >= LONG && Math.max(...each) > FAR_APART * Math.min(...each),
    );
  }

  #measured(
    set: readonly IndexSpec[],
    statements: readonly string[],
    samples: ReadonlyMap<string, readonly number[]>,
  ): Measured {
    return {
      seconds: new Map(statements.map((id) => [id, this.#median(id, samples.get(id))])),
      samples,
      bytes: new Map(set.flatMap((spec) => bytesOf(spec, this.#indexes))),
    };
  }

  /** How a read is planned, call by call, within the set; null in the place of what writes, whose cost is not in its plan. */
  async #plansOf(id: string, set: readonly IndexSpec[], rounds: number): Promise<readonly (string | null)[]> {
    const calls = await this.#callsOf(id);
    const plans: (string | null)[] = [];
    for (let at = 0; at < Math.min(rounds, calls.length); at++) plans.push(await this.#planOf(id, at, set));
    return plans;
  }

  async #planOf(id: string, at: number, set: readonly IndexSpec[]): Promise<string | null> {
    if (this.#writes.has(id)) return null;
    const name = `${id} ${at} ${this.#numberOf(set)}`;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    this.#signal.throwIfAborted();
    const { text, params } = this.#calls.get(id)![at]!;
    const told = JSON.stringify(await this.#alone(() => this.#plan('COSTS off, ', text, params)));
    if (told.includes('"ModifyTable"')) {
      this.#writes.add(id);
      return null;
    }
    const plan = createHash('sha256').update(told).digest('base64');
    this.#plans.set(name, plan);
    return plan;
  }

  /** A short name for a set of indexes. */
  #numberOf(set: readonly IndexSpec[]): number {
    const name = set.map(keyOf).sort().join('\n');
    const number = this.#sets.get(name) ?? this.#sets.size;
    this.#sets.set(name, number);
    return number;
  }

  async #round(
    statements: readonly string[],
    { round, set, same, apart, shared }: Round,
    { runs, plans }: Turn,
  ): Promise<void> {
    for (const id of statements) {
      this.#signal.throwIfAborted();
      const calls = await this.#callsOf(id);
      if (calls.length === 0 || this.#failures.has(id)) continue;
      if (performance.now() >= this.#until && !same.has(id)) {
        // With fewer pairs of runs nothing can be said of it.
        if (round < FEWEST_ROUNDS) this.#failures.set(id, OVER);
        continue;
      }
      const at = round % calls.length;
      const before = runs.get(id) ?? [];
      const plan = plans.get(id)![at] ?? null;
      const name = `${id} ${plan}`;
      // Where all sets are alike, what was timed before does: there is nothing to compare.
      const first = same.has(id) ? this.#runs.get(`${id} ${at} ${plan}`)?.[0] : undefined;
      const known = first ?? (apart.has(id) ? before[at] : plan === null ? undefined : shared.get(name));
      const run = known ?? (await this.#once({ id, at, plan, set }, (before.at(-1) ?? 0) < SHORT));
      if (typeof run === 'string') {
        this.#failures.set(id, run);
        continue;
      }
      if (plan !== null) shared.set(name, run);
      if (same.has(id) && first === undefined) this.#runs.set(`${id} ${at} ${plan}`, [run]);
      runs.set(id, [...before, run]);
    }
  }

  /** Seconds of a run, or what the call was given where it takes longer, or why it failed. */
  async #once(
    { id, at, plan, set }: { id: string; at: number; plan: string | null; set: readonly IndexSpec[] },
    isShort: boolean,
  ): Promise<number | string> {
    const name = `${id} ${at} ${plan ?? this.#numberOf(set)}`;
    const given = this.#givenUp.get(name);
    if (given !== undefined) return given;
    const without = this.#without.get(`${id} ${at}`);
    const limit = without === undefined ? RUN_LIMIT : Math.min(RUN_LIMIT, Math.max(GIVEN_UP, SLOWER * without));
    const run = await this.#timed(this.#calls.get(id)![at]!, isShort, limit);
    if (run === 'timeout') this.#givenUp.set(name, limit);
    const seconds = run === 'timeout' ? limit : run;
    if (set.length === 0 && typeof seconds === 'number') this.#without.set(`${id} ${at}`, seconds);
    return seconds;
  }

  /**
   * Whoever dropped an index reads the catalogue anew: that is not what is measured, and matters to short statements only. The
   * shortest are run several times, because one stall is as long as they are: their middle run counts.
   */
  async #timed(call: Call, isShort: boolean, limit: number): Promise<number | string> {
    const once = () => this.#alone(() => this.#run(call), limit);
    const warm = isShort ? await once() : null;
    if (typeof warm === 'string' || (warm !== null && warm >= SHORT)) return warm;
    const first = await once();
    if (typeof first === 'string' || first >= SHORTEST) return first;
    const runs = [first];
    while (runs.length < REPEATS) {
      const run = await once();
      if (typeof run === 'string') return run;
      runs.push(run);
    }
    return median(runs);
  }

  /** Of one that failed anywhere nothing is told: runs that are missing on one side would compare other calls. */
  #median(id: string, seconds: readonly number[] | undefined): number | null {
    return this.#failures.has(id) || seconds === undefined || seconds.length === 0 ? null : median(seconds);
  }

  async #callsOf(id: string): Promise<readonly Call[]> {
    return this.#calls.get(id) ?? (await this.#findCalls(id));
  }

  /** Calls that may be run: those whose values are known, and that do nothing that a roll-back does not take back. */
  async #findCalls(id: string): Promise<readonly Call[]> {
    const statement = this.#statements.get(id);
    const plain = statement !== undefined && !/\$\d/.test(statement.text) ? [{ text: statement.text, params: [] }] : [];
    const candidates = statement === undefined ? [] : [...(statement.samples.length > 0 ? statement.samples : plain)];
    const calls: Call[] = [];
    let why = 'no call of it with its values is known';
    for (const call of candidates) {
      const refused = await this.#alone(() => this.#refusal(call));
      if (refused === null) calls.push(call);
      else why = refused;
    }
    if (calls.length === 0) this.#failures.set(id, why);
    this.#calls.set(id, calls);
    return calls;
  }

  async #refusal({ text, params }: Call): Promise<string | null> {
    const [plan] = await this.#plan('VERBOSE, ', text, params);
    const tooLarge = whyTooLarge(plan!);
    if (tooLarge !== null) return tooLarge;
    return whyNotRun(
      plan!,
      text,
      async (sql, values) => (await this.#indexes.client.query<Record<string, unknown>>(sql, [...values])).rows,
      true,
    );
  }

  async #run({ text, params }: Call): Promise<number> {
    const [plan] = await this.#plan('ANALYZE, TIMING OFF, ', text, params);
    return (Number(plan!['Planning Time']) + Number(plan!['Execution Time'])) / 1000;
  }

  async #plan(options: string, text: string, params: readonly unknown[]) {
    const sql = `EXPLAIN /* pitwall */ (${options}FORMAT JSON) ${withCasts(text)}`;
    const asked = { text: sql, values: [...params], queryMode: 'extended' };
    const { rows } = await this.#indexes.client.query<{ 'QUERY PLAN': Record<string, unknown>[] }>(asked as never);
    return rows[0]!['QUERY PLAN'];
  }

  /** What it did, `timeout`, or why it failed; taken back either way. @param limit seconds */
  async #alone<T>(work: () => Promise<T>, limit = RUN_LIMIT): Promise<T | string> {
    const { client } = this.#indexes;
    await client.query('SAVEPOINT pitwall');
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(limit * 1000)}`);
    const startedAt = performance.now();
    try {
      return await work();
    } catch (error) {
      if (!('severity' in (error as object))) throw error;
      return (error as { code?: string }).code === TIMEOUT ? 'timeout' : (error as Error).message;
    } finally {
      await client.query('ROLLBACK TO SAVEPOINT pitwall');
      await this.#indexes.rest((performance.now() - startedAt) / 1000);
    }
  }
}

/** Planned alike with all sets, call by call. */
function isSame(plans: readonly (readonly (string | null)[])[]): boolean {
  const [first] = plans;
  return first!.length > 0 && plans.every((other) => other.every((plan, at) => plan !== null && plan === first![at]));
}

function bytesOf(spec: IndexSpec, indexes: BuiltIndexes): [string, number][] {
  const built = indexes.of(spec);
  return built === null ? [] : [[keyOf(spec), built.bytes]];
}
